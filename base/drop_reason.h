// Why a datagram, packet or message was dropped: every drop site names one, and each is a counter
// in /metrics (lectern_drops_total{reason="..."}).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lectern {

#define LECTERN_DROP_REASONS(X)                                                       \
  X(kDatagramTooLong, "datagram_too_long")   /* truncated by our receive buffer */    \
  X(kUnknownFirstByte, "unknown_first_byte") /* RFC 7983: none of our protocols */    \
  X(kUnknownPath, "unknown_path")            /* no peer has validated this 5-tuple */ \
  X(kPathTaken, "path_taken")                /* a check by a living peer's path */    \
  X(kStunMalformed, "stun_malformed")                                                 \
  X(kStunBadTag, "stun_bad_tag") /* ufrag is not ours: dropped before HMAC */         \
  X(kStunBadIntegrity, "stun_bad_integrity")                                          \
  X(kDtlsBeforeIce, "dtls_before_ice")                                                \
  X(kDtlsRejected, "dtls_rejected")                                                   \
  X(kHandshakesWaiting, "handshakes_waiting") /* a storm of joins: sent again */      \
  X(kSrtpBeforeDtls, "srtp_before_dtls")                                              \
  X(kSrtpAuthFailed, "srtp_auth_failed")                                              \
  X(kSrtpReplay, "srtp_replay")                                                       \
  X(kRtpMalformed, "rtp_malformed")                                                   \
  X(kRtpUnknownSsrc, "rtp_unknown_ssrc")                                              \
  X(kRtpUnknownPayloadType, "rtp_unknown_payload_type")                               \
  X(kRtpDuplicate, "rtp_duplicate")                                                   \
  X(kRtpTooOld, "rtp_too_old")                                                        \
  X(kRtpTooLong, "rtp_too_long")                                                      \
  X(kRtpPadding, "rtp_padding") /* bandwidth probes end at ingest */                  \
  X(kRtcpMalformed, "rtcp_malformed")                                                 \
  X(kNackNotInRing, "nack_not_in_ring")                                               \
  X(kNackSuppressed, "nack_suppressed") /* repeated too soon or too often */          \
  X(kRtxBudget, "rtx_budget")                                                         \
  X(kFeedbackBudget, "feedback_budget") /* too many PLI or NACK from one peer */      \
  X(kLegUnknown, "leg_unknown")                                                       \
  X(kLegMalformed, "leg_malformed")                                                   \
  X(kSendBufferFull, "send_buffer_full") /* the kernel took no more: never queued */  \
  X(kBehind, "behind") /* a viewer that could not be served in time goes on later */  \
  X(kSendFailed, "send_failed")                                                       \
  X(kControlMalformed, "control_malformed")

enum class DropReason : uint8_t {
#define LECTERN_X(name, text) name,
  LECTERN_DROP_REASONS(LECTERN_X)
#undef LECTERN_X
};

inline constexpr std::array kDropReasonNames = {
#define LECTERN_X(name, text) std::string_view(text),
    LECTERN_DROP_REASONS(LECTERN_X)
#undef LECTERN_X
};

inline constexpr size_t kDropReasonCount = kDropReasonNames.size();

class DropCounters {
 public:
  void add(DropReason reason, uint64_t count = 1) { counts_[static_cast<size_t>(reason)] += count; }
  [[nodiscard]] uint64_t get(DropReason reason) const {
    return counts_[static_cast<size_t>(reason)];
  }
  [[nodiscard]] const std::array<uint64_t, kDropReasonCount>& all() const { return counts_; }
  // Adds another's counts: how a closed peer's drops stay in its worker's totals.
  void merge(const DropCounters& other) {
    for (size_t i = 0; i < kDropReasonCount; ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<uint64_t, kDropReasonCount> counts_{};
};

}  // namespace lectern
