"""Processes by pid and start time, so that a number that was used again is never taken for ours."""

import os
import signal
import time

# In the environment of everything that a lab starts, and so of all that those start.
MARKER = "FERRY_LAB_ID"
GRACE_SECONDS = 4.0
GONE_SECONDS = 10.0


def start_time(pid: int) -> int:
    """Start time of a process in clock ticks since boot (proc(5), field 22); 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] in "ZX" else int(fields[19])


def identity(pid: int) -> dict:
    return {"pid": pid, "startTime": start_time(pid)}


def alive(process: dict) -> bool:
    started = start_time(process["pid"])
    return started != 0 and started == process["startTime"]


def send(process: dict, number: int) -> None:
    if alive(process):
        try:
            os.kill(process["pid"], number)
        except ProcessLookupError:
            pass


def carrying(entries: set) -> list:
    """Every living process with one of these environment entries, this one and its parent left out."""
    wanted = {entry.encode() for entry in entries}
    found = []
    for name in os.listdir("/proc") if wanted else []:
        if not name.isdigit() or int(name) in (os.getpid(), os.getppid()):
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if wanted.isdisjoint(file.read().split(b"\0")):
                    continue
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        process = identity(int(name))
        if process["startTime"]:
            found.append(process)
    return found


def wait_gone(list_alive, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while list_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end_carrying(entries: set) -> list:
    """Ends every process with one of these environment entries: SIGTERM, then SIGKILL.

    Returns those that are still there (stuck in the kernel), which is empty but for a defect.
    """
    for process in carrying(entries):
        send(process, signal.SIGTERM)
    if not wait_gone(lambda: carrying(entries), GRACE_SECONDS):
        deadline = time.monotonic() + GONE_SECONDS
        while (left := carrying(entries)) and time.monotonic() < deadline:
            for process in left:
                send(process, signal.SIGKILL)
            time.sleep(0.05)
    return carrying(entries)
