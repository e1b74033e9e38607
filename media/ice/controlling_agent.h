// The client's side of ICE: controlling, one component, host candidates (RFC 8445 §6-7 as far as a
// lite peer needs it, and answers for a full one). Used by the load test, the demo publisher and
// the simulator.
//
//   checking --success--> nominating --success with USE-CANDIDATE--> connected --30 s--> failed
//
// Left out on purpose: gathering, triggered checks (our own go everywhere that the peer's come
// from), role switching, foundations and freezing: pairs are few and checked in the order given.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "media/ice/credentials.h"
#include "media/stun/message.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lectern::ice {

class ControllingAgent {
 public:
  enum class State : uint8_t { kChecking, kConnected, kFailed };

  static constexpr Duration kPacing = Duration::milliseconds(50);  // RFC 8445 §14.2: Ta
  static constexpr Duration kFirstRetransmission = Duration::milliseconds(500);  // RFC 8489 §6.2.1
  static constexpr int kMaxTransmissions = 7;                          // RFC 8489 §6.2.1: Rc
  static constexpr Duration kConsentLifetime = Duration::seconds(30);  // RFC 7675 §5.1

  // `pairs`: best first, at least one. `remote`: of the server's SDP. `rng` seeds the agent's own.
  ControllingAgent(Instant now, Credentials local, Credentials remote, std::span<const Path> pairs,
                   Rng& rng);

  // One STUN datagram that came by `path`. True if it answered a check of ours, or is a check of
  // the peer's, which a lite one never sends: poll_transmit() has the answer.
  bool handle_datagram(Instant now, const Path& path, Bytes datagram);

  // Answers, and checks that are due. Writes one into `out` and says where it goes; nothing when
  // none is due now. Call until it returns nothing. `out`: at least stun::kMaxMessageSize bytes.
  struct Transmit {
    Path path;
    size_t size = 0;
  };
  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out);

  // When poll_transmit() has something next, or the state changes by time.
  [[nodiscard]] Instant next_timeout() const;
  // Fails the agent when no check can succeed any more, or consent has run out.
  void handle_timeout(Instant now);

  // The client has moved: checks start again with these pairs, media goes on by the old until then.
  void replace_pairs(Instant now, std::span<const Path> pairs);
  // ICE restart: new credentials of both sides, same pairs.
  void restart(Instant now, Credentials local, Credentials remote);

  [[nodiscard]] State state() const { return state_; }
  // The nominated pair; nothing before.
  [[nodiscard]] const std::optional<Path>& selected() const { return selected_; }
  // The first pair in order that a check has proved, nominated or not; null before. DTLS may start
  // on it half a round trip before nomination is confirmed.
  [[nodiscard]] const Path* first_valid() const;
  // The selected pair, or one that a check has proved: what comes from there is the server's.
  [[nodiscard]] bool is_validated(const Path& path) const;
  // The round trip of the last answered check; nothing before.
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }

 private:
  struct Pair {
    Path path;
    stun::TransactionId transaction_id{};
    Instant due{};            // of the next transmission
    Instant sent{};           // first transmission of this transaction
    Duration timeout{};       // until the next transmission, doubles
    int transmissions = 0;    // of this transaction; 0: a new one starts
    bool nominates = false;   // its next transaction carries USE-CANDIDATE
    bool is_valid = false;    // answered once
    bool has_failed = false;  // Rc requests without an answer
  };

  struct Answer {
    Instant due;
    Path path;
    stun::TransactionId transaction_id{};
  };
  static constexpr size_t kMaxAnswers = 16;  // what is over it is asked again

  bool accept_check(Instant now, const Path& path, const stun::Message& request);
  void begin_checks(Instant now, std::span<const Path> pairs);
  void begin_transaction(Instant now, Pair& pair);
  void on_success(Instant now, Pair& pair);
  void give_up(Instant now, Pair& pair);
  [[nodiscard]] bool is_kept_alive(const Pair& pair) const;

  Credentials local_;
  Credentials remote_;
  Rng rng_;
  uint64_t tie_breaker_;
  std::vector<Pair> pairs_;
  std::vector<Answer> answers_;  // not fetched yet, oldest first
  std::optional<Path> selected_;
  std::optional<Duration> round_trip_;
  Instant last_consent_;
  State state_ = State::kChecking;
};

}  // namespace lectern::ice
