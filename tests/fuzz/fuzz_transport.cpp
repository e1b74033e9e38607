// A whole Transport under attack: a genuine client on one path, an attacker on the same path or on
// another. The input is a script: one octet of set-up, then commands of {what, size, octets}.
// OpenSSL draws its own keys, so two runs of one script differ in ciphertext but not in shape.

#include "base/check.h"
#include "media/srtp/rtp_shape.h"
#include "tests/unit/media/transport/transport_pair.h"

#include <openssl/ssl.h>

#include <array>

namespace lectern::transport {
namespace {

constexpr int kMaxCommands = 48;
const Path kGenuine{.remote = kClientAddress, .local = kServerAddress};
const Path kStranger{.remote = kReboundAddress, .local = kServerAddress};

enum class Command : uint8_t {
  kWait,           // milliseconds in the first two octets; the genuine exchange goes on
  kFromStranger,   // a datagram to the server from a path that was never validated
  kFromPeer,       // a datagram to the server from the client's own path
  kToClient,       // a datagram to the client from the server's address
  kDamage,         // the octets are XORed onto the next genuine datagrams, in both directions
  kAuthenticRtp,   // the octets as RTP, protected with the client's keys
  kAuthenticRtcp,  // the same as RTCP
  kRestart,        // ICE restart of both sides
  kCount,
};

// Browsers' hellos come in two datagrams (X25519MLKEM768): so does this client's.
int add_large_extension(SSL* /*ssl*/, unsigned /*type*/, const unsigned char** out, size_t* size,
                        int* /*alert*/, void* /*unused*/) {
  static const std::array<unsigned char, 1250> kFiller{};
  *out = kFiller.data();
  *size = kFiller.size();
  return 1;
}

const dtls::Context& large_hello_context() {
  static const dtls::Context& context = []() -> const dtls::Context& {
    static const dtls::Context kMade(client_identity().certificate);
    LECTERN_CHECK(SSL_CTX_add_client_custom_ext(kMade.native(), 0x4242, add_large_extension,
                                                nullptr, nullptr, nullptr, nullptr) == 1);
    return kMade;
  }();
  return context;
}

class Script {
 public:
  explicit Script(uint8_t setup)
      : pair_((setup & 1) != 0 ? dtls::Role::kClient : dtls::Role::kServer,
              static_cast<dtls::Profiles>(setup >> 1 & 3),
              static_cast<srtp::Inbound>((setup >> 3 & 3) % 3)) {
    pair_.server_config.media_is_consent = (setup & 0x80) != 0;
    pair_.fate = [](size_t, bool) { return std::vector{TransportPair::kDelay}; };
    pair_.begin();
    if ((setup & 0x20) != 0) {
      pair_.client.transport =
          std::make_unique<Transport>(pair_.now, pair_.client_config, large_hello_context(),
                                      pair_.client.rng, pair_.client.drops);
    }
    if ((setup & 0x40) != 0) pair_.run(Duration::seconds(1));
  }

  void run(Command command, Bytes octets) {
    switch (command) {
      case Command::kWait:
        return wait(octets);
      case Command::kFromStranger:
        return from_stranger(octets);
      case Command::kFromPeer:
        return from_peer(octets);
      case Command::kToClient:
        return deliver(pair_.client, {.remote = kServerAddress, .local = kClientAddress}, octets);
      case Command::kDamage:
        pair_.damage.assign(octets.begin(), octets.end());
        return;
      case Command::kAuthenticRtp:
        return authentic_rtp(octets);
      case Command::kAuthenticRtcp:
        return authentic_rtcp(octets);
      case Command::kRestart:
        return restart();
      case Command::kCount:
        return;
    }
  }

 private:
  void wait(Bytes octets) {
    const int64_t ms = octets.size() < 2 ? 20 : load_be16(octets.data()) % 40'000;
    pair_.run(Duration::milliseconds(ms));
  }

  static void deliver(Side& side, const Path& path, Bytes octets, Instant now) {
    std::vector<uint8_t> datagram(octets.begin(), octets.end());
    const Received received = side.transport->handle_datagram(now, path, datagram);
    if (received.kind == Received::Kind::kNone) return;
    LECTERN_CHECK(received.packet.data() == datagram.data() &&
                  received.packet.size() <= datagram.size());
  }
  void deliver(Side& side, const Path& path, Bytes octets) {
    deliver(side, path, octets, pair_.now);
  }

  // Nothing that a stranger says without the password may have an effect.
  void from_stranger(Bytes octets) {
    const State state = pair_.server.transport->state();
    const auto heard = pair_.server.transport->last_heard();
    const auto path = pair_.server.transport->path();
    deliver(pair_.server, kStranger, octets);
    LECTERN_CHECK(pair_.server.transport->state() == state);
    LECTERN_CHECK(pair_.server.transport->path() == path);
    LECTERN_CHECK(!pair_.server.transport->is_validated(kStranger));
    LECTERN_CHECK(pair_.server.transport->last_heard() == heard);
  }

  // What does not authenticate renews nobody's consent, whatever it looks like and whoever's
  // address it comes from.
  void from_peer(Bytes octets) {
    const Transport& server = *pair_.server.transport;
    const auto heard = server.last_heard();
    const bool was_connected = server.state() == State::kConnected;
    deliver(pair_.server, kGenuine, octets);
    // (The client's Finished may have waited for a record that anybody can write.)
    const bool ends_handshake = !was_connected && server.state() == State::kConnected;
    LECTERN_CHECK(ends_handshake || server.last_heard() == heard);
  }

  void authentic_rtp(Bytes octets) {
    const auto shape = srtp::rtp_shape(octets);
    if (pair_.client.transport->state() != State::kConnected || !shape) return;
    std::vector<uint8_t> packet(octets.begin(), octets.end());
    packet.resize(packet.size() + srtp::kMaxRtpOverhead);
    packet.resize(pair_.client.transport->protect_rtp(packet, shape->header_size, octets.size(),
                                                      shape->sequence_number));
    deliver(pair_.server, kGenuine, packet);
  }

  void authentic_rtcp(Bytes octets) {
    if (pair_.client.transport->state() != State::kConnected || octets.size() < 8) return;
    std::vector<uint8_t> packet(octets.begin(), octets.end());
    packet.resize(packet.size() + srtp::kMaxRtcpOverhead);
    packet.resize(pair_.client.transport->protect_rtcp(packet, octets.size()));
    deliver(pair_.server, kGenuine, packet);
  }

  void restart() {
    const ice::Credentials server{"restarted1", "restartedpasswordofserver"};
    const ice::Credentials client{"restarted2", "restartedpasswordofclient"};
    pair_.server.transport->restart_ice(pair_.now, server, client);
    pair_.client.transport->restart_ice(pair_.now, client, server);
  }

  TransportPair pair_;
};

}  // namespace
}  // namespace lectern::transport

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lectern::transport::Command;
  if (size == 0) return 0;
  lectern::ByteReader input(lectern::Bytes(data, size));
  lectern::transport::Script script(input.u8());
  for (int i = 0; i < lectern::transport::kMaxCommands && input.remaining() >= 3; ++i) {
    const auto command = static_cast<Command>(input.u8() % static_cast<uint8_t>(Command::kCount));
    const size_t wanted = input.u16() % 2'400;
    script.run(command, input.bytes(std::min(wanted, input.remaining())));
  }
  return 0;
}
