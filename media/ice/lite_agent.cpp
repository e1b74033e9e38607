#include "media/ice/lite_agent.h"

#include <algorithm>
#include <utility>

namespace lectern::ice {

LiteAgent::LiteAgent(Instant now, Credentials local, Consent consent)
    : local_(std::move(local)), consent_(consent), last_check_(now) {}

LiteAgent::Authentication LiteAgent::authenticate(const stun::Message& request) const {
  // RFC 8489 §9.1.3: both attributes, or 400.
  const auto username = stun::split_username(request);
  if (!username || request.integrity_offset == 0) return Authentication::kMissing;
  // RFC 8445 §7.3: only our own half of the username is compared.
  if (username->receiver == local_.ufrag)
    return stun::check_integrity(request, as_bytes(local_.password)) ? Authentication::kCurrent
                                                                     : Authentication::kFailed;
  if (previous_ && username->receiver == previous_->ufrag &&
      stun::check_integrity(request, as_bytes(previous_->password)))
    return Authentication::kPrevious;
  return Authentication::kFailed;
}

LiteAgent::Outcome LiteAgent::refuse(const stun::Message& request, uint16_t code, Bytes key,
                                     MutableBytes reply) const {
  const auto unknown = std::span(request.unknown).first(request.unknown_count);
  return {
      .reply_size = stun::write_binding_error(request.transaction_id, code, unknown, key, reply),
      .drop = code == stun::kUnauthenticated ? DropReason::kStunBadIntegrity
                                             : DropReason::kStunMalformed};
}

LiteAgent::Outcome LiteAgent::handle_datagram(Instant now, const Path& path, Bytes datagram,
                                              MutableBytes reply) {
  const auto request = stun::parse(datagram);
  // Responses and indications have no meaning for an agent that asks nothing.
  if (!request || request->message_class != stun::Class::kRequest ||
      request->method != stun::kBinding)
    return {.drop = DropReason::kStunMalformed};

  const Authentication authentication = authenticate(*request);
  if (authentication == Authentication::kMissing)
    return refuse(*request, stun::kBadRequest, {}, reply);
  if (authentication == Authentication::kFailed)
    return refuse(*request, stun::kUnauthenticated, {}, reply);
  const bool is_previous = authentication == Authentication::kPrevious;
  const Bytes key = as_bytes(is_previous ? previous_->password : local_.password);
  if (request->unknown_count > 0) return refuse(*request, stun::kUnknownAttribute, key, reply);
  // RFC 8445 §7.3.1.1: a lite agent never takes the controlling role, so the peer has to.
  if (request->ice_controlled) return refuse(*request, stun::kRoleConflict, key, reply);

  Outcome outcome;
  outcome.reply_size =
      stun::write_binding_success(request->transaction_id, path.remote, key, reply);
  if (!is_previous && previous_) {
    previous_.reset();
    outcome.restarted = true;
  }
  last_check_ = std::max(last_check_, now);
  select(now, validate(now, path, outcome), request->use_candidate, outcome);
  return outcome;
}

// The index of `path` among the validated ones, where it is from now on.
size_t LiteAgent::validate(Instant now, const Path& path, Outcome& outcome) {
  for (size_t i = 0; i < path_count_; ++i) {
    if (paths_[i].path == path) return i;
  }
  outcome.newly_validated = true;
  size_t index = path_count_;
  if (path_count_ < kMaxPaths) {
    ++path_count_;
  } else {
    index = selected_ == 0 ? 1 : 0;
    for (size_t i = index; i < kMaxPaths; ++i)
      if (i != selected_ && paths_[i].last_heard < paths_[index].last_heard) index = i;
  }
  paths_[index] = {.path = path, .last_heard = now, .is_proven = false};
  return index;
}

void LiteAgent::select(Instant now, size_t index, bool is_nominated, Outcome& outcome) {
  // A peer whose address changed under it (NAT rebinding) does not nominate again: it is followed
  // once its old address has gone silent.
  const bool moves =
      !selected_ || is_nominated || now - paths_[*selected_].last_heard >= kSilenceBeforeMove;
  paths_[index].last_heard = std::max(paths_[index].last_heard, now);
  if (!moves || selected_ == index) return;
  selected_ = index;
  outcome.selected_changed = true;
}

void LiteAgent::on_traffic(Instant now, const Path& path) {
  for (size_t i = 0; i < path_count_; ++i) {
    if (paths_[i].path != path) continue;
    paths_[i].last_heard = std::max(paths_[i].last_heard, now);
    paths_[i].is_proven = true;
    if (consent_ == Consent::kChecksAndMedia) last_check_ = std::max(last_check_, now);
    return;
  }
}

void LiteAgent::restart(Credentials local) {
  // Credentials that the peer has never used are not worth keeping; those in use are.
  if (!previous_) previous_ = std::move(local_);
  local_ = std::move(local);
}

const Path* LiteAgent::selected() const {
  return selected_ ? &paths_[*selected_].path : nullptr;
}

const LiteAgent::ValidPath* LiteAgent::find(const Path& path) const {
  const auto valid = std::span(paths_).first(path_count_);
  const auto at = std::ranges::find(valid, path, &ValidPath::path);
  return at == valid.end() ? nullptr : &*at;
}

bool LiteAgent::is_validated(const Path& path) const {
  return find(path) != nullptr;
}

bool LiteAgent::is_proven(const Path& path) const {
  const ValidPath* valid = find(path);
  return valid != nullptr && valid->is_proven;
}

std::optional<Instant> LiteAgent::last_heard() const {
  std::optional<Instant> latest;
  for (const ValidPath& valid : std::span(paths_).first(path_count_))
    latest = std::max(latest.value_or(valid.last_heard), valid.last_heard);
  return latest;
}

std::optional<Instant> LiteAgent::last_heard(const Path& path) const {
  const ValidPath* valid = find(path);
  return valid == nullptr ? std::nullopt : std::optional(valid->last_heard);
}

bool LiteAgent::has_expired(Instant now) const {
  return now >= next_timeout();
}

Instant LiteAgent::next_timeout() const {
  return last_check_ + kConsentLifetime;
}

}  // namespace lectern::ice
