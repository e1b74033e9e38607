#include "media/worker/receive_stream.h"

#include "media/rtcp/feedback.h"

#include <array>
#include <span>

namespace lectern::worker {
namespace {

// Of one NACK: what a datagram holds even if no two numbers share an entry.
constexpr size_t kMostNumbers = 64;

}  // namespace

ReceiveStream::ReceiveStream(uint32_t ssrc, uint32_t clock_rate, bool repairs,
                             const rtp::NackTiming& timing)
    : ssrc_(ssrc), repairs_(repairs), statistics_(clock_rate), nack_(timing) {}

int64_t ReceiveStream::on_packet(Instant now, uint16_t sequence_number, uint32_t timestamp,
                                 bool is_repair) {
  if (!is_repair) statistics_.on_packet(now, sequence_number, timestamp);
  const int64_t position = sequence_.unwrap(sequence_number);
  if (!repairs_) return position;
  const auto waited = nack_.on_packet(now, position);
  if (is_repair && waited) repair_time_ = waited;
  return position;
}

size_t ReceiveStream::write_nack(Instant now, uint32_t own_ssrc, ByteWriter& out) {
  if (next_nack() > now || out.remaining() < 12 + 4 * kMostNumbers) return 0;
  std::array<uint16_t, kMostNumbers> numbers{};
  const size_t count = nack_.take_due(now, numbers);
  if (count == 0) return 0;
  return rtcp::write_nack(own_ssrc, ssrc_, std::span(numbers).first(count), out);
}

}  // namespace lectern::worker
