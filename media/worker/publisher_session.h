// A publisher's media: which of its SSRCs is which encoding, and what it must be told of them.
//
// What it is: SSRCs are learnt from the offer, or from the mid and rid extensions of the first
// packets (Chromium's simulcast names none), and latched. RTX is undone. Feedback is made here:
// receiver reports, NACK, PLI, transport-wide arrival times. Left out on purpose: the transport,
// and the tracks that the packets go to.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/time.h"
#include "media/rtcp/twcc_recorder.h"
#include "media/rtp/extensions.h"
#include "media/sdp/negotiated.h"
#include "media/worker/class_media.h"
#include "media/worker/encoding_demand.h"
#include "media/worker/receive_stream.h"
#include "media/worker/unusable_watch.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lectern::worker {

class PublisherSession {
 public:
  // `own_ssrc`: what our reports are called; `cname`: of them.
  PublisherSession(const sdp::NegotiatedSession& session, uint32_t own_ssrc, std::string cname);

  // A clear packet, changed in place (RTX). Drops are counted in `drops`.
  void handle_rtp(Instant now, MutableBytes packet, ClassMedia& media, DropCounters& drops);
  void handle_rtcp(Instant now, Bytes datagram, ClassMedia& media, DropCounters& drops);

  // Something came in the place of RTP that its keys do not open.
  void note_unopened(Instant now) {
    unusable_.note(now, UnusableWatch::kNoTrack, UnusableWatch::Reason::kUnopened);
  }

  // Writes one compound packet of what is due; false when nothing is. `media`: for its keyframe
  // requests. Call again while it returns true.
  bool write_feedback(Instant now, ClassMedia& media, ByteWriter& out);
  [[nodiscard]] Instant next_timeout(const ClassMedia& media) const;

  // Looks at which encodings are wanted; true when the publisher is to be told of a change. Only
  // encodings with a rid can be named to it.
  [[nodiscard]] bool follow_demand(Instant now, ClassMedia& media);
  // Those of `track` (kCamera, kScreen) that it needs to send, in the order of its offer; empty
  // where they have no rids.
  [[nodiscard]] std::vector<std::string> needed_rids(size_t track) const;

  // Nothing usable of a track comes, or something again; until it gives nothing.
  [[nodiscard]] std::optional<UnusableWatch::Change> take_unusable(Instant now, ClassMedia& media);
  // The changes that take_unusable() has given and that still hold.
  [[nodiscard]] std::vector<UnusableWatch::Change> told_unusable() const {
    return unusable_.told();
  }

  [[nodiscard]] uint64_t keyframe_requests() const { return keyframe_requests_; }

 private:
  // An SSRC and what it carries. For RTX, `encoding` is the one it repairs.
  struct Source {
    uint32_t ssrc = 0;
    size_t media = 0;  // index into media_
    size_t encoding = 0;
    bool is_rtx = false;
    bool is_introduced = false;  // the track knows what was said of it beforehand
    bool is_asked_by_fir = false;
    std::optional<Instant> fir_since{};  // when the last command was new
    uint8_t fir_number = 0;
    Instant heard{};
    std::unique_ptr<ReceiveStream> stream{};  // not for RTX
  };

  Source* find_source(uint32_t ssrc);
  Source* find_primary(size_t media, size_t encoding);
  Source* learn(Instant now, const rtp::PacketView& view, ClassMedia& media);
  [[nodiscard]] bool was_replaced(uint32_t ssrc) const;
  std::optional<size_t> find_media(const rtp::PacketView& view) const;
  Source* add_source(uint32_t ssrc, size_t media, size_t encoding, bool is_rtx);
  void accept(Instant now, const rtp::PacketView& view, Source& source, bool is_repair,
              ClassMedia& media, DropCounters& drops);
  void repair(Instant now, MutableBytes packet, const rtp::PacketView& view, const Source& rtx,
              ClassMedia& media, DropCounters& drops);
  void introduce(Source& source, const sdp::NegotiatedCodec& codec, forward::Track& track) const;
  void note_unattributed(Instant now, const rtp::PacketView& view);
  void note_stray(Instant now, std::optional<size_t> media, UnusableWatch::Reason reason);
  void note_use(Instant now, size_t track, const forward::Track::Accepted& accepted);
  void note_arrival(Instant now, const rtp::PacketView& view, const Source& source);
  void note_repair_time(Duration sample);
  bool write_reports(Instant now, ByteWriter& out);
  bool write_keyframe_request(Instant now, Source& source, ByteWriter& out) const;
  bool write_keyframe_requests(Instant now, ClassMedia& media, ByteWriter& out);
  [[nodiscard]] rtp::ExtensionIds extension_ids(size_t media) const;

  std::vector<sdp::NegotiatedMedia> media_;
  std::vector<Source> sources_;
  std::vector<uint32_t> replaced_;  // SSRCs whose place another has taken, the oldest first
  bool is_reduced_size_;
  uint32_t own_ssrc_;
  std::string cname_;
  rtcp::TwccRecorder arrivals_;
  Instant next_report_ = Instant::never();
  std::optional<Duration> repair_time_;  // smoothed: a round trip, and what the publisher takes
  forward::WallClock wall_clock_;
  uint64_t keyframe_requests_ = 0;
  UnusableWatch unusable_;
  std::array<bool, kTracks> has_keyframe_{};
  std::array<EncodingDemand, kTracks> demand_;
  std::array<std::vector<std::string>, kTracks>
      told_;  // by track, last said to the publisher; empty: all
};

}  // namespace lectern::worker
