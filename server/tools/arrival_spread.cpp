#include "server/tools/arrival_spread.h"

#include <algorithm>

namespace lectern::tools {
namespace {

// What comes later than this has nothing to do with the packet that set the time.
constexpr Duration kForgotten = Duration::seconds(10);

}  // namespace

void ArrivalSpread::note(Instant now, Bytes datagram) {
  if (datagram.size() < 12) return;
  const uint64_t key = (uint64_t{1} << 40) | static_cast<uint64_t>(datagram[1] & 0x7f) << 32 |
                       load_be32(datagram.data() + 4);
  Slot& slot = slots_[key * 0x9e3779b97f4a7c15U >> 52];
  if (slot.key != key || now - slot.first > kForgotten) {
    slot = {.key = key, .first = now};
    return;
  }
  const auto bin = static_cast<size_t>(std::max<int64_t>(0, (now - slot.first).us() / kBinWidth));
  ++bins_[std::min(bin, kBins - 1)];
  ++shared_;
}

Duration ArrivalSpread::percentile(double part) const {
  const double wanted = part * static_cast<double>(shared_);
  uint64_t seen = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    seen += bins_[bin];
    if (shared_ > 0 && static_cast<double>(seen) >= wanted)
      return Duration::microseconds(static_cast<int64_t>(bin + 1) * kBinWidth);
  }
  return Duration::zero();
}

}  // namespace lectern::tools
