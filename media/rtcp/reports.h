// Sender and receiver reports, CNAME and BYE (RFC 3550 §6.4-6.6). Profile-specific extensions of
// reports and SDES items other than CNAME are skipped.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/rtcp/compound.h"
#include "media/rtp/report_block.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lectern::rtcp {

using rtp::ReportBlock;

inline constexpr size_t kMaxReportBlocks = 31;  // RFC 3550 §6.4.1: RC has 5 bits

// Blocks of a report, decoded one by one.
class ReportBlocks {
 public:
  ReportBlocks() = default;
  explicit ReportBlocks(Bytes bytes) : bytes_(bytes) {}
  [[nodiscard]] size_t size() const;
  [[nodiscard]] ReportBlock operator[](size_t index) const;

 private:
  Bytes bytes_;
};

// RFC 3550 §6.4.1.
struct SenderInfo {
  uint32_t ssrc = 0;
  uint64_t ntp = 0;            // 32.32 seconds
  uint32_t rtp_timestamp = 0;  // the same instant on the media clock
  uint32_t packet_count = 0;
  uint32_t octet_count = 0;

  bool operator==(const SenderInfo&) const = default;
};

struct SenderReport {
  SenderInfo sender{};
  ReportBlocks blocks{};
};

struct ReceiverReport {
  uint32_t ssrc = 0;
  ReportBlocks blocks{};
};

[[nodiscard]] Parsed<SenderReport> parse_sender_report(const PacketView& packet);
[[nodiscard]] Parsed<ReceiverReport> parse_receiver_report(const PacketView& packet);

struct Cname {
  uint32_t ssrc = 0;
  std::string_view cname{};  // points into the packet
};
// The first CNAME of an SDES packet; nothing when there is none.
[[nodiscard]] std::optional<Cname> find_cname(const PacketView& packet);

// True if a BYE names `ssrc`.
[[nodiscard]] bool says_bye(const PacketView& packet, uint32_t ssrc);

// Each writer appends one packet and returns true, or leaves `out` as it is when it does not fit,
// or more than 31 blocks or sources (255 octets of cname) are given.
[[nodiscard]] bool write_sender_report(const SenderInfo& sender,
                                       std::span<const ReportBlock> blocks, ByteWriter& out);
[[nodiscard]] bool write_receiver_report(uint32_t ssrc, std::span<const ReportBlock> blocks,
                                         ByteWriter& out);
[[nodiscard]] bool write_cname(uint32_t ssrc, std::string_view cname, ByteWriter& out);
[[nodiscard]] bool write_bye(std::span<const uint32_t> ssrcs, ByteWriter& out);

// `since_epoch`: on whatever clock the class keeps. RFC 3550 §4: 32.32 fixed point.
[[nodiscard]] uint64_t to_ntp(Duration since_epoch);
[[nodiscard]] Duration from_ntp(uint64_t ntp);
// NTP counts from 1900, Unix from 1970 (RFC 5905 §6).
inline constexpr Duration kNtpToUnix = Duration::seconds(2'208'988'800);
// The middle 32 bits, as report blocks carry them.
[[nodiscard]] constexpr uint32_t compact_ntp(uint64_t ntp) {
  return static_cast<uint32_t>(ntp >> 16);
}
// Round trip of a report block that arrives when our sender-report clock shows `now_ntp` (RFC 3550
// §6.4.1). Nothing if the peer has not had a report of ours yet, or if the block lies (over 60 s).
[[nodiscard]] std::optional<Duration> round_trip(uint64_t now_ntp, const ReportBlock& block);

}  // namespace lectern::rtcp
