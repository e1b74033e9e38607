// Notices a publisher that sends, but of whose track nothing can be used: its page or its log is
// told once, and again when that is over.
//
// What it is: per track, since when packets come without a usable one among them. A packet is
// usable when it can be attributed and read, and (pictures) when a keyframe has come. What cannot
// be decrypted counts only while nothing else comes: anybody who knows the addresses can send it.
// Left out on purpose: silence, even on every track. A teacher who has switched camera and
// microphone off sends nothing, and nothing tells that from an encoder that should.
#pragma once

#include "base/time.h"
#include "media/worker/class_media.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lectern::worker {

class UnusableWatch {
 public:
  enum class Reason : uint8_t {
    kUnknownStream,  // an SSRC that the offer does not name, without mid and rid
    kPayloadType,    // not the one that was negotiated
    kMalformed,      // the payload is none of its codec, or the packet no RTP
    kNoKeyframe,     // though keyframes were asked for
    kTooLong,        // more than a packet to a viewer can carry
    kUnopened,       // encrypted by other keys than were agreed, or damaged
  };
  static constexpr size_t kReasons = 6;
  [[nodiscard]] static std::string_view name(Reason reason);

  // In place of a track, for packets that cannot be attributed to one.
  static constexpr size_t kNoTrack = kTracks;
  // As long as a teacher may be left without a word.
  static constexpr Duration kPatience = Duration::seconds(3);
  // After as long without a keyframe one is asked for, even if there is no viewer to want it.
  static constexpr Duration kKeyframePatience = Duration::seconds(1);

  void note_usable(Instant now, size_t track) {
    lines_[track].since.reset();
    lines_[track].usable_at = now;
  }
  void note(Instant now, size_t track, Reason reason);
  // Something usable has come of `track` lately, and nothing else since.
  [[nodiscard]] bool is_usable(Instant now, size_t track) const;
  // One of `track` is overdue, so it should be asked for.
  [[nodiscard]] bool is_keyframe_overdue(Instant now, size_t track) const;

  struct Change {
    size_t track = kNoTrack;
    std::optional<Reason> reason;  // nothing: it is usable again, or nothing comes any more
  };
  // To be called now and then, until it gives nothing.
  [[nodiscard]] std::optional<Change> take_change(Instant now);
  // What was told and holds still, for a signaling that has not heard it.
  [[nodiscard]] std::vector<Change> told() const;

 private:
  struct Line {
    std::optional<Instant> since;  // since when nothing usable has come
    std::optional<Instant> usable_at;
    Instant last;
    int packets = 0;
    Reason reason = Reason::kMalformed;
    std::optional<Reason> told;
  };

  [[nodiscard]] bool is_hearing(Instant now) const;

  std::array<Line, kTracks + 1> lines_;
};

}  // namespace lectern::worker
