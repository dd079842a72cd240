"""Settings of the kernel that the lab raises and puts back (docs/topology.md).

Buffers: at the kernel's defaults Open vSwitch loses packets in bursts. A second at 20,000 packets/s
fits into either kind; it sends the packets of all its ports by one socket, and drops what that has no
room for while a processor that was to pass packets on is taken away. Expedited grace
periods: without them each ring of a packet socket takes some ten milliseconds to set up, and a
migration waits for two of each port.
"""

import os

from state import LabState

# Raised to at least this; a machine that has more keeps it.
WANTED = {
    "net.core.rmem_max": 67_108_864,
    "net.core.rmem_default": 33_554_432,
    "net.core.wmem_max": 67_108_864,
    "net.core.wmem_default": 33_554_432,
    "net.core.netdev_max_backlog": 50_000,
    "/sys/kernel/rcu_expedited": 1,
}


def _path(name: str) -> str:
    return name if name.startswith("/") else "/proc/sys/" + name.replace(".", "/")


def get(name: str) -> int:
    with open(_path(name), encoding="ascii") as file:
        return int(file.read())


def put(name: str, value: int) -> None:
    with open(_path(name), "w", encoding="ascii") as file:
        file.write(str(value))


def raise_values(state: LabState) -> None:
    changes = {
        name: {"from": get(name), "to": value}
        for name, value in WANTED.items()
        if os.access(_path(name), os.W_OK) and get(name) < value
    }
    state.record(sysctls=changes)
    for name, change in changes.items():
        put(name, change["to"])


def put_back(changes: dict) -> None:
    """Restores what the lab changed; a value that somebody changed meanwhile is theirs."""
    for name, change in changes.items():
        if get(name) == change["to"]:
            put(name, change["from"])
