// What an m-line offers, held against what this project can send and take. Used by both sides:
// the server that answers and the client that reads an answer.
#pragma once

#include "media/sdp/negotiated.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lectern::sdp {

// The header extensions in use here.
inline constexpr std::string_view kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
inline constexpr std::string_view kRidUri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
inline constexpr std::string_view kRepairedRidUri =
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
inline constexpr std::string_view kAbsSendTimeUri =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
inline constexpr std::string_view kTransportWideCcUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

[[nodiscard]] std::string_view name_of(CodecName name);

// The codecs of `media` that are known here, in its order, each with its rtx and feedbacks. Of
// several H.264 payload types: of a sender (kSendOnly) one, the least demanding; of a receiver
// (kRecvOnly) one for each profile, because only the stream tells which it needs.
[[nodiscard]] std::vector<NegotiatedCodec> match_codecs(const Media& media, Direction direction);

// The ids of all extensions in use here; one whose direction does not let the offerer do what
// `direction` says (kSendOnly: it sends) counts as absent.
[[nodiscard]] ExtensionIds match_extensions(const Media& media, Direction direction);

// The NAL units of sprop-parameter-sets (RFC 6184 §8.1) in an H.264 payload type's parameters;
// those that cannot be read are left out.
[[nodiscard]] std::vector<std::vector<uint8_t>> parameter_sets_of(std::string_view fmtp);

// The streams that `media` announces: SIM order first, else FID groups, else single SSRCs.
[[nodiscard]] std::vector<StreamSsrc> announced_streams(const Media& media);

// Whether `media` is RTP over DTLS, not switched off by port 0.
[[nodiscard]] bool is_live_rtp(const Media& media);

}  // namespace lectern::sdp
