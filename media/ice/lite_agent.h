// The server's side of ICE for one session: an ICE-lite agent (RFC 8445 §2.5), always controlled,
// one component. It answers checks, follows nomination, and treats authenticated checks as consent
// (RFC 7675 §5.1 has the full peer ask; a lite agent that sends no checks of its own takes the
// peer's).
//
//   new --authenticated check--> validated --USE-CANDIDATE or first move--> selected --30 s-->
//   expired
//
// A check says who sends it, not that its source address is theirs: whoever knows a session's
// password can send checks from somebody else's address. A path is *proven* once authentic SRTP,
// SRTCP or DTLS has come by it, which needs keys that are only to be had by receiving there.
//
// Left out on purpose: checks of our own, candidates of the peer (addresses are learnt from
// authenticated checks only), several components, role switching (a controlled peer gets 487).
// A check replayed from another address by somebody on the path can move the path, as in all of
// ICE; media is safe, it is encrypted to the peer.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "media/ice/credentials.h"
#include "media/stun/message.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::ice {

inline constexpr Duration kConsentLifetime = Duration::seconds(30);  // RFC 7675 §5.1
inline constexpr Duration kSilenceBeforeMove = Duration::seconds(2);

class LiteAgent {
 public:
  static constexpr size_t kMaxPaths = 8;  // validated at one time; the stalest gives way

  struct Outcome {
    size_t reply_size = 0;  // in `reply`, to be sent back along the path; 0: no answer
    // Why the datagram counts for nothing: not STUN, no request, refused. A refusal can have a
    // reply.
    std::optional<DropReason> drop;
    bool newly_validated = false;   // first authenticated check on this path
    bool selected_changed = false;  // selected() is another path now, the first one included
    bool restarted = false;         // first check with the credentials of restart()
  };

  enum class Consent : uint8_t {
    kChecks,          // RFC 7675 §5.1
    kChecksAndMedia,  // of a publisher: it is sent reports on its own media, and no more. There are
                      // encoders that check once and then only send (ffmpeg's first whip muxer).
  };

  // Consent runs from `now`: a peer that never checks expires after 30 s as well.
  LiteAgent(Instant now, Credentials local, Consent consent = Consent::kChecks);

  // One STUN datagram that came by `path`. `reply`: at least stun::kMaxMessageSize bytes.
  Outcome handle_datagram(Instant now, const Path& path, Bytes datagram, MutableBytes reply);

  // An authentic packet of the peer (SRTP, SRTCP, DTLS) by `path`: proves a validated path, and
  // keeps it from being taken for silent. Whether it is consent as well: see Consent.
  void on_traffic(Instant now, const Path& path);

  // New credentials (RFC 8445 §9). The old ones go on until the first check with the new; paths
  // stay valid, and the selected path stays until another is nominated.
  void restart(Credentials local);

  // Where to send; nothing before the first check.
  [[nodiscard]] const Path* selected() const;
  [[nodiscard]] bool is_validated(const Path& path) const;
  [[nodiscard]] bool is_proven(const Path& path) const;
  // The latest authenticated check or packet, by any path or by this one; nothing before the first.
  [[nodiscard]] std::optional<Instant> last_heard() const;
  [[nodiscard]] std::optional<Instant> last_heard(const Path& path) const;
  [[nodiscard]] Instant last_check() const { return last_check_; }
  [[nodiscard]] bool has_expired(Instant now) const;
  // When consent expires without another check.
  [[nodiscard]] Instant next_timeout() const;
  [[nodiscard]] const Credentials& local() const { return local_; }

 private:
  struct ValidPath {
    Path path;
    Instant last_heard;
    bool is_proven = false;
  };

  enum class Authentication : uint8_t { kFailed, kCurrent, kPrevious, kMissing };

  Authentication authenticate(const stun::Message& request) const;
  Outcome refuse(const stun::Message& request, uint16_t code, Bytes key, MutableBytes reply) const;
  [[nodiscard]] const ValidPath* find(const Path& path) const;
  size_t validate(Instant now, const Path& path, Outcome& outcome);
  void select(Instant now, size_t index, bool is_nominated, Outcome& outcome);

  Credentials local_;
  std::optional<Credentials> previous_;
  Consent consent_;
  std::array<ValidPath, kMaxPaths> paths_{};
  size_t path_count_ = 0;
  std::optional<size_t> selected_;
  Instant last_check_;
};

}  // namespace lectern::ice
