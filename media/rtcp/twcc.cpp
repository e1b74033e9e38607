#include "media/rtcp/twcc.h"

#include "media/rtcp/feedback.h"
#include "media/rtcp/packet_writer.h"

#include <algorithm>
#include <array>
#include <limits>

namespace lectern::rtcp {
namespace {

// draft-holmer §3.1: both SSRCs, base, count, reference time, feedback count.
constexpr size_t kFixedSize = 16;
constexpr int64_t kTicksPerReference = kTwccReferenceUnit / kTwccTick;

// draft-holmer §3.1.1: packet status symbols. 3 is reserved.
constexpr uint8_t kNotReceived = 0;
constexpr uint8_t kSmallDelta = 1;  // one unsigned byte
constexpr uint8_t kLargeDelta = 2;  // two bytes, signed

// draft-holmer §3.1.3-4: chunks of 16 bits.
constexpr uint16_t kVectorChunk = 0x8000;
constexpr uint16_t kTwoBitVector = 0x4000;
constexpr uint16_t kMaxRun = 0x1FFF;
constexpr uint16_t kOneBitSymbols = 14;
constexpr uint16_t kTwoBitSymbols = 7;

bool is_vector(uint16_t chunk) {
  return (chunk & kVectorChunk) != 0;
}

// How many statuses the chunk can give.
uint16_t capacity(uint16_t chunk) {
  if (!is_vector(chunk)) return chunk & kMaxRun;
  return (chunk & kTwoBitVector) != 0 ? kTwoBitSymbols : kOneBitSymbols;
}

// The symbol with `left` symbols, itself included, up to the end of the chunk.
uint8_t symbol_at(uint16_t chunk, uint16_t left) {
  if (!is_vector(chunk)) return static_cast<uint8_t>(chunk >> 13 & 3);
  if ((chunk & kTwoBitVector) != 0) return static_cast<uint8_t>(chunk >> (2 * (left - 1)) & 3);
  return static_cast<uint8_t>(chunk >> (left - 1) & 1);
}

// Bytes of deltas that `count` symbols of a chunk bring; nothing for a reserved symbol.
std::optional<size_t> delta_size(uint16_t chunk, uint16_t count) {
  if (count == 0) return 0;
  if (!is_vector(chunk)) {
    const uint8_t symbol = symbol_at(chunk, count);
    if (symbol > kLargeDelta) return std::nullopt;
    return size_t{count} * symbol;
  }
  size_t size = 0;
  for (uint16_t i = 0; i < count; ++i) {
    const uint8_t symbol = symbol_at(chunk, static_cast<uint16_t>(capacity(chunk) - i));
    if (symbol > kLargeDelta) return std::nullopt;
    size += symbol;
  }
  return size;
}

int64_t ticks_of(Duration arrival) {
  return arrival.us() / kTwccTick;
}

// What goes on the wire for each status, before it is cut into chunks.
struct Statuses {
  std::array<uint8_t, kMaxTwccStatuses> symbols;
  std::array<int16_t, kMaxTwccStatuses> deltas;
  size_t count = 0;
  size_t delta_bytes = 0;
  int64_t reference = 0;
};

// Stops at the first arrival that cannot be told as a difference.
void collect(std::span<const std::optional<Duration>> arrivals, Statuses& statuses) {
  const auto first =
      std::ranges::find_if(arrivals, [](const auto& arrival) { return arrival.has_value(); });
  if (first == arrivals.end()) return;
  statuses.reference = ticks_of(**first) / kTicksPerReference;
  int64_t previous = statuses.reference * kTicksPerReference;
  for (const std::optional<Duration>& arrival : arrivals) {
    uint8_t symbol = kNotReceived;
    int64_t delta = 0;
    if (arrival) {
      delta = ticks_of(*arrival) - previous;
      if (delta < std::numeric_limits<int16_t>::min() ||
          delta > std::numeric_limits<int16_t>::max())
        return;
      symbol = delta >= 0 && delta <= 0xFF ? kSmallDelta : kLargeDelta;
      previous += delta;
    }
    statuses.symbols[statuses.count] = symbol;
    statuses.deltas[statuses.count++] = static_cast<int16_t>(delta);
    statuses.delta_bytes += symbol;
  }
}

struct Chunk {
  uint16_t bits = 0;
  size_t covered = 0;
};

Chunk vector_chunk(std::span<const uint8_t> symbols, bool has_two_bits) {
  const size_t room = has_two_bits ? kTwoBitSymbols : kOneBitSymbols;
  const int width = has_two_bits ? 2 : 1;
  Chunk chunk{.bits = static_cast<uint16_t>(kVectorChunk | (has_two_bits ? kTwoBitVector : 0)),
              .covered = std::min(room, symbols.size())};
  for (size_t i = 0; i < chunk.covered; ++i) {
    const auto shift = static_cast<int>(room - 1 - i) * width;
    chunk.bits = static_cast<uint16_t>(chunk.bits | symbols[i] << shift);
  }
  return chunk;
}

// The chunk for the beginning of `symbols`: a run where it covers more than a vector would.
Chunk next_chunk(std::span<const uint8_t> symbols) {
  size_t run = 1;
  while (run < symbols.size() && symbols[run] == symbols[0]) ++run;
  const std::span<const uint8_t> reach =
      symbols.first(std::min<size_t>(kOneBitSymbols, symbols.size()));
  const bool has_two_bits = std::ranges::find(reach, kLargeDelta) != reach.end();
  if (run >= (has_two_bits ? kTwoBitSymbols : kOneBitSymbols))
    return {.bits = static_cast<uint16_t>(size_t{symbols[0]} << 13 | run), .covered = run};
  return vector_chunk(symbols, has_two_bits);
}

size_t chunk_bytes(std::span<const uint8_t> symbols) {
  size_t bytes = 0;
  for (; !symbols.empty(); symbols = symbols.subspan(next_chunk(symbols).covered)) bytes += 2;
  return bytes;
}

void write_deltas(const Statuses& statuses, ByteWriter& out) {
  for (size_t i = 0; i < statuses.count; ++i) {
    if (statuses.symbols[i] == kSmallDelta) out.u8(static_cast<uint8_t>(statuses.deltas[i]));
    if (statuses.symbols[i] == kLargeDelta) out.u16(static_cast<uint16_t>(statuses.deltas[i]));
  }
}

// Pads to a word with the P bit of the packet that starts at `start` (RFC 3550 §6.4.1).
void write_padding(size_t padding, size_t start, ByteWriter& out) {
  if (padding == 0) return;
  out.zeros(padding - 1);
  out.u8(static_cast<uint8_t>(padding));
  out.buffer()[start] |= 0x20;
}

}  // namespace

Parsed<TwccReader> TwccReader::parse(const PacketView& packet) {
  if (packet.type != PacketType::kTransportFeedback || packet.count != kTransportWideFormat)
    return parse_error(ParseError::kUnsupported);
  if (packet.body.size() < kFixedSize) return parse_error(ParseError::kTruncated);
  TwccReader result;
  ByteReader reader(packet.body);
  result.header_.sender_ssrc = reader.u32();
  result.header_.media_ssrc = reader.u32();
  result.header_.base_sequence_number = reader.u16();
  result.header_.status_count = reader.u16();
  // 24 bits with a sign: moved to the top and back.
  result.header_.reference_time = static_cast<int32_t>(reader.u24() << 8) >> 8;
  result.header_.feedback_count = reader.u8();
  result.ticks_ = result.header_.reference_time * kTicksPerReference;
  // All chunks are walked once, to find where the deltas begin and that none is missing.
  const Bytes rest = reader.rest();
  size_t deltas = 0;
  size_t chunks = 0;
  for (uint16_t covered = 0; covered < result.header_.status_count; chunks += 2) {
    if (rest.size() < chunks + 2) return parse_error(ParseError::kTruncated);
    const uint16_t chunk = load_be16(rest.data() + chunks);
    const uint16_t count =
        std::min(capacity(chunk), static_cast<uint16_t>(result.header_.status_count - covered));
    const auto size = delta_size(chunk, count);
    if (!size) return parse_error(ParseError::kMalformed);
    deltas += *size;
    covered = static_cast<uint16_t>(covered + count);
  }
  if (rest.size() < chunks + deltas) return parse_error(ParseError::kTruncated);
  result.chunks_ = rest.first(chunks);
  result.deltas_ = rest.subspan(chunks, deltas);
  return result;
}

uint8_t TwccReader::next_symbol() {
  // A run of length 0 gives nothing; parse() has seen that enough chunks follow.
  while (chunk_left_ == 0) {
    chunk_ = load_be16(chunks_.data());
    chunks_ = chunks_.subspan(2);
    chunk_left_ = capacity(chunk_);
  }
  return symbol_at(chunk_, chunk_left_--);
}

std::optional<TwccStatus> TwccReader::next() {
  if (given_ == header_.status_count) return std::nullopt;
  TwccStatus status{
      .sequence_number = static_cast<uint16_t>(header_.base_sequence_number + given_++),
      .arrival = std::nullopt};
  const uint8_t symbol = next_symbol();
  if (symbol == kNotReceived) return status;
  ticks_ += symbol == kSmallDelta ? deltas_[0] : static_cast<int16_t>(load_be16(deltas_.data()));
  deltas_ = deltas_.subspan(symbol);
  status.arrival = Duration::microseconds(ticks_ * kTwccTick);
  return status;
}

size_t write_twcc(const TwccHeader& header, std::span<const std::optional<Duration>> arrivals,
                  ByteWriter& out) {
  // Room for the worst case: two bytes of delta a status and a chunk for each seven.
  constexpr size_t kOverhead = kHeaderSize + kFixedSize + 2 + 3;
  if (!out.ok() || out.remaining() <= kOverhead) return 0;
  const size_t room = (out.remaining() - kOverhead) * kTwoBitSymbols / 16;
  Statuses statuses;
  collect(arrivals.first(std::min({arrivals.size(), room, kMaxTwccStatuses})), statuses);
  if (statuses.count == 0) return 0;

  std::span<const uint8_t> symbols = std::span(statuses.symbols).first(statuses.count);
  const size_t used = kHeaderSize + kFixedSize + chunk_bytes(symbols) + statuses.delta_bytes;
  const size_t padding = (4 - used % 4) % 4;
  const size_t start = out.size();
  PacketWriter packet(PacketType::kTransportFeedback, kTransportWideFormat, used + padding, out);
  if (!packet.fits()) return 0;
  packet.body().u32(header.sender_ssrc);
  packet.body().u32(header.media_ssrc);
  packet.body().u16(header.base_sequence_number);
  packet.body().u16(static_cast<uint16_t>(statuses.count));
  packet.body().u24(static_cast<uint32_t>(statuses.reference));
  packet.body().u8(header.feedback_count);
  while (!symbols.empty()) {
    const Chunk chunk = next_chunk(symbols);
    packet.body().u16(chunk.bits);
    symbols = symbols.subspan(chunk.covered);
  }
  write_deltas(statuses, packet.body());
  write_padding(padding, start, packet.body());
  return statuses.count;
}

}  // namespace lectern::rtcp
