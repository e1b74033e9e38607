// How much one person and one network address may ask of the server ([P70]), so that nobody with
// one token, or with none, takes the places of others.
//
// What people hold (sessions, WebSockets, tickets) is counted where it is kept; here are the
// bounds, and token buckets for what is done. Order matters: a person's own bounds come first, and
// what they refuse does not count towards the address, so one student cannot use up what a school
// behind one address translation has. What needs no token is bounded by address alone.
//
// The tables are bounded: an entry goes when its buckets are full again, the oldest when there are
// kMaxEntries. An attacker with that many networks gets a fresh bucket, which is what it had
// anyway.
#pragma once

#include "base/time.h"
#include "signaling/desk/features.h"
#include "signaling/terms/config.h"
#include "signaling/terms/message_rate.h"
#include "signaling/terms/party.h"
#include "signaling/terms/problems.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lectern::signaling {

// What is asked for in vain is answered 429.
class Quotas {
 public:
  static constexpr std::size_t kMaxEntries = 65'536;  // of each table; 16 MB in all

  explicit Quotas(const QuotaLimits& limits);

  // A POST to /whip or /whep, of somebody who holds so much already. Counted when it passes.
  [[nodiscard]] std::optional<Problem> join(Instant now, const Party& party, const Held& by_person,
                                            const Held& by_network);
  // A PATCH or DELETE of a session.
  [[nodiscard]] std::optional<Problem> change_session(Instant now, const std::string& person);
  // A request to the API that makes or changes something.
  [[nodiscard]] std::optional<Problem> change_server(Instant now, const std::string& person,
                                                     bool is_admin);
  // One message of a person to a feature of their class, at the feature's own rate.
  [[nodiscard]] bool admit_message(Instant now, const std::string& person, const Feature& feature);
  // Counts a try with an unknown ticket; a problem when the network has tried too often. To be
  // called only after the look-up has failed: a right ticket is always taken, so somebody who
  // guesses keeps nobody behind the same address out. (128 random bits are not guessed; this bounds
  // the noise.)
  [[nodiscard]] std::optional<Problem> fail_redeeming(Instant now, const Network& network);

  // Forgets a part of what has been idle; to be called each second.
  void expire(Instant now);
  [[nodiscard]] std::size_t size() const;

 private:
  // Rates by key, each made full at its first use. Entries are looked at in turn (a clock), a few
  // with each new one, so that expiry needs no pass over the whole table.
  template <typename Key, std::size_t Kinds>
  class Buckets {
   public:
    using Rates = std::array<MessageRate, Kinds>;
    explicit Buckets(const Rates& fresh) : fresh_(fresh) {}
    [[nodiscard]] MessageRate& at(Instant now, const Key& key, std::size_t kind);
    void expire(Instant now, std::size_t looks);
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

   private:
    void make_room(Instant now);
    Rates fresh_;
    std::map<Key, Rates> entries_;
    std::deque<Key> order_;
  };

  enum PersonRate : std::size_t { kJoins, kChanges, kApi, kAdminApi, kPersonRates };
  enum NetworkRate : std::size_t { kNetworkJoins, kFailedRedemptions, kNetworkRates };

  [[nodiscard]] std::optional<Problem> excess_of(const Party& party, const Held& by_person,
                                                 const Held& by_network) const;

  QuotaLimits limits_;
  Buckets<std::string, kPersonRates> people_{person_rates(limits_)};
  Buckets<Network, kNetworkRates> networks_{network_rates(limits_)};
  std::vector<Buckets<std::string, 1>> said_{};  // by person, for each of features()

  [[nodiscard]] static std::array<MessageRate, kPersonRates> person_rates(const QuotaLimits&);
  [[nodiscard]] static std::array<MessageRate, kNetworkRates> network_rates(const QuotaLimits&);
};

}  // namespace lectern::signaling
