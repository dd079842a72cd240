"""Messages a second of processor time of os-ken's OpenFlow 1.3 parser, for the codec benchmark.

Reads lines {"frame": hex, "encode": whether to serialise too, "ms": how long} and answers each with
{"perSecond", "same"}: whether the serialised message has the bytes of the frame.
"""

import json
import sys
import time

from os_ken.ofproto import ofproto_parser, ofproto_protocol

DATAPATH = ofproto_protocol.ProtocolDesc(version=4)
BATCH = 20


def decode(frame):
    xid = int.from_bytes(frame[4:8], "big")
    return ofproto_parser.msg(DATAPATH, frame[0], frame[1], len(frame), xid, frame)


def encode(message):
    message.serialize()
    return bytes(message.buf)


def rate(work, seconds):
    count = 0
    start = time.process_time()
    while True:
        for _ in range(BATCH):
            work()
        count += BATCH
        elapsed = time.process_time() - start
        if elapsed >= seconds:
            return count / elapsed


def main():
    for line in sys.stdin:
        request = json.loads(line)
        frame = bytes.fromhex(request["frame"])
        message = decode(frame)
        if request["encode"]:
            same = encode(message) == frame
            per_second = rate(lambda: decode(encode(message)), request["ms"] / 1000)
        else:
            same = True
            per_second = rate(lambda: decode(frame), request["ms"] / 1000)
        print(json.dumps({"perSecond": per_second, "same": same}), flush=True)


main()
