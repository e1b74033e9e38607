#include "media/worker/encoding_demand.h"

#include <algorithm>

namespace lectern::worker {

using forward::LadderStep;
using forward::TierId;
using forward::Track;

void EncodingDemand::update(Instant now, Track& track, std::span<const LadderStep> ladder) {
  // Live ones before those on offer: the smallest never sleeps.
  const auto smallest = std::find_if(ladder.begin(), ladder.end(), [&](const LadderStep& step) {
    return track.is_live(now, step.id.encoding);
  });
  const bool has_media = smallest != ladder.end();
  for (size_t index = 0; index < forward::kMaxEncodings; ++index) {
    Encoding& encoding = encodings_[index];
    const bool is_live = track.is_live(now, index);
    const auto whole = std::find_if(ladder.begin(), ladder.end(), [&](const LadderStep& step) {
      return step.id == TierId{.encoding = static_cast<uint8_t>(index)};
    });
    if (encoding.state == State::kAwake && is_live && whole != ladder.end())
      encoding.last = Track::Offer{
          .rate = whole->rate, .height = whole->height, .fps = whole->fps, .is_asleep = true};
    const State before = encoding.state;
    step(now, is_live, track.is_wanted(index), has_media && smallest->id.encoding == index,
         encoding);
    // Without any media the camera is off, whatever sleeps. What has come is left on offer for as
    // long as it takes to measure it.
    if (encoding.state != State::kAwake)
      track.offer(now, index, has_media ? encoding.last : std::nullopt);
    else if (before == State::kWaking && !is_live)
      track.offer(now, index, std::nullopt);
  }
}

void EncodingDemand::step(Instant now, bool is_live, bool is_wanted, bool is_smallest,
                          Encoding& encoding) const {
  const auto become = [&](State state) {
    encoding.state = state;
    encoding.since = now;
  };
  // While an encoding sends nothing, its patience starts over: silence is not "nobody wants it".
  if (is_wanted || !is_live) encoding.wanted_at = now;
  switch (encoding.state) {
    case State::kAwake:
      // One that is silent by itself is left alone: it comes back by itself.
      if (is_live && !is_smallest && now - encoding.wanted_at >= kPatience) become(State::kAsleep);
      return;
    case State::kAsleep:
      if (is_wanted) become(State::kWaking);
      return;
    case State::kWaking:
      if (is_live || now - encoding.since >= kLongestWaking) become(State::kAwake);
      return;
  }
}

}  // namespace lectern::worker
