// Any bytes as statelets: refused or applied, the state stays sound and the NAT goes on.
#include <vector>

#include "nat44_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  static Nat44 nat(fuzz::subjectConfig());
  nat.reset();
  // In two parts, so that the second meets what the first has left.
  const std::size_t half = size / 2;
  nat.apply({data, half});
  fuzz::require(nat.checkInvariants());
  nat.apply({data + half, size - half});
  fuzz::requireSound(nat);
  fuzz::Silence output;
  TimeMs now = 1'000'000;
  for (int i = 0; i < 40; ++i) nat.expire(now += 400'000, output);
  nat.takeOver(now, output);
  fuzz::requireSound(nat);
  return 0;
}
