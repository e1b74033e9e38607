// A WHIP publisher as a sans-IO machine: encoded frames in, RTP out, as a browser would send it:
// simulcast by rid, retransmission by RTX, sender reports each second.
//
//   Publisher p(...);  POST p.offer()  ->  p.accept(now, answer, local)
//   then handle_datagram / handle_timeout / fill, and send_audio / send_frame once connected.
//
// Left out on purpose: encoders and bandwidth estimation; the film's rates are what they are.
// Frames are sent as they come, not paced.
#pragma once

#include "base/send_batch.h"
#include "base/units.h"
#include "media/client/connection.h"
#include "media/client/outgoing_stream.h"
#include "media/rtcp/feedback.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::client {

struct PublisherVideo {
  sdp::TrackKind kind = sdp::TrackKind::kCamera;
  std::vector<sdp::CodecName> codecs{sdp::CodecName::kVp8};  // the first answered one is used
  size_t encodings = 1;  // 2 or 3: simulcast with rids "0", "1", "2"
};

struct PublisherConfig {
  bool has_audio = true;
  std::vector<PublisherVideo> videos{PublisherVideo{}};
  // The wall clock (since the Unix epoch) at Instant 0, for sender reports.
  Duration wall_clock_offset;
};

struct PublisherStats {
  uint64_t packets = 0;
  uint64_t bytes = 0;  // of payload
  uint64_t retransmitted = 0;
  uint64_t nacked = 0;  // numbers asked for
  uint64_t keyframe_requests = 0;
  DataRate remb;  // last one heard; zero: none
};

class Publisher {
 public:
  Publisher(const dtls::Context& context, Rng& rng, PublisherConfig config);

  [[nodiscard]] const std::string& offer() const { return connection_.offer(); }
  std::expected<void, sdp::Refusal> accept(Instant now, std::string_view answer,
                                           const Endpoint& local);

  void handle_datagram(Instant now, const Path& path, MutableBytes datagram, Events& events);
  void handle_timeout(Instant now, Events& events);
  [[nodiscard]] Instant next_timeout() const;
  // True: more datagrams are waiting.
  bool fill(Instant now, SendBatch& batch);

  // One Opus packet; `timestamp` in units of 1/48000 s, going on from call to call. Without
  // effect before kConnected.
  void send_audio(Instant now, Bytes packet, uint32_t timestamp);
  // One encoded picture of encoding 0.. (VP8 frame, or H.264 access unit as Annex B); `timestamp`
  // in units of 1/90000 s, the same clock for all encodings of a track.
  void send_frame(Instant now, sdp::TrackKind track, size_t encoding, Bytes frame,
                  uint32_t timestamp);

  // The codec that the answer left first for this track; nothing when the track was rejected.
  [[nodiscard]] std::optional<sdp::CodecName> codec(sdp::TrackKind track) const;
  [[nodiscard]] bool is_connected() const { return connection_.is_connected(); }
  [[nodiscard]] const Connection& connection() const { return connection_; }
  [[nodiscard]] const PublisherStats& stats() const { return stats_; }
  // Says goodbye (close_notify): pull it by one more fill().
  void close();
  // This client's address has changed (a new network): checks start again from `local`.
  void move(Instant now, const Endpoint& local) { connection_.move(now, local); }

 private:
  struct Queued {
    size_t stream;
    uint16_t sequence_number;
    bool is_retransmission;
  };

  void handle_rtcp(Instant now, Bytes datagram, Events& events);
  void retransmit(Instant now, uint32_t ssrc, rtcp::NackNumbers numbers);
  void create_streams();
  void enqueue(size_t stream, const OutgoingStream::Range& range);
  bool fill_media(Instant now, SendBatch& batch);
  void fill_report(Instant now, SendBatch& batch);
  void send(Instant now, sdp::TrackKind track, size_t encoding, Bytes frame, uint32_t timestamp);

  PublisherConfig config_;
  Connection connection_;
  Rng rng_;
  std::vector<OutgoingStream> streams_;
  std::deque<Queued> queue_;
  uint16_t transport_sequence_number_ = 0;
  Instant next_report_ = Instant::never();
  struct Reference {
    uint32_t ssrc = 0;
    uint32_t compact_ntp = 0;
    Instant heard;
  };
  std::optional<Reference> reference_;  // of the server, to be answered with the next report
  PublisherStats stats_;
};

}  // namespace lectern::client
