// Two endpoints and the wire between them, in virtual time.
#pragma once

#include "base/time.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "media/dtls/endpoint.h"
#include "tests/sim/virtual_clock.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace lectern::dtls {

using Datagram = std::vector<uint8_t>;

struct Party {
  Party() : certificate(Certificate::generate()), context(certificate) {}

  void begin(Settings settings, const Fingerprint& peer) {
    settings.remote_fingerprint = peer;
    endpoint = std::make_unique<Endpoint>(context, settings);
  }

  Certificate certificate;
  Context context;
  std::unique_ptr<Endpoint> endpoint;
};

class EndpointPair {
 public:
  // What happens to the n-th datagram of the exchange: its copies arrive these delays later.
  using Fate = std::function<std::vector<Duration>(size_t number, bool is_from_client)>;

  static constexpr Duration kDelay = Duration::milliseconds(10);

  void begin(Profiles client_profiles = Profiles::kGcmThenCm,
             Profiles server_profiles = Profiles::kGcmThenCm) {
    client.begin({.role = Role::kClient, .profiles = client_profiles}, expected_of_server());
    server.begin({.role = Role::kServer, .profiles = server_profiles}, expected_of_client());
    sim::set_virtual_clock(now);
    client.endpoint->start(now);
    server.endpoint->start(now);
  }

  // Until nothing moves any more, or `limit` has passed.
  void run(Duration limit = Duration::seconds(60)) {
    const Instant end = now + limit;
    for (;;) {
      collect(*client.endpoint, true);
      collect(*server.endpoint, false);
      const Instant next = next_event();
      if (next.is_never() || next > end) return;
      now = std::max(now, next);
      sim::set_virtual_clock(now);
      client.endpoint->handle_timeout(now);
      server.endpoint->handle_timeout(now);
      deliver();
    }
  }

  bool both_are_connected() const {
    return client.endpoint->state() == State::kConnected &&
           server.endpoint->state() == State::kConnected;
  }

  Fingerprint expected_of_server() const {
    return wrong_server ? Fingerprint{} : server.certificate.fingerprint();
  }
  Fingerprint expected_of_client() const {
    return wrong_client ? Fingerprint{} : client.certificate.fingerprint();
  }

  Party client;
  Party server;
  bool wrong_server = false;  // the client expects another certificate
  bool wrong_client = false;
  Fate fate = [](size_t, bool) { return std::vector{kDelay}; };
  Instant now;
  std::vector<std::pair<bool, Datagram>> sent;  // in order, with the direction

 private:
  struct InFlight {
    Instant arrival;
    bool is_from_client;
    Datagram datagram;
  };

  void collect(Endpoint& endpoint, bool is_from_client) {
    while (endpoint.has_outgoing()) {
      const Bytes front = endpoint.front_outgoing();
      const Datagram datagram(front.begin(), front.end());
      endpoint.pop_outgoing();
      for (const Duration delay : fate(sent.size(), is_from_client)) {
        in_flight_.push_back({now + delay, is_from_client, datagram});
      }
      sent.emplace_back(is_from_client, datagram);
    }
  }

  Instant next_event() const {
    Instant next = std::min(client.endpoint->next_timeout(), server.endpoint->next_timeout());
    for (const InFlight& datagram : in_flight_) next = std::min(next, datagram.arrival);
    return next;
  }

  void deliver() {
    auto due = std::exchange(in_flight_, {});
    for (InFlight& datagram : due) {
      if (datagram.arrival > now) {
        in_flight_.push_back(std::move(datagram));
        continue;
      }
      Endpoint& to = datagram.is_from_client ? *server.endpoint : *client.endpoint;
      to.handle(now, datagram.datagram);
    }
  }

  std::deque<InFlight> in_flight_;
};

}  // namespace lectern::dtls
