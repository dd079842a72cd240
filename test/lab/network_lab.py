"""A Mininet network that does as it is told on stdin, a command a line, and answers in JSON.

`network_lab.py PORT EDGE...`: switches from edges like `1-2`, one host on each, the controller at
127.0.0.1:PORT. Commands: `pingall`, `link A B up|down`, `transfer A B BYTES`, `broadcast A COUNT`,
`bridge SWITCH...` (a bridge that is none of the network's, with a port at each), `quit`.
"""

import json
import subprocess
import sys

from mininet.net import Mininet
from mininet.node import OVSSwitch, RemoteController

SEND = "import socket,sys;s=socket.create_connection((sys.argv[1],5001));s.sendall(bytes(int(sys.argv[2])));s.close()"
RECEIVE = (
    "import socket;l=socket.create_server(('',5001));print('listening',flush=True);c=l.accept()[0];n=0\n"
    "while d:=c.recv(65536): n+=len(d)\n"
    "print(n)"
)


# Frames of an ethernet type for experiments; hearing ends when nothing has come for two seconds.
HEAR = (
    "import socket,sys;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW,socket.htons(0x88b6))\n"
    "s.bind((sys.argv[1],0x88b6));s.settimeout(6);print('hearing',flush=True);n=0\n"
    "try:\n"
    " while s.recv(2048): n+=1;s.settimeout(2)\n"
    "except TimeoutError: print(n)"
)
CALL = (
    "import socket,sys,time;s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);s.bind((sys.argv[1],0))\n"
    "frame=bytes.fromhex('ffffffffffff')+s.getsockname()[4]+b'\\x88\\xb6'+bytes(46)\n"
    "for _ in range(int(sys.argv[2])): s.send(frame);time.sleep(0.01)"
)


def build(port: int, edges: list) -> Mininet:
    # Mininet would raise a dozen system-wide limits by itself.
    Mininet.inited = True
    net = Mininet(controller=None, autoSetMacs=True)
    net.addController("c0", controller=RemoteController, ip="127.0.0.1", port=port)
    names = sorted({name for edge in edges for name in edge.split("-")}, key=int)
    for name in names:
        net.addSwitch(f"s{name}", cls=OVSSwitch, datapath="user", protocols="OpenFlow13")
        net.addLink(net.addHost(f"h{name}"), f"s{name}")
    for edge in edges:
        net.addLink(*(f"s{name}" for name in edge.split("-")))
    net.start()
    net.waitConnected(timeout=30)
    for host in net.hosts:
        # OVS's userspace datapath over veth passes no partial checksums on.
        host.cmd(f"ethtool -K {host.defaultIntf()} tx off")
    return net


def transfer(net: Mininet, source: str, destination: str, size: str) -> dict:
    receiver = net.get(destination).popen(["/usr/bin/python3", "-c", RECEIVE])
    receiver.stdout.readline()
    address = net.get(destination).IP()
    sender = net.get(source).popen(["/usr/bin/python3", "-c", SEND, address, size])
    return {"sent": int(size), "received": int(receiver.communicate()[0]), "code": sender.wait()}


def broadcast(net: Mininet, source: str, count: str) -> dict:
    """How many of `count` broadcasts of one host each other host gets, within a while after them."""
    others = [host for host in net.hosts if host.name != source]
    hearing = [host.popen(["/usr/bin/python3", "-c", HEAR, str(host.defaultIntf())]) for host in others]
    for process in hearing:
        process.stdout.readline()
    sender = net.get(source)
    sender.popen(["/usr/bin/python3", "-c", CALL, str(sender.defaultIntf()), count]).wait()
    return {"heard": [int(process.communicate()[0]) for process in hearing]}


def bridge(net: Mininet, names: list) -> dict:
    def ip(command: str) -> None:
        subprocess.run(["ip", "link", *command.split()], check=True)

    ip("add outside type bridge")
    ip("set outside up")
    for name in names:
        ip(f"add {name}-out type veth peer name {name}-in")
        ip(f"set {name}-out master outside up")
        net.get(name).attach(f"{name}-in")
    return {}


def obey(net: Mininet, words: list) -> dict:
    if words[0] == "pingall":
        return {"droppedPercent": net.pingAll(timeout="5")}
    if words[0] == "link":
        net.configLinkStatus(*words[1:])
        return {}
    if words[0] == "bridge":
        return bridge(net, words[1:])
    if words[0] == "transfer":
        return transfer(net, *words[1:])
    return broadcast(net, *words[1:])


def main() -> None:
    net = build(int(sys.argv[1]), sys.argv[2:])
    print(json.dumps({"up": True}), flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        print(json.dumps(obey(net, line.split())), flush=True)
    net.stop()


if __name__ == "__main__":
    main()
