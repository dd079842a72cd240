// Any bytes as statelets: refused or applied, the state stays sound and the NF goes on.
#include "nf_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  fuzz::Target& target = fuzz::targetOf(data, size);
  NetworkFunction& nf = *target.live;
  // In two parts, so that the second meets what the first has left.
  const std::size_t half = size / 2;
  nf.apply({data, half});
  fuzz::require(nf.checkInvariants());
  nf.apply({data + half, size - half});
  fuzz::requireSound(target);
  fuzz::Silence output;
  TimeMs now = 1'000'000;
  for (int i = 0; i < 40; ++i) nf.expire(now += 400'000, output);
  nf.recover(now);
  nf.takeOver(now, output);
  fuzz::requireSound(target);
  return 0;
}
