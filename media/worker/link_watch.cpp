#include "media/worker/link_watch.h"

#include <algorithm>
#include <utility>

namespace lectern::worker {
namespace {

// How often an unproven path is looked at: what is sent meanwhile comes on top of the allowance.
constexpr Duration kTrialLook = Duration::milliseconds(50);
// Nothing was sent for so long: nobody teaches. (A viewer is looked at each second.)
constexpr Duration kPause = Duration::seconds(2);

}  // namespace

bool LinkWatch::look(Instant now, const Facts& facts) {
  next_look_ = Instant::never();
  // One after the other: each says when to look again, and the second one keeps the earlier time.
  const Allowed silence = by_silence(now, facts);
  const Allowed path = by_path(now, facts);
  const Allowed allowed = std::min(silence, path);
  return std::exchange(allowed_, allowed) != allowed;
}

LinkWatch::Allowed LinkWatch::by_silence(Instant now, const Facts& facts) {
  const Duration more = has_reported_ ? Duration::zero() : kMoreForQuietOnes;
  if (allowed_ == Allowed::kAll && now - last_sent_ > kPause) sending_since_ = now;
  if (facts.sent_octets != std::exchange(sent_octets_, facts.sent_octets)) last_sent_ = now;
  const Instant since = std::max(facts.last_heard, sending_since_) + more;
  const Instant pictures_until = since + kPictureSilence;
  const Instant sound_until = since + kSoundSilence;
  if (now >= sound_until) return Allowed::kNothing;
  next_look_ = now >= pictures_until ? sound_until : pictures_until;
  return now >= pictures_until ? Allowed::kSound : Allowed::kAll;
}

LinkWatch::Allowed LinkWatch::by_path(Instant now, const Facts& facts) {
  if (facts.is_path_proven) {
    if (trial_from_) used_ += facts.sent_octets - *trial_from_;
    trial_from_.reset();
    return Allowed::kAll;
  }
  if (!trial_from_) {
    trial_from_ = facts.sent_octets;
    if (!allowance_at_ || now - *allowance_at_ >= kAllowanceInterval) {
      allowance_at_ = now;
      used_ = 0;
    }
  }
  const uint32_t used = used_ + (facts.sent_octets - *trial_from_);
  if (used >= kAllowance) return Allowed::kNothing;
  next_look_ = std::min(next_look_, now + kTrialLook);
  return used >= kPictureAllowance ? Allowed::kSound : Allowed::kAll;
}

}  // namespace lectern::worker
