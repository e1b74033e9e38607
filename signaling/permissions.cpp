#include "signaling/permissions.h"

#include <algorithm>

namespace lectern::signaling {
namespace {

// `localhost:8080`, `[::1]:8080` without the port.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

bool is_loopback_host(std::string_view host) {
  const std::string_view name = without_port(host);
  if (name == "localhost") return true;
  const auto address = Endpoint::parse(name, 0);
  return address && address->is_loopback();
}

Refusal refusal_of(TokenFault fault) {
  switch (fault) {
    case TokenFault::kExpired:
      return {401, "token-expired", "This link has expired. Ask for a new one."};
    case TokenFault::kNotYetValid:
      return {401, "token-invalid", "This link is not valid yet. Try again later."};
    default:
      return {401, "token-invalid", "This link is not valid here. Ask for a new one."};
  }
}

}  // namespace

bool Permissions::is_local(const Endpoint& peer, std::string_view host) const {
  return config_.dev && peer.is_loopback() && is_loopback_host(host);
}

std::expected<Caller, Refusal> Permissions::identify(std::string_view token, bool is_local,
                                                     std::int64_t unix_seconds) const {
  if (token.empty()) {
    if (!is_local)
      return std::unexpected(
          Refusal{401, "token-missing", "This needs a token. Open the class by its link."});
    Caller caller;
    caller.is_dev = true;
    caller.token.subject = "dev";
    caller.token.class_id = "*";
    caller.token.grants = {true, true, true, true, true, true, true};
    return caller;
  }
  if (authority_ == nullptr)
    return std::unexpected(
        Refusal{401, "token-invalid", "This server has no key to check tokens with."});
  auto verified = authority_->verify(token, unix_seconds);
  if (!verified) return std::unexpected(refusal_of(verified.error()));
  return Caller{.token = std::move(*verified), .is_dev = false, .seen_at = unix_seconds};
}

std::optional<Refusal> Permissions::refuse(const Caller& caller, std::string_view class_id,
                                           bool Grants::* grant) {
  if (!caller.token.covers(class_id))
    return Refusal{403, "forbidden", "This link is for another class."};
  if (!(caller.token.grants.*grant))
    return Refusal{403, "forbidden", "This link does not allow that."};
  return std::nullopt;
}

bool Permissions::is_origin_allowed(std::string_view host, std::string_view origin) const {
  if (origin.empty()) return true;
  const auto scheme_end = origin.find("://");
  if (scheme_end != std::string_view::npos && !host.empty() &&
      origin.substr(scheme_end + 3) == host)
    return true;
  return std::ranges::any_of(config_.allowed_origins, [origin](const std::string& allowed) {
    return allowed == "*" || allowed == origin;
  });
}

std::optional<std::string> Permissions::renewed(Caller& caller, std::int64_t unix_seconds) const {
  if (caller.is_dev || authority_ == nullptr) return std::nullopt;
  const std::int64_t life = caller.token.expires - caller.token.not_before;
  if (life <= 0 || unix_seconds < caller.token.not_before + life / 2) return std::nullopt;
  Token fresh = caller.token;
  fresh.not_before = unix_seconds;
  fresh.expires = unix_seconds + life;
  auto minted = authority_->mint(fresh, unix_seconds);
  if (minted) caller.token = std::move(fresh);
  return minted;
}

}  // namespace lectern::signaling
