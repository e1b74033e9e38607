// What a viewer's link may be sent, judged by what is heard from it.
//
// Silence: a browser that was killed says nothing, and consent (RFC 7675) notices after 30 s only.
// A living one reports each second and checks each 2.5 s. Pictures therefore stop after 6 s without
// any authentic packet, sound after 7.5 s; both go on with the first one that comes. Who is sent
// nothing has nothing to report, so time in which nothing was sent is no silence.
//
// An unproven path (media/ice/lite_agent.h): somebody may have named another's address. Until an
// authentic report comes from there it gets a small allowance: enough for a browser that changes
// paths while it joins, and too little to harm anybody who never asked for it.
//
// Left out on purpose: how good the link is (media/forward/tier_selector.h).
#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>

namespace lectern::worker {

class LinkWatch {
 public:
  enum class Allowed : uint8_t { kNothing, kSound, kAll };

  struct Facts {
    Instant last_heard;           // any authentic packet
    bool is_path_proven = false;  // of the path that media takes
    uint32_t sent_octets = 0;     // of media so far; wraps around
  };

  static constexpr Duration kPictureSilence = Duration::seconds(6);
  static constexpr Duration kSoundSilence = Duration::milliseconds(7500);
  // A viewer that has never reported is heard by its consent checks alone, which come each 5 s (RFC
  // 7675 §5.1); two of them may be lost.
  static constexpr Duration kMoreForQuietOnes = Duration::seconds(12);
  // Half a second of 720p, or the first second of a join.
  static constexpr uint32_t kPictureAllowance = 64'000;  // octets
  static constexpr uint32_t kAllowance = 96'000;         // octets: 6 s more of sound alone
  // An unproven path gets a new allowance no sooner than this after the last one: 10 kB/s at most
  // for who goes from address to address.
  static constexpr Duration kAllowanceInterval = Duration::seconds(10);

  void note_report() { has_reported_ = true; }
  [[nodiscard]] Allowed allowed() const { return allowed_; }
  // Looks again; true when something else is allowed now.
  bool look(Instant now, const Facts& facts);
  // When look() may find something else although nothing was heard.
  [[nodiscard]] Instant next_look() const { return next_look_; }

 private:
  [[nodiscard]] Allowed by_silence(Instant now, const Facts& facts);
  [[nodiscard]] Allowed by_path(Instant now, const Facts& facts);

  Allowed allowed_ = Allowed::kAll;
  bool has_reported_ = false;
  Instant next_look_ = Instant::never();
  Instant sending_since_;  // without a pause
  Instant last_sent_;      // as far as looks have shown
  uint32_t sent_octets_ = 0;
  std::optional<uint32_t> trial_from_;   // all octets sent when this trial began
  std::optional<Instant> allowance_at_;  // when the allowance was given
  uint32_t used_ = 0;                    // of the allowance, by earlier trials
};

}  // namespace lectern::worker
