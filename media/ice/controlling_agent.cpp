#include "media/ice/controlling_agent.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace lectern::ice {
namespace {

// RFC 8445 §5.1.2.1: what a peer-reflexive candidate found by this check would have.
constexpr uint32_t kPriority = (110U << 24) + (65535U << 8) + 255U;
// RFC 8489 §6.2.1: Rm, after the last request.
constexpr int kLastWaitFactor = 16;
// Within what browsers do, and often enough for the 30 s of consent to outlive several losses.
constexpr Duration kMinKeepalive = Duration::milliseconds(2500);
constexpr Duration kKeepaliveSpread = Duration::milliseconds(2500);

Rng fork(Rng& rng) {
  std::array<uint8_t, 16> key{};
  rng.fill(key);
  return Rng(key);
}

}  // namespace

ControllingAgent::ControllingAgent(Instant now, Credentials local, Credentials remote,
                                   std::span<const Path> pairs, Rng& rng)
    : local_(std::move(local)),
      remote_(std::move(remote)),
      rng_(fork(rng)),
      tie_breaker_(rng_.next_u64()),
      last_consent_(now) {
  begin_checks(now, pairs);
}

void ControllingAgent::begin_checks(Instant now, std::span<const Path> pairs) {
  LECTERN_CHECK(!pairs.empty());
  pairs_.clear();
  pairs_.reserve(pairs.size());
  for (const Path& path : pairs) {
    const auto index = static_cast<int64_t>(pairs_.size());
    // With nothing to choose from the first check nominates: one round trip less.
    pairs_.push_back({.path = path, .due = now + kPacing * index, .nominates = pairs.size() == 1});
  }
}

void ControllingAgent::replace_pairs(Instant now, std::span<const Path> pairs) {
  begin_checks(now, pairs);
}

void ControllingAgent::restart(Instant now, Credentials local, Credentials remote) {
  local_ = std::move(local);
  remote_ = std::move(remote);
  std::vector<Path> paths;
  paths.reserve(pairs_.size());
  for (const Pair& pair : pairs_) paths.push_back(pair.path);
  begin_checks(now, paths);
}

const Path* ControllingAgent::first_valid() const {
  const auto pair = std::ranges::find_if(pairs_, &Pair::is_valid);
  return pair == pairs_.end() ? nullptr : &pair->path;
}

bool ControllingAgent::is_validated(const Path& path) const {
  if (selected_ && selected_->remote == path.remote) return true;
  return std::ranges::any_of(
      pairs_, [&](const Pair& pair) { return pair.is_valid && pair.path.remote == path.remote; });
}

bool ControllingAgent::is_kept_alive(const Pair& pair) const {
  return pair.nominates && pair.is_valid && selected_ == pair.path;
}

void ControllingAgent::begin_transaction(Instant now, Pair& pair) {
  rng_.fill(pair.transaction_id);
  pair.sent = now;
  pair.transmissions = 0;
  pair.timeout = kFirstRetransmission;
}

std::optional<ControllingAgent::Transmit> ControllingAgent::poll_transmit(Instant now,
                                                                          MutableBytes out) {
  if (state_ == State::kFailed) return std::nullopt;
  if (!answers_.empty()) {
    const Answer answer = answers_.front();
    answers_.erase(answers_.begin());
    return Transmit{.path = answer.path,
                    .size = stun::write_binding_success(answer.transaction_id, answer.path.remote,
                                                        as_bytes(local_.password), out)};
  }
  for (Pair& pair : pairs_) {
    if (pair.due > now || pair.transmissions == kMaxTransmissions) continue;
    // RFC 7675 §5.1: a consent check is not repeated, the next one is another transaction.
    const bool is_keepalive = is_kept_alive(pair);
    if (pair.transmissions == 0 || is_keepalive) begin_transaction(now, pair);
    const size_t size = stun::write_binding_request({.transaction_id = pair.transaction_id,
                                                     .receiver_ufrag = remote_.ufrag,
                                                     .sender_ufrag = local_.ufrag,
                                                     .priority = kPriority,
                                                     .tie_breaker = tie_breaker_,
                                                     .is_controlling = true,
                                                     .use_candidate = pair.nominates},
                                                    as_bytes(remote_.password), out);
    LECTERN_CHECK(size > 0);
    ++pair.transmissions;
    if (is_keepalive) {
      pair.due = now + kMinKeepalive + rng_.jitter(kKeepaliveSpread);
    } else if (pair.transmissions == kMaxTransmissions) {
      pair.due = now + kFirstRetransmission * kLastWaitFactor;
    } else {
      pair.due = now + pair.timeout;
      pair.timeout = pair.timeout * 2;
    }
    return Transmit{.path = pair.path, .size = size};
  }
  return std::nullopt;
}

bool ControllingAgent::handle_datagram(Instant now, const Path& path, Bytes datagram) {
  const auto response = stun::parse(datagram);
  if (!response || state_ == State::kFailed) return false;
  if (response->message_class == stun::Class::kRequest) return accept_check(now, path, *response);
  const auto pair = std::ranges::find_if(pairs_, [&](const Pair& candidate) {
    return candidate.transmissions > 0 && !candidate.has_failed &&
           candidate.transaction_id == response->transaction_id;
  });
  // RFC 8445 §7.2.5.2.1: the answer has to come from where the check went.
  if (pair == pairs_.end() || pair->path.remote != path.remote) return false;
  if (response->message_class == stun::Class::kError) {
    give_up(now, *pair);
    return true;
  }
  if (response->message_class != stun::Class::kSuccess ||
      !stun::check_integrity(*response, as_bytes(remote_.password)))
    return false;
  // Karn's rule: after a repetition nobody knows which request was answered.
  if (pair->transmissions == 1) round_trip_ = now - pair->sent;
  last_consent_ = std::max(last_consent_, now);
  on_success(now, *pair);
  return true;
}

// RFC 8445 §7.3.
bool ControllingAgent::accept_check(Instant now, const Path& path, const stun::Message& request) {
  const auto username = stun::split_username(request);
  if (!username || username->receiver != local_.ufrag ||
      !stun::check_integrity(request, as_bytes(local_.password)))
    return false;
  if (answers_.size() < kMaxAnswers) answers_.push_back({now, path, request.transaction_id});
  return true;
}

void ControllingAgent::on_success(Instant now, Pair& pair) {
  pair.transmissions = 0;
  pair.is_valid = true;
  if (pair.nominates) {
    selected_ = pair.path;
    state_ = State::kConnected;
    for (Pair& other : pairs_) other.due = Instant::never();
    pair.due = now + kMinKeepalive + rng_.jitter(kKeepaliveSpread);
    return;
  }
  // The first pair to be answered is the one to nominate; the others are kept in reserve.
  const bool is_first = std::ranges::none_of(pairs_, &Pair::nominates);
  pair.nominates = is_first;
  pair.due = is_first ? now : Instant::never();
}

void ControllingAgent::give_up(Instant now, Pair& pair) {
  const bool nominated = std::exchange(pair.nominates, false);
  pair.has_failed = true;
  pair.is_valid = false;
  pair.due = Instant::never();
  if (!nominated) return;
  const auto reserve = std::ranges::find_if(pairs_, &Pair::is_valid);
  if (reserve == pairs_.end()) return;
  reserve->nominates = true;
  reserve->due = now;
}

void ControllingAgent::handle_timeout(Instant now) {
  for (Pair& pair : pairs_)
    if (pair.transmissions == kMaxTransmissions && pair.due <= now) give_up(now, pair);
  const bool has_hope =
      state_ == State::kConnected || !std::ranges::all_of(pairs_, &Pair::has_failed);
  const bool has_consent = state_ != State::kConnected || now < last_consent_ + kConsentLifetime;
  if (has_hope && has_consent) return;
  state_ = State::kFailed;
  selected_.reset();
}

Instant ControllingAgent::next_timeout() const {
  if (state_ == State::kFailed) return Instant::never();
  Instant next = state_ == State::kConnected ? last_consent_ + kConsentLifetime : Instant::never();
  for (const Pair& pair : pairs_) next = std::min(next, pair.due);
  if (!answers_.empty()) next = std::min(next, answers_.front().due);
  return next;
}

}  // namespace lectern::ice
