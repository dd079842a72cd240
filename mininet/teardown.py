"""Undoes a lab from its journal; needs nothing of the process that made it."""

import glob
import json
import os
import shutil
import signal

import openvswitch
import sysctls
from errors import LabError
from processes import GRACE_SECONDS, MARKER, alive, end_carrying, send, wait_gone
from shell import run
from state import LAB_DIR, LAST_LOGS, LabState

# vnf-host gives every instance that it starts a token of its own in this variable.
LAUNCH_VARIABLE = "FERRY_LAUNCH"


def stop_lab_process(state: LabState) -> None:
    """First of all, or it would start again what is ended below."""
    process = state.values["process"]
    if process["pid"] == os.getpid():
        return
    send(process, signal.SIGTERM)
    if not wait_gone(lambda: alive(process), GRACE_SECONDS * 6):
        send(process, signal.SIGKILL)
        wait_gone(lambda: alive(process), GRACE_SECONDS)


def remove(state: LabState) -> None:
    """Removes processes, bridges, interfaces, settings; every step is tried, then faults are told."""
    faults = []
    for step in STEPS:
        try:
            step(state.values)
        except (LabError, OSError, ValueError, KeyError) as error:
            faults.append(f"{step.__name__.strip('_')}: {error}")
    if faults:
        state.record(phase="stopping", problem={"code": "LAB_FAILED", "message": "; ".join(faults)})
        raise LabError("LAB_FAILED", "; ".join(faults))
    _keep_logs()
    LabState.discard()


def _refuse_stuck(processes: list) -> None:
    if processes:
        pids = ", ".join(str(process["pid"]) for process in processes)
        raise LabError("LAB_FAILED", f"processes {pids} do not end")


def _end_programs(values: dict) -> None:
    for shell in [*values["hosts"].values(), *values["shells"]]:
        send(shell, signal.SIGKILL)  # An interactive shell heeds no SIGTERM.
    _refuse_stuck(end_carrying({f"{MARKER}={values['labId']}"}))


def _end_instances(_values: dict) -> None:
    """Those that the agents started, from their manifests."""
    launches = set()
    for path in glob.glob(os.path.join(LAB_DIR, "hosts", "*", "*.json")):
        with open(path, encoding="utf-8") as file:
            launches.add(f"{LAUNCH_VARIABLE}={json.load(file)['launch']}")
    _refuse_stuck(end_carrying(launches))


def _remove_bridges(values: dict) -> None:
    if not values["bridges"]:
        return
    # Bridges and their interfaces outlive the daemons: an OVS of the lab's own that has died, or was
    # being started again, comes up once more to remove them.
    if values["ovsStarted"] and not openvswitch.running():
        openvswitch.start()
    if openvswitch.running():
        for bridge in values["bridges"]:
            openvswitch.delete(bridge)


def _remove_interfaces(values: dict) -> None:
    for interface in values["interfaces"]:
        if os.path.exists(f"/sys/class/net/{interface}"):
            try:
                run("ip", "link", "del", interface)
            except LabError:
                # A veth goes by itself when the namespace of its peer does.
                if os.path.exists(f"/sys/class/net/{interface}"):
                    raise


def _put_sysctls_back(values: dict) -> None:
    sysctls.put_back(values["sysctls"])


def _stop_ovs(values: dict) -> None:
    if values["ovsStarted"]:
        openvswitch.stop()


def _keep_logs() -> None:
    """The logs of the last lab stay readable, for one who asks why it failed."""
    shutil.rmtree(LAST_LOGS, ignore_errors=True)
    logs = os.path.join(LAB_DIR, "logs")
    if os.path.isdir(logs):
        shutil.move(logs, LAST_LOGS)


# Instances after the agents, which would start them again; OVS last.
STEPS = [
    _end_programs,
    _end_instances,
    _remove_bridges,
    _remove_interfaces,
    _put_sysctls_back,
    _stop_ovs,
]
