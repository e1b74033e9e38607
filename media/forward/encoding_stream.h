// The packets of one encoding in the order of its own numbers: what arrives from a publisher's SSRC
// or from a leg, understood once for everybody.
//
// What it is: unwraps numbers, drops duplicates, tells padding from media, reads what the payload
// says of frames, pictures and layers, and puts the timestamp on the track clock. A new source (and
// a hole too long to be filled) starts an epoch: positions and pictures go on growing, so that the
// tiers can splice. Left out on purpose: reordering (late packets go out late), decoding.
#pragma once

#include "base/drop_reason.h"
#include "base/time.h"
#include "media/codec/h264.h"
#include "media/codec/h264_parameter_sets.h"
#include "media/codec/picture_size.h"
#include "media/forward/media_packet.h"
#include "media/forward/packet_slab.h"
#include "media/forward/source_clock.h"
#include "media/rtp/sequence.h"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>

namespace lectern::forward {

class EncodingStream {
 public:
  explicit EncodingStream(uint32_t clock_rate) : clock_(clock_rate) {}

  // The next packet is of another source: another SSRC, publisher or leg.
  void restart();

  // Parameter sets that its source has told of in another way than by packets: one NAL unit.
  void know_parameter_set(Bytes nal) { parameter_sets_.note(nal); }

  // What an encoding shares with the others of its track.
  struct Shared {
    TrackClock& clock;
    PacketSlab& slab;  // where payloads go
    // The encoding that the others of this source are brought into line with, or nullptr.
    const SourceClock* reference = nullptr;
  };

  // Refusals are drop reasons: duplicate, too old, too long (which includes a full slab). What
  // cannot be read goes on as a part of its frame: receivers may understand more.
  [[nodiscard]] std::expected<MediaPacket, DropReason> accept(Instant now,
                                                              const IncomingPacket& incoming,
                                                              const Shared& shared);

  void handle_sender_report(Instant now, const ClockReport& report, WallClock* wall) {
    clock_.handle_sender_report(now, report, wall);
  }
  [[nodiscard]] const SourceClock& clock() const { return clock_; }

  // Of the last keyframe; nothing before the first.
  [[nodiscard]] const std::optional<codec::PictureSize>& size() const { return size_; }
  // Of the last SPS; nothing before the first, and for other codecs than H.264.
  [[nodiscard]] const std::optional<codec::h264::ProfileLevel>& profile() const { return profile_; }
  // Highest temporal layer seen since the source began.
  [[nodiscard]] uint8_t top_temporal_id() const { return top_temporal_id_; }
  [[nodiscard]] Codec codec() const { return codec_; }
  // Of the last packet with media; nothing before the first.
  [[nodiscard]] const std::optional<Instant>& last_media() const { return last_media_; }

 private:
  static constexpr int64_t kWindow = 2048;  // how late a packet may come; power of two

  [[nodiscard]] bool is_new_source(const IncomingPacket& incoming) const;
  void begin_epoch(const IncomingPacket& incoming);
  std::optional<DropReason> note_position(int64_t position);
  void read_vp8(const IncomingPacket& incoming, MediaPacket& packet);
  void read_h264(const IncomingPacket& incoming, MediaPacket& packet, int64_t newest,
                 PacketSlab& slab);
  void complete_keyframe(const codec::h264::PayloadInfo& info, int64_t newest, PacketSlab& slab,
                         MediaPacket& packet);
  void unwrap_picture(uint16_t picture_id, bool is_wide, MediaPacket& packet);
  void start_clock(const IncomingPacket& incoming, Instant now, const TrackClock& clock);
  void follow_clock(const IncomingPacket& incoming, const MediaPacket& packet, int64_t newest);
  [[nodiscard]] ClockSteps::Picture picture_kind();
  void place_in_time(const IncomingPacket& incoming, MediaPacket& packet, const Shared& shared);

  SourceClock clock_;

  rtp::SequenceUnwrapper sequence_;
  int64_t position_base_ = 0;
  int64_t newest_position_ = 0;
  std::array<uint64_t, kWindow / 64> seen_{};

  std::optional<int64_t> newest_picture_;
  int64_t newest_picture_position_ = 0;
  uint32_t newest_timestamp_ = 0;          // on the source's clock
  uint32_t followed_timestamp_ = 0;        // of the last frame that the clock was asked about
  uint32_t frame_timestamp_ = 0;           // of the frame in hand, H.264
  std::optional<uint32_t> key_timestamp_;  // of the last keyframe, H.264
  codec::h264::ParameterSets parameter_sets_;
  // What has come since the last slice.
  struct Prelude {
    bool is_whole = true;  // without a gap
    bool has_sps = false;
    bool has_pps = false;
  };
  Prelude prelude_;
  // Whether the stream has B-pictures.
  struct Order {
    std::optional<bool> is_b;  // the picture in hand, as far as its first packet tells
    bool has_b = false;
    int pictures = 0;  // it stops at kPicturesToKnow
  };
  Order order_;
  bool epoch_pending_ = true;
  int too_old_ = 0;  // refused in a row

  std::optional<codec::PictureSize> size_;
  std::optional<codec::h264::ProfileLevel> profile_;
  std::optional<Instant> last_media_;
  uint8_t top_temporal_id_ = 0;
  Codec codec_ = Codec::kOpus;
};

}  // namespace lectern::forward
