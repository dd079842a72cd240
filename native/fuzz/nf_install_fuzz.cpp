// Any bytes as a snapshot: refused or installed, the state stays sound.
#include "nf_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  fuzz::Target& target = fuzz::targetOf(data, size);
  if (target.live->install({data, size}) == ApplyStatus::ok) target.live->install({data, size});
  fuzz::requireSound(target);
  return 0;
}
