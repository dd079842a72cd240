#!/usr/bin/python3
"""Records what os-ken, the maintained Ryu, makes of requests.json.

Needs root, openvswitch-switch and python3-os-ken. Starts an Open vSwitch of its own, gives it each
request as os-ken encodes it, then asks for every statistic. Writes recorded.json beside this file:

requests    each request with the frame that os-ken makes of it, and the error of the switch if any
statistics  each question with the frames that the switch answered and the JSON of os-ken

    ./record.py
"""
import json
import os
import socket
import struct
import subprocess
import tempfile
import time

from os_ken.lib import ofctl_utils, ofctl_v1_3 as ofctl
from os_ken.ofproto import ofproto_parser, ofproto_v1_3, ofproto_v1_3_parser

FOLDER = os.path.dirname(os.path.abspath(__file__))
BRIDGE = "fyr0"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PATIENCE_S = 20

STATISTICS = {
    "desc": ofctl.get_desc_stats,
    "flow": ofctl.get_flow_stats,
    "aggregateflow": ofctl.get_aggregate_flow_stats,
    "table": ofctl.get_table_stats,
    "tablefeatures": ofctl.get_table_features,
    "port": ofctl.get_port_stats,
    "portdesc": ofctl.get_port_desc,
    "queue": ofctl.get_queue_stats,
    "queueconfig": ofctl.get_queue_config,
    "group": ofctl.get_group_stats,
    "groupdesc": ofctl.get_group_desc,
    "groupfeatures": ofctl.get_group_features,
    "meter": ofctl.get_meter_stats,
    "meterconfig": ofctl.get_meter_config,
    "meterfeatures": ofctl.get_meter_features,
    "role": ofctl.get_role,
}
FILTERED = [
    ("flow", {"match": {"in_port": 1}, "table_id": 0}),
    ("flow", {"priority": 14}),
    ("flow", {"cookie": 1, "cookie_mask": 1, "out_port": 3}),
    ("flow", {"out_group": 1}),
    ("aggregateflow", {"table_id": 1}),
]


class Datapath:
    """What os-ken's functions need of a switch, on a plain socket."""

    ofproto = ofproto_v1_3
    ofproto_parser = ofproto_v1_3_parser
    id = 1

    def __init__(self, link):
        self.link = link
        self.xid = 100
        self.sent = []

    def set_xid(self, msg):
        self.xid += 1
        msg.set_xid(self.xid)

    def send_msg(self, msg):
        msg.serialize()
        self.sent.append(bytes(msg.buf))
        self.link.sendall(msg.buf)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.link.recv(size - len(data))
            if not part:
                raise EOFError("the switch hung up")
            data += part
        return data

    def frame(self):
        header = self.exactly(8)
        return header + self.exactly(struct.unpack("!BBHI", header)[2] - 8)

    def answers(self, xid):
        """The frames with this xid, up to the last part of an answer or an error."""
        while True:
            frame = self.frame()
            _, kind, _, other = struct.unpack("!BBHI", frame[:8])
            if kind == ofproto_v1_3.OFPT_ECHO_REQUEST:
                self.link.sendall(frame[:1] + b"\x03" + frame[2:])
            if other != xid:
                continue
            yield frame
            more = struct.unpack("!H", frame[10:12])[0] & 1 if len(frame) > 12 else 0
            if kind != ofproto_v1_3.OFPT_MULTIPART_REPLY or not more:
                return

    def barrier(self):
        """The errors that came before the answer to a barrier."""
        msg = ofproto_v1_3_parser.OFPBarrierRequest(self)
        self.set_xid(msg)
        self.send_msg(msg)
        self.sent.pop()
        errors = []
        while True:
            frame = self.frame()
            _, kind, _, xid = struct.unpack("!BBHI", frame[:8])
            if kind == ofproto_v1_3.OFPT_ERROR:
                errors.append("%d/%d" % struct.unpack("!HH", frame[8:12]))
            if kind == ofproto_v1_3.OFPT_BARRIER_REPLY and xid == msg.xid:
                return errors


def first_table(frame):
    """The frame with nothing after the first of its tables: one of the 254 says it all."""
    is_features = struct.unpack("!H", frame[8:10])[0] == ofproto_v1_3.OFPMP_TABLE_FEATURES
    size = struct.unpack("!H", frame[16:18])[0] if is_features else 24
    head = frame[:2] + struct.pack("!H", 16 + size) + frame[4:10]
    return head + b"\0\0\0\0\0\0" + frame[16 : 16 + size]


def ask(recorded, path):
    def send_stats_request(dp, stats, waiters, msgs, logger=None):
        dp.set_xid(stats)
        dp.send_msg(stats)
        frames = list(dp.answers(stats.xid))
        if path.startswith("table"):
            frames = [first_table(frames[0])]
        for frame in frames:
            recorded.append(frame.hex())
            version, kind, length, xid = struct.unpack("!BBHI", frame[:8])
            msgs.append(ofproto_parser.msg(dp, version, kind, length, xid, frame))

    return send_stats_request


def command(dp, path, body):
    area, _, verb = path.partition("/")
    verbs = {"flowentry": "OFPFC_", "groupentry": "OFPGC_", "meterentry": "OFPMC_"}
    if area in verbs:
        cmd = getattr(ofproto_v1_3, verbs[area] + verb.upper())
        change = {
            "flowentry": ofctl.mod_flow_entry,
            "groupentry": ofctl.mod_group_entry,
            "meterentry": ofctl.mod_meter_entry,
        }[area]
        change(dp, body, cmd)
    elif path == "portdesc/modify":
        ofctl.mod_port_behavior(dp, body)
    elif path == "role":
        ofctl.set_role(dp, body)
    else:
        ofctl.send_experimenter(dp, body)


def record(dp):
    with open(os.path.join(FOLDER, "requests.json"), encoding="utf-8") as file:
        given = json.load(file)
    requests = []
    for path, body in given:
        dp.sent = []
        command(dp, path, json.loads(json.dumps(body)))
        errors = dp.barrier()
        entry = {"path": path, "body": body, "frame": dp.sent[0].hex()}
        if errors:
            entry["refused"] = errors[0]
        requests.append(entry)
    statistics = []
    for path, body in [(each, None) for each in STATISTICS] + FILTERED:
        frames = []
        dp.sent = []
        ofctl_utils.send_stats_request = ask(frames, path)
        args = () if body is None else (json.loads(json.dumps(body)),)
        answer = STATISTICS[path](dp, {}, *args)
        entry = {"path": path, "request": dp.sent[0].hex(), "frames": frames, "answer": answer}
        if body is not None:
            entry["body"] = body
        statistics.append(entry)
    return {"requests": requests, "statistics": statistics}


def connect(path):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(path)
            break
        except OSError:
            link.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    link.settimeout(PATIENCE_S)
    link.sendall(struct.pack("!BBHI", 4, 0, 8, 1))
    return Datapath(link)


def main():
    with tempfile.TemporaryDirectory(prefix="fyr-") as folder:
        env = dict(os.environ, OVS_RUNDIR=folder, OVS_LOGDIR=folder)
        database = f"{folder}/conf.db"
        subprocess.run(["ovsdb-tool", "create", database, SCHEMA], check=True)
        daemons = []

        def start(*argv):
            daemons.append(subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL))

        def vsctl(*argv):
            db = f"--db=unix:{folder}/db.sock"
            subprocess.run(["ovs-vsctl", db, "--timeout=30", *argv], check=True)

        try:
            db_server = ["ovsdb-server", f"--remote=punix:{folder}/db.sock"]
            start(*db_server, f"--unixctl={folder}/db.ctl", database)
            vsctl("--retry", "--no-wait", "init")
            daemon = ["unshare", "--net", "/usr/sbin/ovs-vswitchd", f"unix:{folder}/db.sock"]
            start(*daemon, f"--unixctl={folder}/switch.ctl")
            bridge = ["set", "bridge", BRIDGE, "datapath_type=netdev", "protocols=OpenFlow13"]
            identity = "other-config:datapath-id=0000000000000001"
            hw_addr = "other-config:hwaddr=02:00:00:00:00:fe"
            vsctl("add-br", BRIDGE, "--", *bridge, "fail_mode=secure", identity, hw_addr)
            for port in (1, 2, 3):
                # Patch ports: they are there in a namespace without interfaces too.
                name, peer = f"fyr0-p{port}", f"fyr1-p{port}"
                if port == 1:
                    vsctl("add-br", "fyr1", "--", "set", "bridge", "fyr1", "datapath_type=netdev")
                for bridge_name, own, far in ((BRIDGE, name, peer), ("fyr1", peer, name)):
                    patch = ["type=patch", f"options:peer={far}", f"ofport_request={port}"]
                    vsctl("add-port", bridge_name, own, "--", "set", "interface", own, *patch)
            recorded = record(connect(f"{folder}/{BRIDGE}.mgmt"))
        finally:
            for daemon in reversed(daemons):
                daemon.terminate()
                daemon.wait()
    with open(os.path.join(FOLDER, "recorded.json"), "w", encoding="utf-8") as file:
        file.write("{\n")
        for last, (key, entries) in enumerate(recorded.items(), 1 - len(recorded)):
            lines = ",\n".join(f"  {json.dumps(entry)}" for entry in entries)
            file.write(f' "{key}": [\n{lines}\n ]{"," if last else ""}\n')
        file.write("}\n")


if __name__ == "__main__":
    main()
