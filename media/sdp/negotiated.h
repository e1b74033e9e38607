// What an offer and its answer have settled: all that a worker or a client needs to know of the
// descriptions once they are exchanged.
#pragma once

#include "media/codec/h264.h"
#include "media/sdp/description.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lectern::sdp {

// The tracks of a class; the values are those of the legs (track 0 audio, 1 camera, 2 screen).
enum class TrackKind : uint8_t { kAudio = 0, kCamera = 1, kScreen = 2 };
inline constexpr size_t kTrackKinds = 3;

enum class CodecName : uint8_t { kOpus, kVp8, kH264 };

struct NegotiatedCodec {
  CodecName name = CodecName::kOpus;
  uint8_t payload_type = 0;
  std::optional<uint8_t> rtx_payload_type;
  bool has_nack = false;
  bool has_pli = false;
  bool has_fir = false;
  bool has_remb = false;
  bool has_transport_cc = false;
  std::string fmtp;  // as answered
  // Of H.264: what this payload type promises, or asks of its receiver.
  codec::h264::Profile profile = codec::h264::Profile::kBaseline;
};

// Header extension ids (RFC 8285); 0: not negotiated.
struct ExtensionIds {
  uint8_t mid = 0;
  uint8_t rid = 0;
  uint8_t repaired_rid = 0;
  uint8_t abs_send_time = 0;
  uint8_t transport_wide_cc = 0;
};

// A stream that the description names by its SSRC; rtx_ssrc 0: no FID group.
struct StreamSsrc {
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;
};

struct NegotiatedMedia {
  size_t index = 0;  // of the m-line
  std::string mid;
  TrackKind kind = TrackKind::kAudio;
  std::vector<NegotiatedCodec> codecs;  // the answer's order; the first is what Chromium sends
  ExtensionIds extensions;
  std::vector<std::string> rids;    // encodings by name, the sender's order; empty: no simulcast
  std::vector<StreamSsrc> streams;  // of the sending side; empty when it announces none
  std::string cname;

  // The first entry of `name`, or nullptr; valid as long as this object is.
  [[nodiscard]] const NegotiatedCodec* codec(CodecName name) const;
  // The codec whose own or rtx payload type this is, or nullptr.
  [[nodiscard]] const NegotiatedCodec* codec_of(uint8_t payload_type) const;
};

struct NegotiatedSession {
  std::vector<NegotiatedMedia> media;  // the accepted m-lines alone
  bool is_dtls_client = true;          // this side sends the ClientHello
  bool is_reduced_size = false;        // RFC 5506 §5: RTCP need not be compound
  bool asks_for_gcm = false;           // the peer wants no SRTP profile but AEAD_AES_128_GCM
  std::string remote_ufrag;
  std::string remote_pwd;
  Fingerprint remote_fingerprint;
  std::vector<Candidate> remote_candidates;  // a client needs them, a lite server does not
  bool is_remote_lite = false;

  // The first media of this kind, or nullptr.
  [[nodiscard]] const NegotiatedMedia* find(TrackKind kind) const;
};

// Why an offer (or answer) cannot be served: an HTTP status and one sentence for a person.
struct Refusal {
  int status = 400;
  std::string sentence;
};

}  // namespace lectern::sdp
