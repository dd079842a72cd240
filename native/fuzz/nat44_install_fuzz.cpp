// Any bytes as a snapshot: refused or installed, the state stays sound.
#include "nat44_subject.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  static Nat44 nat(fuzz::subjectConfig());
  nat.reset();
  if (nat.install({data, size}) == ApplyStatus::ok) nat.install({data, size});
  fuzz::requireSound(nat);
  return 0;
}
