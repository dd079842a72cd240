// UDP header (RFC 768), 8 bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "byte_order.hpp"

namespace ferry {

class UdpView {
 public:
  static constexpr std::size_t kHeader = 8;
  static constexpr std::size_t kChecksumOffset = 6;

  /**
   * nullopt when the header does not fit, or its length field fits neither itself nor the bytes.
   * `fragment`: the bytes are the first fragment only, so the length may tell of more.
   */
  static std::optional<UdpView> parse(Bytes bytes, bool fragment) {
    if (bytes.size() < kHeader) return std::nullopt;
    const UdpView view(bytes);
    if (view.length() < kHeader || (!fragment && view.length() > bytes.size())) {
      return std::nullopt;
    }
    return view;
  }

  std::uint16_t sourcePort() const { return load16(bytes_.data()); }
  std::uint16_t destinationPort() const { return load16(bytes_.data() + 2); }
  std::size_t length() const { return load16(bytes_.data() + 4); }
  /** 0: the sender made none. */
  std::uint16_t checksum() const { return load16(bytes_.data() + kChecksumOffset); }
  /** What the length field covers, or what there is of it in a first fragment. */
  Bytes payload() const {
    return bytes_.subspan(kHeader, std::min(length(), bytes_.size()) - kHeader);
  }

 private:
  explicit UdpView(Bytes bytes) : bytes_(bytes) {}

  Bytes bytes_;
};

}  // namespace ferry
