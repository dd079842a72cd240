"""ESP as scapy and tshark know it, against a VPN concentrator on two interfaces.

    esp_interop.py INSIDE OUTSIDE CONFIG

INSIDE and OUTSIDE are the far ends of the instance's interfaces, CONFIG its configuration as JSON.
Prints one TAP result for each thing tried.
"""
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

HOST_MAC = "02:aa:00:00:00:01"
PEER_MAC = "02:aa:00:00:00:02"
LIMIT_S = 20

inside_name, outside_name, config = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
HOST, PEER = "10.0.0.2", config["tunnels"][0]["remote"]
OURS = config["outside"]["address"].split("/")[0]


def open_link(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    link.bind((name, 0))
    link.settimeout(0.2)
    return link


inside, outside = open_link(inside_name), open_link(outside_name)


def receive(link, wanted):
    """The first frame for which wanted() holds, or None after LIMIT_S."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            data, address = link.recvfrom(2048)
        except socket.timeout:
            continue
        if address[2] == socket.PACKET_OUTGOING:
            continue
        frame = Ether(data)
        if wanted(frame):
            return frame
    return None


def exchange(link, frame, answers, wanted):
    """Sends once and waits for what comes of it: nothing may be lost on a veth."""
    link.send(bytes(frame))
    return receive(answers, wanted)


def make_known(link, port, address, mac):
    target = config[port]["address"].split("/")[0]
    request = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(
        op=1, hwsrc=mac, psrc=address, pdst=target
    )
    wanted = lambda f: ARP in f and f[ARP].op == 2 and f[ARP].psrc == target
    return exchange(link, request, link, wanted) is not None


results = 0
failed = False
# What the concentrator has sent, and what it was made of.
sent = []


def result(good, text):
    global results, failed
    results += 1
    failed = failed or not good
    print(f"{'ok' if good else 'not ok'} {results} - {text}", flush=True)


def association(tunnel, direction, **options):
    outgoing = direction == "in"  # what we send is what it takes in
    return SecurityAssociation(
        ESP,
        spi=tunnel[direction]["spi"],
        crypt_algo="AES-GCM",
        crypt_key=bytes.fromhex(tunnel[direction]["key"]),
        tunnel_header=IP(src=PEER, dst=OURS) if outgoing else IP(src=OURS, dst=PEER),
        esn_en=tunnel["extendedSequence"],
        **options,
    )


def same(packet, wanted):
    return (packet.src, packet.dst, packet.proto, bytes(packet.payload)) == (
        wanted.src,
        wanted.dst,
        wanted.proto,
        bytes(wanted.payload),
    )


def try_tunnel(index, tunnel):
    name = "AES-%d, %s numbers" % (
        (len(tunnel["out"]["key"]) // 2 - 4) * 8,
        "64-bit" if tunnel["extendedSequence"] else "32-bit",
    )
    far = tunnel["remoteNet"].split("/")[0].rsplit(".", 1)[0] + ".2"
    theirs = association(tunnel, "out")
    good = True
    for size in (0, 1, 2, 3, 100, 1300):
        plain = IP(src=HOST, dst=far) / UDP(sport=4000, dport=5000) / Raw(bytes(size))
        plain = IP(bytes(plain))
        frame = Ether(src=HOST_MAC, dst=config["inside"]["mac"]) / plain
        sealed = exchange(inside, frame, outside, lambda f: IP in f and f[IP].proto == 50)
        if sealed is None:
            good = False
            break
        sent.append((sealed, plain))
        opened = theirs.decrypt(IP(bytes(sealed[IP])), verify=True, esn=0)
        good = good and same(opened, plain) and opened.ttl == plain.ttl - 1
    result(good, f"{name}: scapy decrypts what the concentrator sends")

    def send(packet, sequence, esn):
        ours = association(tunnel, "in", seq_num=sequence, esn=esn)
        sealed = ours.encrypt(packet, seq_num=sequence, esn=esn, esn_en=tunnel["extendedSequence"])
        return Ether(src=PEER_MAC, dst=config["outside"]["mac"]) / sealed

    numbers = [(n, 0) for n in range(1, 6)]
    if tunnel["extendedSequence"]:
        # In steps below 2^31, so that each is ahead of the one before, and over 2^32.
        numbers += [(0x70000000, 0), (0xE0000000, 0), (0xFFFFFFF0, 0)]
        numbers += [(0xFFFFFFFF, 0), (0, 1), (7, 1), (5, 1)]
    good = True
    for sequence, esn in numbers:
        plain = IP(src=far, dst=HOST) / UDP(sport=5000, dport=4000) / Raw(b"%d" % sequence * 9)
        plain = IP(bytes(plain))
        opened = exchange(
            outside, send(plain, sequence, esn), inside, lambda f: UDP in f and f[IP].src == far
        )
        if opened is None or not same(opened[IP], plain):
            good = False
            break
    result(good, f"{name}: the concentrator decrypts what scapy sends")

    last = IP(src=far, dst=HOST) / UDP(sport=5000, dport=4001) / Raw(b"last")
    replayed = IP(src=far, dst=HOST) / UDP(sport=5000, dport=4002) / Raw(b"again")
    sequence, esn = numbers[-1]
    outside.send(bytes(send(replayed, sequence, esn)))
    opened = exchange(
        outside, send(last, sequence + 9, esn), inside, lambda f: UDP in f and f[IP].src == far
    )
    result(opened is not None and opened[UDP].dport == 4001, f"{name}: a number comes once only")


def try_tshark():
    """One line of tshark's for each packet sent, in order: as it was before."""
    name, authentic = "tshark decrypts what the concentrator sends", "tshark finds it authentic"
    if shutil.which("tshark") is None:
        for what in (name, authentic):
            result(True, f"{what} # SKIP tshark is not installed")
        return
    options = ["esp.enable_encryption_decode:TRUE", "esp.enable_authentication_check:TRUE"]
    for tunnel in config["tunnels"]:
        entry = ["IPv4", "*", "*", "0x%08x" % tunnel["out"]["spi"]]
        entry += ["AES-GCM with 16 octet ICV [RFC4106]", "0x" + tunnel["out"]["key"], "NULL", ""]
        options.append("uat:esp_sa:" + ",".join(f'"{field}"' for field in entry))
    fields = ["esp.spi", "ip.src", "ip.dst", "udp.dstport", "udp.payload", "esp.icv_good"]
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        wrpcap(file.name, [sealed for sealed, _ in sent])
        command = ["tshark", "-r", file.name, "-T", "fields"]
        command += [word for option in options for word in ("-o", option)]
        command += [word for field in fields for word in ("-e", field)]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    got = [line.split("\t") for line in shown.splitlines()]
    wanted = []
    for sealed, plain in sent:
        addresses = [f"{OURS},{plain.src}", f"{PEER},{plain.dst}"]
        content = [str(plain[UDP].dport), bytes(plain[UDP].payload).hex()]
        wanted.append(["0x%08x" % sealed[ESP].spi, *addresses, *content])
    result([line[:-1] for line in got] == wanted, name)
    # Its check knows no 64-bit numbers, and leaves out packets that end in one byte of padding.
    checked = ["0x%08x" % t["out"]["spi"] for t in config["tunnels"] if not t["extendedSequence"]]
    verdicts = {line[-1] for line in got if line[0] in checked}
    result("1" in verdicts and "0" not in verdicts, authentic)


print("TAP version 13")
known = make_known(inside, "inside", HOST, HOST_MAC) and make_known(outside, "outside", PEER, PEER_MAC)
result(known, "the concentrator answers ARP on both sides")
for number, each in enumerate(config["tunnels"]):
    try_tunnel(number, each)
try_tshark()
print(f"1..{results}")
sys.exit(1 if failed else 0)
