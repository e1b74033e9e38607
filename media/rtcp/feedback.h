// Feedback messages: NACK, PLI (RFC 4585), FIR (RFC 5104) and REMB
// (draft-alvestrand-rmcat-remb-03).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "media/rtcp/compound.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lectern::rtcp {

// Feedback message types, `PacketView::count`.
inline constexpr uint8_t kNackFormat = 1;            // RFC 4585 §6.2.1, transport
inline constexpr uint8_t kTransportWideFormat = 15;  // draft-holmer §3.1, transport
inline constexpr uint8_t kPliFormat = 1;             // RFC 4585 §6.3.1, payload
inline constexpr uint8_t kFirFormat = 4;             // RFC 5104 §4.3.1, payload
inline constexpr uint8_t kApplicationFormat = 15;    // RFC 4585 §6.4, payload: REMB

// The sequence numbers of a NACK, decoded while they are walked: each FCI entry gives a number
// (PID) and 16 bits of those that follow (BLP).
class NackNumbers {
 public:
  NackNumbers() = default;
  explicit NackNumbers(Bytes entries) : entries_(entries) {}
  std::optional<uint16_t> next();

 private:
  Bytes entries_;
  uint16_t pid_ = 0;
  uint16_t bits_ = 0;  // of the entry in hand, not yet given
  uint8_t bit_ = 0;    // distance of bits_' lowest bit from pid_
};

struct Nack {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  NackNumbers numbers{};
};
[[nodiscard]] Parsed<Nack> parse_nack(const PacketView& packet);

// `numbers`: in serial order (oldest first). Appends one packet and returns how many of them it
// carries: as many as fit.
[[nodiscard]] size_t write_nack(uint32_t sender_ssrc, uint32_t media_ssrc,
                                std::span<const uint16_t> numbers, ByteWriter& out);

struct Pli {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;

  bool operator==(const Pli&) const = default;
};
[[nodiscard]] Parsed<Pli> parse_pli(const PacketView& packet);
[[nodiscard]] bool write_pli(const Pli& pli, ByteWriter& out);

// One entry of a FIR; `sequence_number` is kept by repeats of one request (RFC 5104 §4.3.1.2).
struct FirEntry {
  uint32_t ssrc = 0;
  uint8_t sequence_number = 0;

  bool operator==(const FirEntry&) const = default;
};

class FirEntries {
 public:
  FirEntries() = default;
  explicit FirEntries(Bytes bytes) : bytes_(bytes) {}
  [[nodiscard]] size_t size() const;
  [[nodiscard]] FirEntry operator[](size_t index) const;

 private:
  Bytes bytes_;
};

struct Fir {
  uint32_t sender_ssrc = 0;
  FirEntries entries{};
};
[[nodiscard]] Parsed<Fir> parse_fir(const PacketView& packet);
[[nodiscard]] bool write_fir(uint32_t sender_ssrc, const FirEntry& entry, ByteWriter& out);

// Receiver estimated maximum bitrate. The list of SSRCs is not shown: the estimate is of the whole
// transport, whatever the list says.
struct Remb {
  uint32_t sender_ssrc = 0;
  DataRate rate{};
};
// Fails on payload feedback of format 15 that is not REMB.
[[nodiscard]] Parsed<Remb> parse_remb(const PacketView& packet);
// `ssrcs`: at most 255. The rate is rounded down to 18 significant bits.
[[nodiscard]] bool write_remb(const Remb& remb, std::span<const uint32_t> ssrcs, ByteWriter& out);

// A packet that asks for a keyframe of `media_ssrc`: PLI or FIR.
[[nodiscard]] bool asks_keyframe(const PacketView& packet, uint32_t media_ssrc);

}  // namespace lectern::rtcp
