"""Builds a lab and keeps it: `lab.py run --topology FILE ...`; `lab.py down` removes it.

`run` prints its progress as JSON lines on stdout until the line {"up": true}, and one error line
{"error": {...}} on stderr; it then stays, as the lab's process, until SIGTERM. The `ferry` command
starts it; people use `ferry lab up`.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import sys

import openvswitch
import sysctls
import teardown
from errors import LabError, report
from processes import MARKER, identity
from state import LAB_DIR, LabState

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = {
    "ovs-vsctl": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "mnexec": "mininet",
    "ip": "iproute2",
    "tc": "iproute2",
    "ethtool": "ethtool",
}


def say(line: dict) -> None:
    try:
        print(json.dumps(line), flush=True)
    except BrokenPipeError:
        pass  # Who started the lab has gone; the lab stays.


def check_machine() -> None:
    if os.geteuid() != 0:
        raise LabError("NOT_ROOT", "a lab makes namespaces and bridges")
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            raise LabError("TOOL_MISSING", f"{tool} of package {package} is not installed", package)


def programs(arguments, topology, supervised) -> list:
    """The controller in the root namespace, and an agent in each agent host's."""
    address = topology.MANAGEMENT_CONTROLLER
    logs = os.path.join(LAB_DIR, "logs")
    ferry = os.path.join(ROOT, "sdn-app", "cli", "ferry.mjs")
    http = f"127.0.0.1:{arguments.http_port},{address}:{arguments.http_port}"
    options = ["--topology", arguments.topology, "--state-dir", os.path.join(LAB_DIR, "controller")]
    options += ["--listen", f"127.0.0.1:{arguments.openflow_port}", "--http", http]
    controller = [arguments.node, ferry, "controller", *options]
    found = [supervised("controller", controller, os.path.join(logs, "controller.log"))]
    for host, pid in topology.pids.items():
        agent = ["mnexec", "-a", str(pid), arguments.node]
        agent += [os.path.join(ROOT, "dist", "vnf-host", "main.js"), "--host", host]
        agent += ["--controller", f"ws://{address}:{arguments.http_port}/v1/agents"]
        agent += ["--run-dir", os.path.join(LAB_DIR, "hosts", host)]
        found.append(supervised(f"agent-{host}", agent, os.path.join(logs, f"agent-{host}.log")))
    return found


def run(arguments) -> None:
    check_machine()
    # From here on a signal ends the lab in its own way, however far it has come.
    stop_read, stop_write = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(stop_write, b"x"))
    # Only now: without Mininet installed these would end in a traceback.
    try:
        import network
        from supervisor import Supervised, Supervisor
        from topo import FerryTopology
    except ImportError as error:
        package = "python3-yaml" if error.name == "yaml" else "mininet"
        raise LabError("TOOL_MISSING", f"{package} is not installed", package) from None

    topology = FerryTopology(arguments.topology)
    lab_id = secrets.token_hex(16)
    os.environ[MARKER] = lab_id
    state = LabState.create(
        {
            "version": 1,
            "labId": lab_id,
            "phase": "starting",
            "topology": topology.name,
            "topologyFile": arguments.topology_name,
            "openflowPort": arguments.openflow_port,
            "httpPort": arguments.http_port,
            "process": identity(os.getpid()),
            "ovsStarted": False,
            "bridges": [],
            "interfaces": [],
            "sysctls": {},
            "hosts": {},
            "shells": [],
            "programs": {},
        }
    )
    try:
        network.refuse_interface_clashes(topology)
        arguments.topology = keep_topology(arguments.topology)
        say({"step": "openvswitch"})
        if not openvswitch.running():
            state.record(ovsStarted=True)
            openvswitch.start()
        network.refuse_bridge_clashes(topology)
        sysctls.raise_values(state)
        say({"step": "network"})
        bridges, interfaces = list(topology.switches), network.planned_interfaces(topology)
        state.record(bridges=bridges, interfaces=interfaces)
        net = network.build(arguments.topology, topology, state, arguments.openflow_port)
        say({"step": "programs"})
        for folder in ["logs", "controller", *(f"hosts/{host}" for host in topology.agent_hosts())]:
            os.makedirs(os.path.join(LAB_DIR, folder), exist_ok=True)
        topology.pids = {host: net.get(host).pid for host in topology.agent_hosts()}
        supervisor = Supervisor(programs(arguments, topology, Supervised), state, stop_read)
        supervisor.start()
        state.record(phase="up")
        say({"up": True})
        become_quiet()
        supervisor.run()
    finally:
        # A second signal must not end the clean-up half way.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        teardown.remove(state)


def keep_topology(path: str) -> str:
    """The lab lives longer than the file it was started from."""
    kept = os.path.join(LAB_DIR, "topology.yaml")
    shutil.copyfile(path, kept)
    return kept


def become_quiet() -> None:
    """From here on nobody reads stdout and stderr: they become the lab's log."""
    log = os.open(os.path.join(LAB_DIR, "logs", "lab.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)


def down(arguments) -> None:
    if os.geteuid() != 0:
        raise LabError("NOT_ROOT", "a lab's namespaces and bridges are root's")
    state = LabState.read()
    if arguments.lab_id not in (None, state.values["labId"]):
        raise LabError("LAB_NOT_RUNNING", "the lab that is there is another one")
    teardown.stop_lab_process(state)
    if os.path.exists(LAB_DIR):
        teardown.remove(LabState.read())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="build the lab and stay")
    run_parser.add_argument("--topology", required=True, help="the file to build")
    run_parser.add_argument("--topology-name", required=True, help="its name for `lab status`")
    run_parser.add_argument("--node", required=True, help="the Node.js program")
    run_parser.add_argument("--openflow-port", type=int, required=True)
    run_parser.add_argument("--http-port", type=int, required=True)
    run_parser.set_defaults(action=run)
    down_parser = commands.add_parser("down", help="remove the lab")
    down_parser.add_argument("--lab-id", help="only if it is this one")
    down_parser.set_defaults(action=down)
    arguments = parser.parse_args()
    try:
        arguments.action(arguments)
    except LabError as error:
        report(error)
        return 1
    except Exception as error:  # Mininet raises plain exceptions.
        report(LabError("LAB_FAILED", f"{type(error).__name__}: {error}"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
