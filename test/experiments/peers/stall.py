"""Takes processors away from everybody else, again and again, as a host of virtual machines does.

    stall.py SECONDS LENGTH_MS...

A stall begins each second; every other one takes all processors, the rest all but the first. One
real-time process a processor, which ends by itself.
"""

import os
import sys
import time

PRIORITY = 99
PERIOD = 1.0


def stall(processor: int, begin: float, seconds: int, lengths: list) -> None:
    os.sched_setaffinity(0, {processor})
    for turn in range(seconds):
        at = begin + turn * PERIOD
        time.sleep(max(0.0, at - time.monotonic()))
        if turn % 2 == 1 and processor == min(PROCESSORS) and len(PROCESSORS) > 1:
            continue
        end = at + lengths[turn % len(lengths)] / 1000
        while time.monotonic() < end:
            pass


PROCESSORS = os.sched_getaffinity(0)


def main() -> int:
    seconds, lengths = int(sys.argv[1]), [int(word) for word in sys.argv[2:]]
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    begin = time.monotonic() + PERIOD
    children = []
    for processor in sorted(PROCESSORS):
        pid = os.fork()
        if pid == 0:
            stall(processor, begin, seconds, lengths)
            os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
