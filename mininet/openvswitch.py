"""Open vSwitch: started when it does not run, and only then stopped again."""

import os
import signal
import subprocess
import time

from errors import LabError
from processes import MARKER, identity, send
from scheduling import prefer
from shell import run, succeeds

OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"
PID_FILE = "/var/run/openvswitch/ovs-vswitchd.pid"
# A bridge with this external id was made by a lab, also when the lab itself is long gone.
EXTERNAL_ID = "ferry-lab"


def running() -> bool:
    return succeeds("ovs-vsctl", "-t", "5", "show") and succeeds(
        "ovs-appctl", "-T", "5", "-t", "ovs-vswitchd", "version"
    )


def _ovs_ctl(*arguments: str) -> None:
    # Not with the lab's marker: OVS is stopped in its own way, last of all.
    environment = {name: value for name, value in os.environ.items() if name != MARKER}
    try:
        done = subprocess.run(
            [OVS_CTL, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise LabError("TOOL_MISSING", f"{OVS_CTL} is missing", "openvswitch-switch") from None
    if done.returncode != 0:
        raise LabError("LAB_FAILED", f"ovs-ctl {arguments[-1]}: {done.stderr.strip()}", "ovs")


def start() -> None:
    _ovs_ctl("--system-id=random", "start")
    if not running():
        raise LabError("LAB_FAILED", "Open vSwitch started but does not answer", "ovs")
    # With the userspace datapath the main thread carries every packet of the lab.
    prefer(_switch_pid())


def _switch_pid() -> int:
    with open(PID_FILE, encoding="ascii") as file:
        return int(file.read())


def restart() -> None:
    """Ends ovs-vswitchd by kill -9 and starts it again, as an init system does; flows are lost."""
    switch = identity(_switch_pid())
    send(switch, signal.SIGKILL)
    # Until its monitor has reaped it, ovs-ctl takes it for running and starts nothing.
    while os.path.exists(f"/proc/{switch['pid']}"):
        time.sleep(0.005)
    _ovs_ctl("--no-ovsdb-server", "--system-id=random", "start")
    if not running():
        raise LabError("LAB_FAILED", "ovs-vswitchd was killed and does not start again", "ovs")
    prefer(_switch_pid())


def stop() -> None:
    """Stops the OVS that the lab started, unless somebody else's bridges have come to live on it."""
    if running() and bridges():
        return
    _ovs_ctl("stop")


def bridges() -> list:
    return run("ovs-vsctl", "-t", "10", "list-br").split()


def left_by_a_lab(bridge: str) -> bool:
    return succeeds("ovs-vsctl", "-t", "10", "get", "Bridge", bridge, f"external_ids:{EXTERNAL_ID}")


def mark(bridge: str, lab_id: str) -> None:
    run("ovs-vsctl", "-t", "10", "set", "Bridge", bridge, f"external_ids:{EXTERNAL_ID}={lab_id}")


def delete(bridge: str) -> None:
    run("ovs-vsctl", "-t", "30", "--if-exists", "del-br", bridge)
