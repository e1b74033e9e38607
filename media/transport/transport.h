// One peer: ICE, DTLS and SRTP as one machine (RFC 8445, 5764, 7983).
//
//   kConnecting --path validated--> kSecuring --keys--> kConnected
//        `------------------------------`----------------`--> kClosed{reason}
//
// kConnected: media may be sent. As a DTLS client that is while the peer's Finished is still on its
// way (see media/dtls/endpoint.h); should it never come, kClosed{kDtlsFailed} follows.
//
// Nothing but STUN is looked at before ICE has validated the 5-tuple it came from. What comes out
// is clear RTP and RTCP, in place; what the peer itself needs sent (STUN answers and checks, DTLS
// flights) is pulled by fill(). Media is written by the caller, who encrypts with protect_rtp() in
// the batch's own memory and sends along path().
//
// Left out on purpose: media queues, RTP semantics, pacing, TURN, trickled candidates of ours.
//
// A connected viewer costs about 3 KB: see tests/unit/media/transport. OpenSSL's clock: see
// media/dtls/endpoint.h.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/send_batch.h"
#include "base/time.h"
#include "media/dtls/context.h"
#include "media/dtls/endpoint.h"
#include "media/ice/credentials.h"
#include "media/srtp/protector.h"
#include "media/srtp/unprotector.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace lectern::transport {

// A server answers checks (RFC 8445 lite); a client sends them and nominates.
enum class IceSide : uint8_t { kLite, kControlling };

struct Config {
  IceSide ice_side = IceSide::kLite;
  ice::Credentials local;
  ice::Credentials remote;            // kControlling only
  std::vector<Path> candidate_pairs;  // kControlling only: best first, at least one

  dtls::Role dtls_role = dtls::Role::kServer;
  dtls::Fingerprint remote_fingerprint{};
  dtls::Profiles profiles = dtls::Profiles::kGcmThenCm;
  srtp::Inbound inbound = srtp::Inbound::kRtcpOnly;
  // kLite only: what the peer sends renews its consent as its checks do (of publishers).
  bool media_is_consent = false;
};

enum class State : uint8_t { kConnecting, kSecuring, kConnected, kClosed };

enum class CloseReason : uint8_t {
  kNone,
  kConnectTimeout,  // no path was validated within 30 s
  kConsentExpired,  // RFC 7675: no authenticated check for 30 s; see Config::media_is_consent
  kDtlsFailed,      // dtls_failure() says why
  kPeerClosed,      // the peer's close_notify
  kClosedHere,      // close()
};

struct Event {
  enum class Kind : uint8_t { kConnected, kPathChanged, kClosed };
  Kind kind;
  CloseReason reason = CloseReason::kNone;  // of kClosed
};

struct Received {
  enum class Kind : uint8_t { kNone, kRtp, kRtcp };
  Kind kind = Kind::kNone;
  MutableBytes packet{};  // the clear packet, inside the datagram that was given in
  // Of kNone: it was to be media, but our keys do not open it. Anybody who knows the addresses can
  // send such a thing.
  bool is_unopened_rtp = false;
};

class Ice;

class Transport {
 public:
  // `context`, `rng` and `drops` outlive the transport. `drops` gets one count per datagram that
  // was refused: one set of counters serves a whole worker.
  Transport(Instant now, Config config, const dtls::Context& context, Rng& rng,
            DropCounters& drops);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // `datagram`: one UDP payload, any octets; SRTP is decrypted in place.
  Received handle_datagram(Instant now, const Path& path, MutableBytes datagram);

  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  // Writes waiting STUN and DTLS datagrams into `batch` until it is full. True: more are waiting.
  bool fill(Instant now, SendBatch& batch);

  [[nodiscard]] State state() const { return state_; }
  // The selected path; nullopt before the first validated one. Media goes there.
  [[nodiscard]] const std::optional<Path>& path() const { return path_; }
  // True for every path on which ICE has authenticated the peer, the selected one included: what
  // else comes from there is this peer's.
  [[nodiscard]] bool is_validated(const Path& path) const;
  // True for a path by which authentic DTLS, SRTP or SRTCP of the peer has come. A check alone may
  // come from an address that is not the peer's: little should be sent there.
  [[nodiscard]] bool is_proven(const Path& path) const;
  // kLite only: the latest authentic datagram of any kind, by any path or by this one.
  [[nodiscard]] std::optional<Instant> last_heard() const;
  [[nodiscard]] std::optional<Instant> last_heard(const Path& path) const;
  [[nodiscard]] dtls::Failure dtls_failure() const { return dtls_.failure(); }
  // Of the SRTP session; only in kConnected.
  [[nodiscard]] srtp::Profile profile() const { return protector_->profile(); }

  // The oldest event not yet taken: kConnected, then kPathChanged (merged), then kClosed.
  [[nodiscard]] std::optional<Event> take_event();

  // See srtp::Protector; only in kConnected. `buffer` needs room for srtp::kMaxRtpOverhead or
  // srtp::kMaxRtcpOverhead octets behind the packet.
  [[nodiscard]] size_t protect_rtp(MutableBytes buffer, size_t header_size, size_t size,
                                   uint64_t index) {
    return protector_->protect_rtp(buffer, header_size, size, index);
  }
  // Where protect_rtp() will read; nullptr before kConnected. For fetching it from memory ahead.
  [[nodiscard]] const void* key_in_use() const { return protector_.get(); }
  [[nodiscard]] size_t protect_rtcp(MutableBytes buffer, size_t size) {
    return protector_->protect_rtcp(buffer, size);
  }

  // ICE restart (RFC 8445 §9, a WHIP/WHEP PATCH): new credentials on both sides. Media, DTLS and
  // SRTP go on over the old path until a check with the new credentials selects another.
  // `remote` matters to kControlling only.
  void restart_ice(Instant now, ice::Credentials local, ice::Credentials remote);

  // kControlling only: this client's address has changed (RFC 8445 §9 without new credentials).
  void replace_pairs(Instant now, std::span<const Path> pairs);
  // kControlling only: of the last answered check.
  [[nodiscard]] std::optional<Duration> round_trip() const;

  // Queues a close_notify (pull it by one more fill()) and ends in kClosed{kClosedHere}.
  void close();

 private:
  void handle_stun(Instant now, const Path& path, Bytes datagram);
  void handle_dtls(Instant now, const Path& path, Bytes datagram);
  Received handle_srtp(Instant now, const Path& path, MutableBytes datagram, bool is_rtcp);
  void follow_ice(Instant now);
  void follow_dtls();
  bool is_dtls_waiting() const { return dtls_.has_outgoing() && path_.has_value(); }
  void finish(CloseReason reason);
  void drop(DropReason reason) { drops_.add(reason); }

  DropCounters& drops_;
  std::unique_ptr<Ice> ice_;
  dtls::Endpoint dtls_;
  std::unique_ptr<srtp::Protector> protector_;
  std::unique_ptr<srtp::Unprotector> unprotector_;
  std::optional<Path> path_;
  srtp::Inbound inbound_;
  State state_ = State::kConnecting;
  CloseReason close_reason_ = CloseReason::kNone;
  bool connected_pending_ = false;
  bool path_changed_pending_ = false;
  bool closed_pending_ = false;
};

}  // namespace lectern::transport
