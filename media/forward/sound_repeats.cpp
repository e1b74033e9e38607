#include "media/forward/sound_repeats.h"

#include <algorithm>

namespace lectern::forward {
namespace {

constexpr double kRepeatOnceLoss = 0.01;
constexpr double kRepeatTwiceLoss = 0.08;
// So far below the threshold the loss has to stay before a repeat is spared.
constexpr double kSpareBelow = 0.5;
constexpr Duration kFirstHold = Duration::seconds(10);
constexpr Duration kLongestHold = Duration::seconds(160);
// Repeats that have not brought the loss below this share of what it was do not help.
constexpr double kNoHelp = 0.8;
constexpr double kWorthJudging = 0.05;
constexpr Duration kJudgedAfter = Duration::seconds(4);
constexpr Duration kBlocked = Duration::seconds(30);

size_t repeats_for(double loss) {
  if (loss >= kRepeatTwiceLoss) return 2;
  return loss >= kRepeatOnceLoss ? 1 : 0;
}

}  // namespace

void SoundRepeats::on_report(Instant now, const Report& report) {
  if (!report.has_room || now < blocked_until_) {
    count_ = 0;
    low_since_.reset();
    return;
  }
  const bool is_judged = count_ > 0 && now - started_ >= kJudgedAfter;
  if (is_judged && report.sound_loss >= kWorthJudging &&
      report.sound_loss >= kNoHelp * loss_at_start_) {
    count_ = 0;
    blocked_until_ = now + kBlocked;
    return;
  }
  const double loss = std::max(report.sound_loss, report.picture_loss.value_or(0));
  const size_t wanted = repeats_for(loss);
  if (wanted > count_) return raise(now, wanted, report.sound_loss);
  const size_t spared = repeats_for(loss / kSpareBelow);
  if (count_ == 0 || spared >= count_) {
    low_since_.reset();
    return;
  }
  lower(now, spared);
}

void SoundRepeats::raise(Instant now, size_t wanted, double loss) {
  if (count_ == 0) {
    const bool is_relapse = hold_ > Duration::zero() && now - stopped_ < hold_ * 2;
    hold_ = is_relapse ? std::min(hold_ * 2, kLongestHold) : kFirstHold;
    loss_at_start_ = loss;
    started_ = now;
  }
  count_ = wanted;
  low_since_.reset();
}

void SoundRepeats::lower(Instant now, size_t wanted) {
  if (!low_since_) low_since_ = now;
  if (now - *low_since_ < hold_) return;
  count_ = wanted;
  low_since_.reset();
  if (count_ == 0) stopped_ = now;
}

}  // namespace lectern::forward
