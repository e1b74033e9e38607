#include "media/client/connection.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace lectern::client {
namespace {

constexpr size_t kUfragSize = 8;      // RFC 8445 §5.3: 24 bits of randomness at least
constexpr size_t kPasswordSize = 24;  // RFC 8445 §5.3: 128 bits at least
constexpr size_t kMaxPairs = 8;

std::optional<dtls::Fingerprint> digest_of(const std::string& text) {
  std::string hex;
  std::ranges::copy_if(text, std::back_inserter(hex), [](char c) { return c != ':'; });
  const auto bytes = from_hex(hex);
  dtls::Fingerprint digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

}  // namespace

std::vector<Path> candidate_pairs(const sdp::NegotiatedSession& session, const Endpoint& local) {
  std::vector<sdp::Candidate> candidates = session.remote_candidates;
  std::ranges::stable_sort(candidates, std::greater<>(), &sdp::Candidate::priority);
  std::vector<Path> pairs;
  for (const sdp::Candidate& candidate : candidates) {
    const auto remote = Endpoint::parse(candidate.address, candidate.port);
    if (!remote || candidate.component != 1 || remote->is_v4() != local.is_v4()) continue;
    const Path path{*remote, local};
    if (std::ranges::find(pairs, path) == pairs.end() && pairs.size() < kMaxPairs) {
      pairs.push_back(path);
    }
  }
  return pairs;
}

Connection::Connection(const dtls::Context& context, Rng& rng, sdp::OfferParameters parameters)
    : context_(context), rng_(rng.next_u64()), parameters_(std::move(parameters)) {
  parameters_.session_id = rng_.next_u64() >> 2;
  parameters_.ufrag = rng_.ice_chars(kUfragSize);
  parameters_.pwd = rng_.ice_chars(kPasswordSize);
  parameters_.cname = rng_.hex(8);
  parameters_.fingerprint = dtls::to_sdp(context.fingerprint());
  offer_ = sdp::write_offer(parameters_);
}

std::expected<void, sdp::Refusal> Connection::accept(Instant now, std::string_view answer,
                                                     const Endpoint& local) {
  auto session = sdp::read_answer(offer_, answer);
  if (!session) return std::unexpected(session.error());
  const auto fingerprint = digest_of(session->remote_fingerprint.value);
  if (!fingerprint) {
    return std::unexpected(sdp::Refusal{502, "The answer's fingerprint is not a sha-256 digest."});
  }
  transport::Config config;
  config.ice_side = transport::IceSide::kControlling;
  config.local = {parameters_.ufrag, parameters_.pwd};
  config.remote = {session->remote_ufrag, session->remote_pwd};
  config.candidate_pairs = candidate_pairs(*session, local);
  if (config.candidate_pairs.empty()) {
    return std::unexpected(
        sdp::Refusal{502, "The answer has no UDP candidate of this client's address family."});
  }
  config.dtls_role = session->is_dtls_client ? dtls::Role::kClient : dtls::Role::kServer;
  config.remote_fingerprint = *fingerprint;
  config.inbound = parameters_.is_publisher ? srtp::Inbound::kRtcpOnly : srtp::Inbound::kOwn;
  session_ = std::move(*session);
  transport_ =
      std::make_unique<transport::Transport>(now, std::move(config), context_, rng_, drops_);
  return {};
}

void Connection::move(Instant now, const Endpoint& local) {
  if (!transport_) return;
  const std::vector<Path> pairs = candidate_pairs(session_, local);
  if (!pairs.empty()) transport_->replace_pairs(now, pairs);
}

void Connection::take_events(Events& events) {
  while (const auto event = transport_ ? transport_->take_event() : std::nullopt) {
    switch (event->kind) {
      case transport::Event::Kind::kConnected:
        events.push_back({.kind = Event::Kind::kConnected});
        break;
      case transport::Event::Kind::kClosed:
        events.push_back({.kind = Event::Kind::kClosed, .reason = event->reason});
        break;
      case transport::Event::Kind::kPathChanged:
        break;
    }
  }
}

}  // namespace lectern::client
