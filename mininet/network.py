"""The lab's network: Mininet hosts and switches, links, and a management network apart."""

import os

from mininet.net import Mininet
from mininet.node import OVSSwitch, RemoteController

import openvswitch
import shaping
from errors import LabError
from processes import identity
from shell import run
from state import LabState
from topo import FerryTopo, FerryTopology


class LabController(RemoteController):
    """Ferry's controller starts after the network: Mininet need not look for it."""

    def checkListening(self):
        pass


def management_interfaces(topology: FerryTopology) -> dict:
    """Root-side interface of each agent host's management link."""
    return {host: f"fm-{host}" for host in topology.agent_hosts()}


def planned_interfaces(topology: FerryTopology) -> list:
    """Every interface that the lab makes outside its hosts, bridges left out."""
    ours = topology.switch_interfaces()
    return [*ours, FerryTopology.MANAGEMENT_BRIDGE, *management_interfaces(topology).values()]


def refuse_interface_clashes(topology: FerryTopology) -> None:
    present = set(os.listdir("/sys/class/net"))
    for name in [*topology.switches, *planned_interfaces(topology)]:
        if name in present:
            raise LabError("LAB_NAME_IN_USE", f"there is an interface {name} already", name)


def refuse_bridge_clashes(topology: FerryTopology) -> None:
    """A bridge that an earlier lab left in the OVS database (a reboot) is removed."""
    present = set(openvswitch.bridges())
    for name in topology.switches:
        if name in present and openvswitch.left_by_a_lab(name):
            openvswitch.delete(name)
        elif name in present:
            raise LabError("LAB_NAME_IN_USE", f"Open vSwitch has a bridge {name} already", name)


def build(path: str, topology: FerryTopology, state: LabState, openflow_port: int) -> Mininet:
    # Mininet would raise a dozen system-wide limits by itself and leave them so.
    Mininet.inited = True
    net = Mininet(
        topo=FerryTopo(path, limit_rates=False),
        switch=lambda name, **options: OVSSwitch(
            name, datapath="user", protocols="OpenFlow13", failMode="secure", **options
        ),
        controller=None,
        waitConnected=False,
        build=False,
    )
    net.addController("c0", controller=LabController, ip="127.0.0.1", port=openflow_port)
    net.build()
    state.record(
        hosts={host.name: identity(host.pid) for host in net.hosts},
        shells=[identity(node.pid) for node in [*net.switches, *net.controllers]],
    )
    _tune(net, topology)
    _add_management(net, topology)
    for switch in net.switches:
        switch.start(net.controllers)
        openvswitch.mark(switch.name, state.values["labId"])
    for link in topology.links:
        if link["bandwidth_bps"] is not None:
            _shape(net, link)
    for trunk in topology.trunks:
        if trunk["bandwidth_bps"] is not None:
            for interface in trunk["interfaces"]:
                _shape_here(interface, trunk["bandwidth_bps"])
    return net


def _without_ipv6(interface: str) -> None:
    # Router solicitations and the like would be packets that nobody offered.
    path = f"/proc/sys/net/ipv6/conf/{interface}/disable_ipv6"
    if os.path.exists(path):
        with open(path, "w", encoding="ascii") as file:
            file.write("1")


def _in_host(host, command: str) -> None:
    said = host.cmd(f"{command} >/dev/null && echo done").strip()
    if not said.endswith("done"):
        raise LabError("LAB_FAILED", f"{host.name}: `{command}` failed: {said}", host.name)


def _tune(net: Mininet, topology: FerryTopology) -> None:
    for host in net.hosts:
        _in_host(host, "ip link set lo up")
        host.cmd("for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done")
        for link in topology.links_of(host.name):
            # OVS's userspace datapath over veth passes no partial checksums on.
            _in_host(host, f"ethtool -K {link['host_interface']} tx off")
    for interface in topology.switch_interfaces():
        _without_ipv6(interface)
        run("ethtool", "-K", interface, "tx", "off")
        run("ip", "link", "set", interface, "up")


def _add_management(net: Mininet, topology: FerryTopology) -> None:
    """After the data links, so that those have the same interface index in every host."""
    bridge = FerryTopology.MANAGEMENT_BRIDGE
    prefix = FerryTopology.MANAGEMENT_PREFIX
    run("ip", "link", "add", bridge, "type", "bridge")
    _without_ipv6(bridge)
    run("ip", "addr", "add", f"{FerryTopology.MANAGEMENT_CONTROLLER}/{prefix}", "dev", bridge)
    run("ip", "link", "set", bridge, "up")
    for name, outer in management_interfaces(topology).items():
        host, inner = net.get(name), f"{name}-mgmt"
        peer = ["peer", "name", inner, "netns", str(host.pid)]
        run("ip", "link", "add", outer, "type", "veth", *peer)
        _without_ipv6(outer)
        run("ethtool", "-K", outer, "tx", "off")
        run("ip", "link", "set", outer, "master", bridge, "up")
        _in_host(host, f"ethtool -K {inner} tx off")
        _in_host(host, f"ip addr add {topology.management_address(name)}/{prefix} dev {inner}")
        _in_host(host, f"ip link set {inner} up")


def _shape(net: Mininet, link: dict) -> None:
    for command in shaping.commands(link["host_interface"], link["bandwidth_bps"]):
        _in_host(net.get(link["host"]), f"tc {command}")
    _shape_here(link["switch_interface"], link["bandwidth_bps"])


def _shape_here(interface: str, bandwidth_bps: int) -> None:
    for command in shaping.commands(interface, bandwidth_bps):
        run("tc", *command.split())
