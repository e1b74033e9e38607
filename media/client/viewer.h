// A WHEP viewer as a sans-IO machine that judges what it receives instead of showing it: real
// ICE, DTLS and SRTP, NACK and RTX as a browser does them, REMB, and a ledger of losses, frames,
// freezes and concealed sound.
//
// Two depths: in full every packet is decrypted; sampled (ViewerConfig::decrypt_one_of > 1) most
// packets of a track are only counted by their clear headers, which leaves thousands of viewers
// room in one process. Left out on purpose: decoders, and a jitter buffer that delays anything.
// REMB says what the owner sets or, when asked to, what is measured.
#pragma once

#include "base/send_batch.h"
#include "base/units.h"
#include "media/client/bandwidth_estimator.h"
#include "media/client/connection.h"
#include "media/client/incoming_track.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::client {

struct ViewerConfig {
  bool wants_audio = true;
  bool wants_camera = true;
  bool wants_screen = false;
  std::vector<sdp::CodecName> video_codecs{sdp::CodecName::kVp8, sdp::CodecName::kH264};
  bool takes_h264_high = true;  // with H.264: also high profile, as most browsers do
  uint32_t decrypt_one_of = 1;
  bool sends_pli = true;
  bool sends_nack = true;
  DataRate remb = DataRate::kbps(10'000);  // zero: none is sent
  // REMB by the delays of the pictures' packets, as in browsers, instead of `remb`; in full only.
  bool measures_bandwidth = false;
};

class Viewer {
 public:
  Viewer(const dtls::Context& context, Rng& rng, ViewerConfig config);

  [[nodiscard]] const std::string& offer() const { return connection_.offer(); }
  std::expected<void, sdp::Refusal> accept(Instant now, std::string_view answer,
                                           const Endpoint& local);

  void handle_datagram(Instant now, const Path& path, MutableBytes datagram, Events& events);
  void handle_timeout(Instant now, Events& events);
  [[nodiscard]] Instant next_timeout() const;
  bool fill(Instant now, SendBatch& batch);

  // What REMB says from now on.
  void set_remb(DataRate rate) { config_.remb = rate; }
  // Asks for a keyframe of each video track with the next fill().
  void request_keyframe();
  // Asks, with the next fill(), for a packet of a picture that has come already: who wants to know
  // how soon repairs come need not lose anything. False: there is no picture, or no RTX.
  bool ask_again();
  // A stream of repairs (RFC 4588) of one of the tracks.
  [[nodiscard]] bool is_repair(uint32_t ssrc) const;

  // The ledger of one track, up to `now`; nothing when the answer has no such track.
  [[nodiscard]] std::optional<TrackStats> stats(Instant now, sdp::TrackKind kind) const;
  // First media packet of any track; nothing before.
  [[nodiscard]] std::optional<Instant> first_media() const { return first_media_; }
  [[nodiscard]] bool is_connected() const { return connection_.is_connected(); }
  [[nodiscard]] const Connection& connection() const { return connection_; }
  [[nodiscard]] Connection& connection() { return connection_; }
  // Says goodbye: pull it by one more fill().
  void close();
  // This client's address has changed (a new network): checks start again from `local`.
  void move(Instant now, const Endpoint& local) { connection_.move(now, local); }

 private:
  void handle_rtp(Instant now, MutableBytes packet, size_t wire_size);
  void handle_rtcp(Instant now, Bytes datagram);
  bool count_by_header(Instant now, Bytes datagram);
  IncomingTrack* track_of(uint32_t ssrc, uint8_t payload_type);
  void measure(Instant now, const rtp::PacketView& view, const IncomingTrack& track,
               size_t wire_size);
  [[nodiscard]] std::optional<DataRate> remb() const;
  void write_reports(Instant now, ByteWriter& out);
  void write_requests(Instant now, ByteWriter& out);

  ViewerConfig config_;
  Connection connection_;
  std::vector<IncomingTrack> tracks_;
  BandwidthEstimator bandwidth_;
  DataRate told_;  // in the last REMB
  uint32_t own_ssrc_;
  uint32_t sampled_ = 0;
  Instant next_report_ = Instant::never();
  Instant next_tick_ = Instant::never();
  std::optional<Instant> first_media_;
  const IncomingTrack* asks_again_ = nullptr;
};

}  // namespace lectern::client
