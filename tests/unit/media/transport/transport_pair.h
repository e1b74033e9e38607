// A lite server and a controlling client, and the network between them, in virtual time.
#pragma once

#include "base/drop_reason.h"
#include "base/rng.h"
#include "base/send_batch.h"
#include "base/time.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "media/transport/transport.h"
#include "tests/sim/virtual_clock.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lectern::transport {

inline const Endpoint kServerAddress = Endpoint::v4(192, 0, 2, 1, 9000);
inline const Endpoint kClientAddress = Endpoint::v4(198, 51, 100, 7, 50'000);
inline const Endpoint kReboundAddress = Endpoint::v4(198, 51, 100, 7, 50'001);

struct Identity {
  Identity() : certificate(dtls::Certificate::generate()), context(certificate) {}

  dtls::Certificate certificate;
  dtls::Context context;
};

// Making keys is slow; who plays with them does not matter to any test.
inline const Identity& server_identity() {
  static const Identity kIdentity;
  return kIdentity;
}
inline const Identity& client_identity() {
  static const Identity kIdentity;
  return kIdentity;
}

struct Datagram {
  Path path;  // as its receiver sees it
  std::vector<uint8_t> bytes;
};

// One side: the machine, its drops, and what came out of it.
struct Side {
  DropCounters drops;
  Rng rng{99};
  std::unique_ptr<Transport> transport;
  std::vector<Event> events;
  std::vector<std::vector<uint8_t>> rtp;
  std::vector<std::vector<uint8_t>> rtcp;

  void receive(Instant now, Datagram datagram) {
    const Received received = transport->handle_datagram(now, datagram.path, datagram.bytes);
    const std::vector<uint8_t> packet(received.packet.begin(), received.packet.end());
    if (received.kind == Received::Kind::kRtp) rtp.push_back(packet);
    if (received.kind == Received::Kind::kRtcp) rtcp.push_back(packet);
  }

  uint64_t dropped(DropReason reason) const { return drops.get(reason); }
};

class TransportPair {
 public:
  using Fate = std::function<std::vector<Duration>(size_t number, bool is_from_client)>;
  static constexpr Duration kDelay = Duration::milliseconds(10);

  explicit TransportPair(dtls::Role server_role = dtls::Role::kClient,
                         dtls::Profiles profiles = dtls::Profiles::kGcmThenCm,
                         srtp::Inbound server_inbound = srtp::Inbound::kOwn) {
    sim::set_virtual_clock(now);
    server_config.local = {"serverufrag", "serverpasswordserverpassword"};
    server_config.dtls_role = server_role;
    server_config.profiles = profiles;
    server_config.inbound = server_inbound;
    server_config.remote_fingerprint = client_identity().context.fingerprint();
    client_config.ice_side = IceSide::kControlling;
    client_config.local = {"clientufrag", "clientpasswordclientpassword"};
    client_config.remote = server_config.local;
    client_config.candidate_pairs = {{.remote = kServerAddress, .local = kClientAddress}};
    client_config.dtls_role =
        server_role == dtls::Role::kClient ? dtls::Role::kServer : dtls::Role::kClient;
    client_config.profiles = profiles;
    client_config.inbound = srtp::Inbound::kOwn;
    client_config.remote_fingerprint = server_identity().context.fingerprint();
  }

  void begin() {
    server.transport = std::make_unique<Transport>(now, server_config, server_identity().context,
                                                   server.rng, server.drops);
    client.transport = std::make_unique<Transport>(now, client_config, client_identity().context,
                                                   client.rng, client.drops);
  }

  void run(Duration span) {
    const Instant end = now + span;
    for (;;) {
      collect(client, true);
      collect(server, false);
      const Instant next = next_event();
      if (next > end) break;
      now = std::max(now, next);
      sim::set_virtual_clock(now);
      for (Side* side : {&client, &server}) side->transport->handle_timeout(now);
      deliver();
    }
    now = end;
    sim::set_virtual_clock(now);
  }

  bool connect() {
    begin();
    run(Duration::seconds(1));
    return client.transport->state() == State::kConnected &&
           server.transport->state() == State::kConnected;
  }

  // One clear RTP packet from `from` to the other side, over the network.
  void send_rtp(Side& from, uint16_t sequence_number) {
    std::vector<uint8_t> packet(12 + 100 + srtp::kMaxRtpOverhead, 0x5a);
    packet[0] = 0x80;
    packet[1] = 96;
    store_be16(packet.data() + 2, sequence_number);
    packet.resize(from.transport->protect_rtp(packet, 12, 112, sequence_number));
    post(from, *from.transport->path(), packet);
  }
  void send_rtcp(Side& from) {
    std::vector<uint8_t> packet(8 + srtp::kMaxRtcpOverhead, 0);
    packet[0] = 0x80;
    packet[1] = 201;
    packet[3] = 1;
    packet.resize(from.transport->protect_rtcp(packet, 8));
    post(from, *from.transport->path(), packet);
  }

  // From `from`, along `path` as that side sees it.
  void post(Side& from, const Path& path, const std::vector<uint8_t>& bytes) {
    const bool is_from_client = &from == &client;
    Path seen{.remote = path.local, .local = path.remote};
    if (is_from_client) {
      seen.remote = client_outside;
    } else if (path.remote != client_outside) {
      return;  // the NAT has forgotten that mapping
    }
    if (!is_from_client) seen.local = kClientAddress;
    if (loses_dtls && !bytes.empty() && bytes[0] >= 20 && bytes[0] <= 63) return;
    auto arriving = bytes;
    for (size_t i = 0; i < std::min(damage.size(), arriving.size()); ++i) arriving[i] ^= damage[i];
    damage.clear();
    for (const Duration delay : fate(sent_++, is_from_client)) {
      in_flight_.push_back({now + delay, is_from_client, {seen, arriving}});
    }
  }

  std::optional<Event> last_event(Side& side) {
    while (const auto event = side.transport->take_event()) side.events.push_back(*event);
    if (side.events.empty()) return std::nullopt;
    return side.events.back();
  }

  Config server_config;
  Config client_config;
  Side server;
  Side client;
  Instant now = Instant::from_ms(5'000);
  Endpoint client_outside = kClientAddress;  // its address as the server sees it
  bool loses_dtls = false;
  std::vector<uint8_t> damage;  // XORed onto the next datagram that is posted
  Fate fate = [](size_t, bool) { return std::vector{kDelay}; };

 private:
  struct InFlight {
    Instant arrival;
    bool is_from_client;
    Datagram datagram;
  };

  void collect(Side& side, bool is_from_client) {
    SendBatch batch;
    bool has_more = true;
    while (has_more) {
      batch.clear();
      has_more = side.transport->fill(now, batch);
      for (const auto& datagram : batch.datagrams()) {
        const MutableBytes bytes = batch.bytes(datagram);
        post(is_from_client ? client : server, datagram.path, {bytes.begin(), bytes.end()});
      }
    }
  }

  Instant next_event() const {
    Instant next = std::min(client.transport->next_timeout(), server.transport->next_timeout());
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
      Side& to = datagram.is_from_client ? server : client;
      to.receive(now, std::move(datagram.datagram));
    }
  }

  std::vector<InFlight> in_flight_;
  size_t sent_ = 0;
};

}  // namespace lectern::transport
