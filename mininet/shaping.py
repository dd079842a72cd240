"""Rate of a link: HTB, with data before bulk.

Migration traffic marks itself as bulk (DSCP CS1, RFC 3662), so on a link that carries both it takes
what data leaves over, and no less than a hundredth, so that its connection stays alive. Queues are
bounded in time: a full one drops, as a real link would.
"""

QUEUE_MS = 40
LEAST_QUEUE_BYTES = 32_768
# A timer that wakes late makes up for this much: less, and the rate is never quite reached.
BURST_MS = 5
LEAST_BURST_BYTES = 6_000
QUANTUM_BYTES = 6_000


def commands(interface: str, bandwidth_bps: int) -> list:
    """The `tc` commands (without `tc`) that shape what leaves through an interface."""
    bytes_per_ms = bandwidth_bps // 8000
    queue = max(LEAST_QUEUE_BYTES, bytes_per_ms * QUEUE_MS)
    burst = max(LEAST_BURST_BYTES, bytes_per_ms * BURST_MS)
    bulk_bps = bandwidth_bps // 100

    def rate(assured: int) -> str:
        limits = f"rate {assured}bit ceil {bandwidth_bps}bit burst {burst} cburst {burst}"
        return f"{limits} quantum {QUANTUM_BYTES}"

    data, bulk = rate(bandwidth_bps - bulk_bps), rate(bulk_bps)
    return [
        f"qdisc replace dev {interface} root handle 1: htb default 10",
        f"class add dev {interface} parent 1: classid 1:1 htb {rate(bandwidth_bps)}",
        f"class add dev {interface} parent 1:1 classid 1:10 htb {data} prio 0",
        f"class add dev {interface} parent 1:1 classid 1:20 htb {bulk} prio 1",
        f"qdisc add dev {interface} parent 1:10 handle 10: bfifo limit {queue}",
        f"qdisc add dev {interface} parent 1:20 handle 20: bfifo limit {queue}",
        f"filter add dev {interface} parent 1: protocol ip prio 1 u32 "
        "match ip dsfield 0x20 0xfc flowid 1:20",
        # On a trunk the IP header comes after the label.
        f"filter add dev {interface} parent 1: protocol 802.1q prio 2 u32 "
        "match u16 0x0800 0xffff at 2 match u8 0x20 0xfc at 5 flowid 1:20",
    ]
