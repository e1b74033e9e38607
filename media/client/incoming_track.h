// One track at a viewer: repairs (NACK, RTX), reports (RR) and the ledger of what it got.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "media/client/audio_playout.h"
#include "media/client/frame_assembler.h"
#include "media/codec/picture_size.h"
#include "media/rtcp/compound.h"
#include "media/rtcp/reports.h"
#include "media/rtp/header.h"
#include "media/rtp/nack_generator.h"
#include "media/rtp/receive_statistics.h"
#include "media/rtp/sequence.h"
#include "media/sdp/negotiated.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace lectern::client {

struct TrackStats {
  uint64_t packets = 0;   // first arrivals, by either stream
  uint64_t bytes = 0;     // of datagrams, tags included
  uint64_t repaired = 0;  // of packets: by RTX
  uint64_t duplicates = 0;
  uint64_t lost = 0;    // holes up to the newest packet, after repair
  uint64_t nacked = 0;  // numbers asked for
  uint64_t plis = 0;    // sent
  uint64_t frames = 0;  // whole and decodable
  uint64_t keyframes = 0;
  uint64_t freezes = 0;                // gaps between decodable frames over 500 ms
  Duration frozen;                     // their sum; a freeze still going on counts up to `now`
  Duration longest_gap;                // between decodable frames
  uint64_t timestamp_regressions = 0;  // in playing order; a browser would stall
  uint64_t picture_id_jumps = 0;       // VP8, in playing order, other than by one
  Duration concealed;                  // sound
  Duration played;                     // sound
  std::optional<Instant> first_packet;
  std::optional<Instant> first_frame;              // decodable
  std::optional<codec::PictureSize> picture_size;  // of the last keyframe
  std::optional<sdp::CodecName> codec;             // of the last packet
  // Of the newest packet, and what the server's last report said (RFC 3550 §6.4.1).
  uint32_t newest_timestamp = 0;
  Instant newest_arrival;
  std::optional<rtcp::SenderInfo> report;
};

class IncomingTrack {
 public:
  static constexpr Duration kFreeze = Duration::milliseconds(500);
  static constexpr size_t kWindow = 2048;  // packets whose loss can still be repaired

  IncomingTrack(const sdp::NegotiatedMedia& media, bool is_sampled);

  [[nodiscard]] const sdp::NegotiatedMedia& media() const { return media_; }
  // The SSRCs as announced or, where the answer was silent, as first seen; 0: not known.
  [[nodiscard]] uint32_t ssrc() const { return ssrc_; }
  [[nodiscard]] uint32_t rtx_ssrc() const { return rtx_ssrc_; }
  void learn_ssrc(uint32_t ssrc) { ssrc_ = ssrc; }
  void learn_rtx_ssrc(uint32_t ssrc) { rtx_ssrc_ = ssrc; }

  // A decrypted packet of either stream, changed in place. `wire_size`: as it came.
  void on_packet(Instant now, MutableBytes packet, size_t wire_size);
  // The clear header of a packet of the main stream whose payload stays encrypted.
  void on_header(Instant now, const rtp::Header& header, size_t wire_size);
  void on_sender_report(Instant now, const rtcp::SenderInfo& report);
  void handle_timeout(Instant now);

  // Numbers to ask for now; see NackGenerator.
  [[nodiscard]] size_t take_nacks(Instant now, std::span<uint16_t> out);
  [[nodiscard]] Instant next_nack() const { return nacks_.next_due(); }
  // Whether to send a PLI now; counted as sent.
  [[nodiscard]] bool take_keyframe_wanted(Instant now);
  void request_keyframe() { keyframe_wanted_ = true; }
  // Sound: never played earlier than so long after it was sent, to be in step with the pictures.
  void set_least_delay(Duration delay) { playout_.set_least_delay(delay); }
  // Pictures: how long they wait for repairs, as a browser's player has them do.
  [[nodiscard]] Duration player_delay(Duration round_trip) const;
  void set_round_trip(Duration round_trip) { nacks_.set_round_trip(round_trip); }

  [[nodiscard]] bool has_media() const { return stats_.packets > 0; }
  // The number of the newest packet; only when there is one.
  [[nodiscard]] uint16_t newest() const { return static_cast<uint16_t>(newest_); }
  [[nodiscard]] rtp::ReportBlock report(Instant now);
  [[nodiscard]] TrackStats stats(Instant now) const;

 private:
  // Keeps positions positive: packets from before the first one are legal.
  static constexpr int64_t kOrigin = 1 << 20;

  // False: seen before, or too old to be of use.
  bool note_arrival(int64_t position);
  void take(Instant now, const rtp::Header& header, PacketFacts facts, bool is_repair);
  PacketFacts inspect(const rtp::PacketView& view, sdp::CodecName codec);
  void check_timestamp(uint32_t timestamp);
  static void add_gap(Duration gap, TrackStats& stats);
  void take_frames(Instant now);
  void on_frame(Instant now, const AssembledFrame& frame);
  [[nodiscard]] uint64_t holes() const;

  sdp::NegotiatedMedia media_;
  uint32_t ssrc_ = 0;
  uint32_t rtx_ssrc_ = 0;
  bool is_audio_;
  bool is_sampled_;
  rtp::SequenceUnwrapper sequence_;
  rtp::ReceiveStatistics statistics_;
  rtp::NackGenerator nacks_;
  std::unique_ptr<FrameAssembler> frames_;  // video
  AudioPlayout playout_;                    // audio
  std::array<bool, kWindow> arrived_{};
  std::optional<int64_t> begin_;  // first position
  int64_t newest_ = 0;
  uint64_t lost_for_good_ = 0;
  bool keyframe_wanted_ = false;
  Instant last_pli_;
  std::optional<Instant> last_frame_;
  std::optional<uint32_t> last_timestamp_;
  std::optional<uint16_t> last_picture_id_;
  TrackStats stats_;
};

}  // namespace lectern::client
