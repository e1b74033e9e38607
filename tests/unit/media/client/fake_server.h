// The far side of a client under test: an ICE-lite transport that answers one offer, keeps what it
// receives and sends what the test says. And the wire between the two, with a hook for losses.
#pragma once

#include "base/rng.h"
#include "base/send_batch.h"
#include "media/client/connection.h"
#include "media/dtls/context.h"
#include "media/rtp/header.h"
#include "media/sdp/answer.h"
#include "media/transport/transport.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lectern::client {

inline const Endpoint kServerAddress = Endpoint::v4(192, 0, 2, 1, 9000);
inline const Endpoint kClientAddress = Endpoint::v4(192, 0, 2, 9, 40000);

inline const dtls::Context& test_context() {
  static const dtls::Context kContext{dtls::Certificate::generate()};
  return kContext;
}

class FakeServer {
 public:
  // Answers `offer`; the answer is then in answer().
  FakeServer(Instant now, const std::string& offer, bool is_publisher_there)
      : rng_(7), path_{kClientAddress, kServerAddress} {
    sdp::AnswerParameters parameters{.ufrag = rng_.ice_chars(8),
                                     .pwd = rng_.ice_chars(24),
                                     .fingerprint = dtls::to_sdp(test_context().fingerprint()),
                                     .candidates = {{.address = "192.0.2.1", .port = 9000}},
                                     .start_bitrate = std::nullopt};
    const sdp::ViewerStreams streams{
        .by_kind = {sdp::StreamSsrc{0xA0, 0}, sdp::StreamSsrc{0xC0, 0xC1},
                    sdp::StreamSsrc{0xD0, 0xD1}},
        .cname = "server"};
    auto answer = is_publisher_there ? sdp::answer_publisher(offer, parameters)
                                     : sdp::answer_viewer(offer, parameters, streams);
    LECTERN_CHECK(answer.has_value());
    answer_ = *answer;
    transport::Config config;
    config.local = {parameters.ufrag, parameters.pwd};
    config.dtls_role = answer_.session.is_dtls_client ? dtls::Role::kClient : dtls::Role::kServer;
    config.remote_fingerprint = test_context().fingerprint();
    config.inbound = srtp::Inbound::kOwn;
    transport_ = std::make_unique<transport::Transport>(now, config, test_context(), rng_, drops_);
  }

  [[nodiscard]] const std::string& answer() const { return answer_.text; }
  [[nodiscard]] const sdp::NegotiatedSession& session() const { return answer_.session; }
  [[nodiscard]] bool is_connected() const {
    return transport_->state() == transport::State::kConnected;
  }

  void handle_datagram(Instant now, MutableBytes datagram) {
    const auto received = transport_->handle_datagram(now, path_, datagram);
    const std::vector<uint8_t> copy(received.packet.begin(), received.packet.end());
    if (received.kind == transport::Received::Kind::kRtp) rtp.push_back(copy);
    if (received.kind == transport::Received::Kind::kRtcp) rtcp.push_back(copy);
  }
  void handle_timeout(Instant now) { transport_->handle_timeout(now); }

  void send_rtp(const rtp::Header& header, Bytes payload) {
    std::vector<uint8_t> packet(1400);
    const size_t header_size = rtp::write_header(header, {}, packet);
    std::ranges::copy(payload, packet.begin() + static_cast<std::ptrdiff_t>(header_size));
    packet.resize(transport_->protect_rtp(packet, header_size, header_size + payload.size(),
                                          header.sequence_number));
    waiting_.push_back(std::move(packet));
  }
  void send_rtcp(Bytes compound) {
    std::vector<uint8_t> packet(1400);
    std::ranges::copy(compound, packet.begin());
    packet.resize(transport_->protect_rtcp(packet, compound.size()));
    waiting_.push_back(std::move(packet));
  }

  // All that waits to be sent.
  std::vector<std::vector<uint8_t>> take(Instant now) {
    std::vector<std::vector<uint8_t>> all = std::move(waiting_);
    waiting_.clear();
    SendBatch batch;
    transport_->fill(now, batch);
    for (const auto& datagram : batch.datagrams()) {
      const Bytes bytes = batch.bytes(datagram);
      all.emplace_back(bytes.begin(), bytes.end());
    }
    return all;
  }

  std::vector<std::vector<uint8_t>> rtp;
  std::vector<std::vector<uint8_t>> rtcp;

 private:
  Rng rng_;
  Path path_;
  sdp::Answer answer_;
  DropCounters drops_;
  std::unique_ptr<transport::Transport> transport_;
  std::vector<std::vector<uint8_t>> waiting_;
};

// Runs client and server from `now` for `span`, a millisecond a step.
template <typename Client>
Instant run(Instant now, Duration span, Client& client, FakeServer& server, Events& events) {
  const Path path{kServerAddress, kClientAddress};
  const Instant end = now + span;
  SendBatch batch;
  for (; now < end; now += Duration::milliseconds(1)) {
    if (client.next_timeout() <= now) client.handle_timeout(now, events);
    server.handle_timeout(now);
    bool is_more = true;
    while (is_more) {
      batch.clear();
      is_more = client.fill(now, batch);
      for (const auto& datagram : batch.datagrams()) {
        server.handle_datagram(now, batch.bytes(datagram));
      }
    }
    for (auto& datagram : server.take(now)) client.handle_datagram(now, path, datagram, events);
  }
  return now;
}

}  // namespace lectern::client
