"""A topology file as a Mininet Topo.

    mn --custom mininet/topo.py --topo ferry,topologies/nat-migration.yaml \\
       --switch ovs,datapath=user,protocols=OpenFlow13 --controller remote,port=6653

Interface names, port numbers and MAC addresses follow sdn-app/contract/resolve.ts: links are made
in file order, then trunks; host interfaces count from 0, switch ports from 1.
"""

import yaml
from mininet.link import Link, TCLink
from mininet.topo import Topo

# `mn --custom` copies every name of this file into its own globals: keep them few and distinct.


class FerryTopology:
    """The parsed file with every interface name and address worked out."""

    MANAGEMENT_BRIDGE = "ferry-mgmt"
    MANAGEMENT_CONTROLLER = "172.31.255.1"
    MANAGEMENT_PREFIX = 24

    def __init__(self, path: str):
        with open(path, encoding="utf-8") as file:
            document = yaml.safe_load(file)
        self.name = document["name"]
        self.switches = document["switches"]
        self.hosts = {name: spec or {} for name, spec in document["hosts"].items()}
        counts = {}
        self.links = [self._resolve(link) for link in self._numbered(document["links"], counts)]
        self.trunks = [self._trunk(trunk, counts) for trunk in document.get("trunks") or []]

    @staticmethod
    def _trunk(trunk, counts) -> dict:
        ports = []
        for switch in trunk["between"]:
            ports.append(counts.get(switch, 1))
            counts[switch] = ports[-1] + 1
        names = trunk["between"]
        return {
            "switches": names,
            "ports": ports,
            "interfaces": [f"{name}-eth{port}" for name, port in zip(names, ports)],
            "bandwidth_bps": trunk.get("bandwidthBps"),
        }

    @staticmethod
    def _numbered(links, counts):
        for index, link in enumerate(links):
            host_port = counts.get(link["host"], 0)
            switch_port = counts.get(link["switch"], 1)
            counts[link["host"]] = host_port + 1
            counts[link["switch"]] = switch_port + 1
            yield index, host_port, switch_port, link

    @staticmethod
    def _resolve(numbered) -> dict:
        index, host_port, switch_port, link = numbered
        octets = (index + 1).to_bytes(4, "big")
        return {
            "host": link["host"],
            "switch": link["switch"],
            "host_port": host_port,
            "switch_port": switch_port,
            "host_interface": f"{link['host']}-eth{host_port}",
            "switch_interface": f"{link['switch']}-eth{switch_port}",
            "address": link["address"],
            "mac": link.get("mac") or "02:fd:" + ":".join(f"{octet:02x}" for octet in octets),
            "bandwidth_bps": link.get("bandwidthBps"),
        }

    def switch_interfaces(self) -> list:
        ends = [name for trunk in self.trunks for name in trunk["interfaces"]]
        return [*(link["switch_interface"] for link in self.links), *ends]

    def links_of(self, host: str) -> list:
        return [link for link in self.links if link["host"] == host]

    def agent_hosts(self) -> list:
        return [name for name, spec in self.hosts.items() if spec.get("agent")]

    def management_address(self, host: str) -> str:
        return f"172.31.255.{list(self.hosts).index(host) + 2}"


class AddressedPair:
    """Mininet 2.3 forgets the peer's namespace when a pair is made with addresses: set them after."""

    @classmethod
    def makeIntfPair(cls, name1, name2, addr1=None, _addr2=None, node1=None, node2=None, deleteIntfs=True):
        Link.makeIntfPair(name1, name2, None, None, node1, node2, deleteIntfs)
        node1.cmd(f"ip link set {name1} address {addr1}")


class FerryLink(AddressedPair, Link):
    """A link without a rate of its own."""


class FerryRateLink(AddressedPair, TCLink):
    """A link whose rate Mininet limits."""


class FerryTopo(Topo):
    """Hosts, switches and links of a topology file."""

    def build(self, path, limit_rates=True, **_options):
        topology = FerryTopology(path)
        for name, spec in topology.switches.items():
            self.addSwitch(name, dpid=f"{spec['dpid']:016x}")
        for name, spec in topology.hosts.items():
            links = topology.links_of(name)
            options = {"ip": links[0]["address"]} if links else {"ip": None}
            if spec.get("gateway"):
                options["defaultRoute"] = f"via {spec['gateway']}"
            self.addHost(name, **options)
        for link in topology.links:
            limited = limit_rates and link["bandwidth_bps"] is not None
            rate = {"bw": link["bandwidth_bps"] / 1e6} if limited else {}
            self.addLink(
                link["host"],
                link["switch"],
                port1=link["host_port"],
                port2=link["switch_port"],
                addr1=link["mac"],
                params1={"ip": link["address"]},
                cls=FerryRateLink if limited else FerryLink,
                **rate,
            )
        for trunk in topology.trunks:
            limited = limit_rates and trunk["bandwidth_bps"] is not None
            rate = {"bw": trunk["bandwidth_bps"] / 1e6, "cls": TCLink} if limited else {}
            port1, port2 = trunk["ports"]
            self.addLink(*trunk["switches"], port1=port1, port2=port2, **rate)


topos = {"ferry": FerryTopo}
