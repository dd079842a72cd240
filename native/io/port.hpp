// The one way frames come in and go out. Each kind of I/O (AF_PACKET, later AF_XDP, DPDK) is one
// Port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "../core/packet.hpp"
#include "../proto/byte_order.hpp"

namespace ferry {

/** Totals since the port was opened. Every frame that is not delivered has its reason here. */
struct PortStats {
  std::uint64_t rxPackets = 0;       // handed out by receive()
  std::uint64_t rxBytes = 0;         //
  std::uint64_t rxKernelDrops = 0;   // ring full: the kernel dropped before we saw it
  std::uint64_t rxTruncated = 0;     // longer than a ring block: refused
  std::uint64_t rxMalformed = 0;     // shorter than an Ethernet header, or impossible offsets
  std::uint64_t rxVlanRestored = 0;  // tag that the kernel had stripped was put back
  std::uint64_t checksumsCompleted =
      0;                        // local sender left the checksum to a device that is not there
  std::uint64_t rxResyncs = 0;  // ring position found anew (after a restore)
  std::uint64_t txPackets = 0;
  std::uint64_t txBytes = 0;
  std::uint64_t txRingFull =
      0;  // transmit() refused because no slot was free (caller waits or drops)
  std::uint64_t txOversize = 0;  // longer than the interface takes: dropped
  std::uint64_t txErrors = 0;    // the kernel refused a flush for another reason than a full queue
  std::uint64_t txResyncs = 0;   // ring position found anew (after a restore); nothing is lost
  std::uint64_t linkDown = 0;    // times the interface was found down or gone
};

enum class TransmitResult : std::uint8_t {
  queued,    // copied; leaves with the next flush()
  ringFull,  // no slot: flush(), wait for POLLOUT on pollFd(), try again
  oversize,  // never fits: counted, dropped
};

/**
 * One network port, used by one thread only. Nothing here allocates or blocks after opening.
 *
 * A burst: n = receive(packets); use packets[0..n); release(). Views stay valid, and writable up to
 * `capacity`, until release(); receive() is not called again before it. The caller sets
 * Packet::port. Frames carry no FCS; a stripped VLAN tag has been put back.
 */
class Port {
 public:
  virtual ~Port() = default;

  /** Fills at most burst.size() packets and returns how many; 0: nothing is ready, nothing to
   * release. */
  virtual std::size_t receive(std::span<Packet> burst) = 0;
  virtual void release() = 0;
  /** Copies the frame into the transmit ring. The views of the current burst may be passed. */
  virtual TransmitResult transmit(ByteView frame) = 0;
  /** Starts sending what was queued; one system call at most, none when nothing was queued. */
  virtual void flush() = 0;

  /** Readable (POLLIN) when receive() would yield something, writable when the tx ring has room. */
  virtual int pollFd() const = 0;
  /**
   * True when every frame that has reached this port so far was handed out by receive(). Exact,
   * also for frames in a part of the ring that the kernel has not handed over yet; one system call.
   */
  virtual bool drained() = 0;
  /** True while the interface is down or removed; cheap, refreshed by flush() and checkLink(). */
  virtual bool linkDown() const = 0;
  /** Looks for a pending socket error (POLLERR on pollFd()); one system call. */
  virtual void checkLink() = 0;
  virtual PortStats stats() = 0;
};

}  // namespace ferry
