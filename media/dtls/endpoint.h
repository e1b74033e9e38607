// One peer's DTLS-SRTP (RFC 5764) as a sans-IO machine: datagrams in, datagrams out, and at the end
// keying material for SRTP.
//
//   kIdle --start--> kHandshaking --> kConnected --> kClosed (close_notify)
//                         `--> kFailed
//
// A client has its keys before it is connected: when it has verified the server, its own Finished
// is written and the cipher is an AEAD, it may send (RFC 7918), and what it sends arrives behind
// that Finished. That saves a whole round trip before the first media. What is not known yet is
// whether somebody on the path changed the choice among the suites and profiles that we offered,
// and all of those are good.
//
// OpenSSL's DTLS object weighs 75 KB, so it lives for the handshake only. What may be needed later
// is kept in its place: of a server, the last flight (some 100 octets), sent again whenever the
// client repeats its own (RFC 6347 §4.2.4; that media comes is no proof of its arrival, for a
// client like ours does not wait for it); and 50 octets of keys, so that the peer's close_notify is
// understood and ours can be sent.
//
// OpenSSL 3.0 keeps the retransmission timer itself and reads gettimeofday() for it. `now` decides
// when it is asked, not what it answers: a test or simulator that runs in virtual time defines its
// own gettimeofday() (libssl is linked dynamically) that agrees with the `now` it passes.
//
// Left out on purpose: application data over DTLS (no data channels), renegotiation, resumption.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "media/dtls/context.h"
#include "media/srtp/profile.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lectern::dtls {

enum class Role : uint8_t { kClient, kServer };  // a=setup: active / passive

enum class State : uint8_t { kIdle, kHandshaking, kConnected, kFailed, kClosed };

enum class Failure : uint8_t {
  kNone,
  kWrongFingerprint,  // the peer's certificate is not the one its SDP announced
  kNoSrtpProfile,     // no profile in common, or no use_srtp at all
  kTimeout,           // Settings::deadline passed
  kProtocol,          // OpenSSL gave up: an alert, or messages that make no sense
};

// The SRTP profiles offered (client) or accepted (server), best first. The *server* of a handshake
// chooses, by its own preference: Chromium as server takes AES_CM whenever it is offered, so a
// client that wants GCM from it must offer GCM alone.
enum class Profiles : uint8_t { kGcmThenCm, kCmThenGcm, kGcmOnly, kCmOnly };

struct Settings {
  Role role = Role::kServer;
  Fingerprint remote_fingerprint{};
  Profiles profiles = Profiles::kGcmThenCm;
  Duration deadline = Duration::seconds(20);  // from start() to kConnected
};

struct KeyingMaterial {
  srtp::Profile profile = srtp::Profile::kAeadAes128Gcm;
  srtp::MasterKey send;
  srtp::MasterKey receive;
};

class Handshake;
class AlertChannel;
enum class HandshakeStep : uint8_t { kWaiting, kMaySend, kDone, kFailed };

class Endpoint {
 public:
  // `context` outlives the endpoint.
  Endpoint(const Context& context, const Settings& settings);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Allows the handshake to run; a client's hello goes out. ICE has validated the path by now.
  void start(Instant now);

  // `datagram`: one UDP payload whose first octet says DTLS (RFC 7983). Any octets are legal.
  // Returns false when it was of no use in this state. About 0.5 ms of CPU per handshake.
  bool handle(Instant now, Bytes datagram);

  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  // Datagrams waiting to be sent, oldest first; each leaves as one UDP payload (<= kMtu octets).
  // The view is valid until the next call of anything else.
  [[nodiscard]] bool has_outgoing() const { return !outgoing_.empty(); }
  [[nodiscard]] Bytes front_outgoing() const { return outgoing_.front(); }
  void pop_outgoing();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Failure failure() const { return failure_; }

  // Once: when kConnected was reached, of a client one round trip before (see above).
  [[nodiscard]] std::optional<KeyingMaterial> take_keying_material();

  // Queues a close_notify and ends in kClosed; before kConnected nothing is queued.
  void close();

 private:
  void after_step(Instant now, HandshakeStep step);
  void become_connected();
  bool make_keys();
  void fail(Failure failure);
  bool repeat_last_flight(Instant now);
  void queue(std::vector<std::vector<uint8_t>> datagrams);

  const Context& context_;
  std::unique_ptr<Settings> settings_;  // until the handshake is over
  std::unique_ptr<Handshake> handshake_;
  std::unique_ptr<KeyingMaterial> keying_material_;
  std::unique_ptr<AlertChannel> alerts_;
  std::vector<std::vector<uint8_t>> outgoing_;
  std::vector<std::vector<uint8_t>> last_flight_;
  Instant started_;
  Instant retransmission_ = Instant::never();
  Instant repeat_not_before_;
  bool has_made_keys_ = false;
  bool has_heard_ = false;  // anything of the peer, while the handshake runs
  State state_ = State::kIdle;
  Failure failure_ = Failure::kNone;
};

}  // namespace lectern::dtls
