// A session description (RFC 8866) as a value, with the attributes that WebRTC media needs.
//
// What it is: `parse` reads the text of an offer or answer into plain structs; `write` is its
// inverse for all that the structs hold. Left out on purpose: times, bandwidths, encryption keys,
// connection data (ICE decides), attributes that nobody here acts on. An unknown line is skipped,
// a known attribute with an unreadable value is an error only where guessing would do harm.
// Everything is bounded: the text and every list.
#pragma once

#include "base/result.h"
#include "media/sdp/fault.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::sdp {

inline constexpr size_t kMaxText = 16 * 1024;
// A page that has started and stopped screens for a lesson long drags their sections along.
inline constexpr size_t kMaxMedia = 32;
inline constexpr size_t kMaxCodecs = 128;  // there are no more payload types
inline constexpr size_t kMaxFeedbacks = 16;
inline constexpr size_t kMaxExtensions = 32;
inline constexpr size_t kMaxRids = 8;
inline constexpr size_t kMaxRestrictions = 256;  // characters of an a=rid line's
inline constexpr size_t kMaxSsrcs = 32;
inline constexpr size_t kMaxCandidates = 32;

enum class Direction : uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };

// RFC 8842 §5.2: which side starts the DTLS handshake; RFC 4145 §4: holdconn, neither.
enum class Setup : uint8_t { kActPass, kActive, kPassive, kHoldConn };

struct Fingerprint {
  std::string algorithm;  // lower case: "sha-256"
  std::string value;      // upper case pairs of hex digits: "AB:CD:..."
  bool operator==(const Fingerprint&) const = default;
};

// One payload type of an m-line: a=rtpmap, a=fmtp and a=rtcp-fb together.
struct CodecLine {
  uint8_t payload_type = 0;
  std::string name;  // as written: "VP8", "opus", "rtx"
  uint32_t clock_rate = 0;
  uint8_t channels = 1;
  std::string fmtp;                    // all that follows the payload type, or empty
  std::vector<std::string> feedbacks;  // "nack", "nack pli", "ccm fir", ...
  bool operator==(const CodecLine&) const = default;
};

struct Extension {
  uint8_t id = 0;  // 1..255
  std::string uri;
  std::optional<Direction> direction;
  bool operator==(const Extension&) const = default;
};

// RFC 8851: one simulcast encoding.
struct Rid {
  std::string id;
  bool is_send = true;
  std::string restrictions{};  // as written: "pt=96,97;max-width=640"
  bool operator==(const Rid&) const = default;
};

struct SsrcLine {
  uint32_t ssrc = 0;
  std::string cname;
  std::string msid;
  bool operator==(const SsrcLine&) const = default;
};

// RFC 5576 §4.2: "FID" pairs a stream with its retransmissions, "SIM" lists simulcast streams.
struct SsrcGroup {
  std::string semantics;
  std::vector<uint32_t> ssrcs;
  bool operator==(const SsrcGroup&) const = default;
};

// An UDP candidate with a literal address (RFC 8839 §5.1). TCP candidates and host names
// (mDNS) are skipped by `parse`: the far address is learnt from its checks.
struct Candidate {
  std::string foundation = "1";
  uint8_t component = 1;
  uint32_t priority = 0;
  std::string address;
  uint16_t port = 0;
  std::string type = "host";
  bool operator==(const Candidate&) const = default;
};

struct Transport {
  std::string ufrag;
  std::string pwd;
  std::optional<Fingerprint> fingerprint;
  std::optional<Setup> setup;
  bool asks_for_gcm = false;  // a=x-lectern-srtp:gcm, docs/protocol.md [P52]
  std::vector<Candidate> candidates;
  bool end_of_candidates = false;
  bool operator==(const Transport&) const = default;
};

struct Media {
  std::string kind;  // "audio", "video", "application"
  uint16_t port = 9;
  std::string protocol = "UDP/TLS/RTP/SAVPF";
  std::vector<std::string> formats;  // in the order of the m-line
  std::string mid;
  Direction direction = Direction::kSendRecv;
  Transport transport;
  bool has_rtcp_mux = false;
  bool has_rtcp_rsize = false;
  bool is_bundle_only = false;
  std::string content;  // RFC 4796: "slides" for a shared screen
  std::string msid;
  std::vector<CodecLine> codecs;  // in the order of the m-line
  std::vector<Extension> extensions;
  std::vector<Rid> rids;
  // RFC 8853 a=simulcast: rids in the order of the sender's preference; of the alternatives
  // `a,b` of one stream the first that an a=rid line describes, of paused `~a` the name.
  std::vector<std::string> simulcast_send;
  std::vector<std::string> simulcast_recv;
  std::vector<SsrcLine> ssrcs;
  std::vector<SsrcGroup> ssrc_groups;
  bool operator==(const Media&) const = default;
};

struct Description {
  uint64_t session_id = 0;
  uint64_t session_version = 0;
  bool is_ice_lite = false;
  std::vector<std::string> ice_options;
  std::vector<std::vector<std::string>> bundles;  // the mids of each a=group:BUNDLE
  Transport transport;                            // session level
  std::vector<Media> media;
  bool operator==(const Description&) const = default;
};

// Reads `text`, at most kMaxText bytes, lines ended by LF or CRLF. What stands at session level is
// copied into the media sections that say nothing else of it: ice-ufrag, ice-pwd, fingerprint and
// setup (RFC 8839 §5.4, 8122 §5, 4145 §4), the direction (RFC 8866 §6.7), header extensions
// (RFC 8285 §5), rtcp-mux and rtcp-rsize. Faults: kTooLong, kMalformed. Linear in the text.
[[nodiscard]] std::expected<Description, Fault> parse(std::string_view text);

// The text of `description`, lines ended by CRLF.
// parse(write(x)) == x for each x that parse has returned.
[[nodiscard]] std::string write(const Description& description);

// The value of `key` in a list "a=1;b=2" of format parameters, if it is there (key compared
// without regard to case, RFC 8866 §6.15 leaves it to the codec).
[[nodiscard]] std::optional<std::string_view> fmtp_value(std::string_view fmtp,
                                                         std::string_view key);

}  // namespace lectern::sdp
