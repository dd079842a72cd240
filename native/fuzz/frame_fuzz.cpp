// Any bytes at the frame decoder, and each frame's payload at every record reader.
#include <cstdint>
#include <cstdlib>

#include "statelet/frame.hpp"
#include "statelet/marker.hpp"
#include "statelet/records.hpp"

using namespace ferry;

namespace {

template <typename Record>
void readRecord(ByteView payload) {
  Record record{};
  if (!record.read(payload)) return;
  // What was read must be writable, and read back alike; only a straggler can be long.
  if constexpr (!std::is_same_v<Record, Straggler>) {
    std::uint8_t bytes[kMaxRecordBytes];
    ByteWriter out(bytes, sizeof bytes);
    record.write(out);
    if (out.overflowed() || out.size() != payload.size()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView bytes{data, size};
  for (DecodedFrame decoded = decodeFrame(bytes); decoded.status == DecodedFrame::Status::whole;
       decoded = decodeFrame(bytes)) {
    if (decoded.consumed > bytes.size()) std::abort();
    bytes = bytes.subspan(decoded.consumed);
  }
  readRecord<Hello>({data, size});
  readRecord<SnapshotBegin>({data, size});
  readRecord<SnapshotEnd>({data, size});
  readRecord<End>({data, size});
  readRecord<PortRecord>({data, size});
  readRecord<Straggler>({data, size});
  readRecord<SessionError>({data, size});
  parseMarker({data, size}, SessionToken{});
  return 0;
}
