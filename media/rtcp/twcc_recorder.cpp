#include "media/rtcp/twcc_recorder.h"

#include <algorithm>

namespace lectern::rtcp {

TwccRecorder::TwccRecorder(uint32_t sender_ssrc, Duration interval)
    : sender_ssrc_(sender_ssrc), interval_(interval) {}

std::optional<Duration>& TwccRecorder::slot(int64_t position) {
  return arrivals_[static_cast<size_t>(position) & (kWindow - 1)];
}

void TwccRecorder::forget_before(int64_t position) {
  // After a jump only the window itself needs clearing, however far the jump went.
  const int64_t end = std::min(position, begin_ + static_cast<int64_t>(kWindow));
  for (int64_t i = begin_; i < end; ++i) slot(i).reset();
  begin_ = position;
  end_ = std::max(end_, position);
}

void TwccRecorder::on_packet(Instant now, uint16_t transport_sequence_number, uint32_t media_ssrc) {
  const bool is_first = !unwrapper_.last().has_value();
  const int64_t position = unwrapper_.unwrap(transport_sequence_number);
  if (is_first) {
    begin_ = end_ = position;
    first_arrival_ = now;
  }
  if (position < begin_) return;
  media_ssrc_ = media_ssrc;
  const int64_t oldest = position - static_cast<int64_t>(kWindow) + 1;
  if (oldest > begin_) forget_before(oldest);
  end_ = std::max(end_, position + 1);
  if (!slot(position)) slot(position) = std::max(Duration::zero(), now - *first_arrival_);
  if (due_.is_never()) due_ = now + interval_;
}

Instant TwccRecorder::next_timeout() const {
  return due_;
}

bool TwccRecorder::write_due(Instant now, ByteWriter& out) {
  if (now < due_) return false;
  std::array<std::optional<Duration>, kMaxTwccStatuses> arrivals;
  const auto count =
      static_cast<size_t>(std::min(end_ - begin_, static_cast<int64_t>(kMaxTwccStatuses)));
  for (size_t i = 0; i < count; ++i) arrivals[i] = slot(begin_ + static_cast<int64_t>(i));
  const size_t written = write_twcc({.sender_ssrc = sender_ssrc_,
                                     .media_ssrc = media_ssrc_,
                                     .base_sequence_number = static_cast<uint16_t>(begin_),
                                     .status_count = 0,
                                     .reference_time = 0,
                                     .feedback_count = feedback_count_},
                                    std::span(arrivals).first(count), out);
  if (written == 0) {
    // No arrival in reach (a jump of the numbers) or no room: the next interval tries again.
    const bool has_arrival = std::ranges::any_of(arrivals, &std::optional<Duration>::has_value);
    if (!has_arrival) forget_before(begin_ + static_cast<int64_t>(count));
    due_ = begin_ == end_ ? Instant::never() : now + interval_;
    return false;
  }
  ++feedback_count_;
  forget_before(begin_ + static_cast<int64_t>(written));
  if (begin_ == end_) due_ = Instant::never();
  return true;
}

}  // namespace lectern::rtcp
