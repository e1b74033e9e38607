#include "signaling/gate/permissions.h"

#include "base/digest.h"
#include "signaling/gate/header_values.h"

#include <algorithm>

namespace lectern::signaling {
namespace {

constexpr std::size_t kPersonBytes = 16;  // of a digest: no two people meet by chance
constexpr std::int64_t kSecondsPerHour = 3600;

bool is_loopback_host(std::string_view host) {
  const auto place = Authority::parse(host);
  if (!place) return false;
  if (place->host == "localhost") return true;
  const auto address = Endpoint::parse(place->host, 0);
  return address && address->is_loopback();
}

std::string digest_of(std::string_view person) {
  return to_hex(Bytes(sha256(as_bytes(person))).first(kPersonBytes));
}

Problem refusal_of(TokenFault fault) {
  switch (fault) {
    case TokenFault::kExpired:
      return {RefusalCode::kTokenExpired, "This link has expired. Ask for a new one."};
    case TokenFault::kNotYetValid:
      return {RefusalCode::kTokenInvalid, "This link is not valid yet. Try again later."};
    default:
      return {RefusalCode::kTokenInvalid, "This link is not valid here. Ask for a new one."};
  }
}

}  // namespace

bool Permissions::is_local(const Endpoint& peer, std::string_view host, bool is_forwarded) const {
  return config_.dev && !is_forwarded && peer.is_loopback() && is_loopback_host(host);
}

std::expected<Caller, Problem> Permissions::identify(std::string_view token, bool is_local,
                                                     std::int64_t unix_seconds,
                                                     Duration grace) const {
  if (token.empty()) {
    if (!is_local)
      return std::unexpected(
          Problem{RefusalCode::kTokenMissing, "This needs a token. Open the class by its link."});
    Caller caller;
    caller.is_dev = true;
    caller.token.subject = "dev";
    caller.token.class_id = "*";
    caller.token.grants = {true, true, true, true, true, true, true};
    caller.person = digest_of("dev");
    return caller;
  }
  if (authority_ == nullptr)
    return std::unexpected(
        Problem{RefusalCode::kTokenInvalid, "This server has no key to check tokens with."});
  auto verified = authority_->verify(token, unix_seconds, grace);
  if (!verified) return std::unexpected(refusal_of(verified.error()));
  Caller caller{.token = std::move(*verified), .is_dev = false, .person = {}};
  caller.person = digest_of(caller.token.person());
  return caller;
}

std::optional<Problem> Permissions::refuse(const Caller& caller, std::string_view class_id,
                                           bool Grants::* grant) {
  if (!caller.token.covers(class_id))
    return Problem{RefusalCode::kForbidden, "This link is for another class."};
  if (!(caller.token.grants.*grant))
    return Problem{RefusalCode::kForbidden, "This link does not allow that."};
  return std::nullopt;
}

bool Permissions::is_origin_allowed(std::string_view host, std::string_view origin) const {
  if (origin.empty()) return true;
  const auto asking = Origin::parse(origin);
  if (asking && asking->is_at(host)) return true;
  return std::ranges::any_of(config_.allowed_origins, [&](const std::string& text) {
    if (text == "*") return true;
    const auto allowed = Origin::parse(text);
    return asking && allowed && allowed->is_same(*asking);
  });
}

std::optional<std::int64_t> Permissions::auth_until(const Caller& caller) const {
  if (caller.is_dev) return std::nullopt;
  const Token& token = caller.token;
  if (token.auth_until != 0) return token.auth_until;
  return std::max(token.expires,
                  token.not_before + std::int64_t{config_.renewal_hours} * kSecondsPerHour);
}

bool Permissions::is_renewal_due(const Caller& caller, double spread,
                                 std::int64_t unix_seconds) const {
  if (caller.is_dev || authority_ == nullptr) return false;
  const Token& token = caller.token;
  const auto life = static_cast<double>(token.expires - token.not_before);
  if (life <= 0 || *auth_until(caller) <= token.expires) return false;
  return static_cast<double>(unix_seconds - token.not_before) >= life * (0.5 + 0.25 * spread);
}

std::optional<std::string> Permissions::renewed(Caller& caller, std::int64_t unix_seconds) const {
  Token fresh = caller.token;
  fresh.auth_until = *auth_until(caller);
  fresh.not_before = unix_seconds;
  fresh.expires =
      std::min(unix_seconds + (caller.token.expires - caller.token.not_before), fresh.auth_until);
  auto minted = authority_->mint(fresh, unix_seconds);
  if (minted) caller.token = std::move(fresh);
  return minted;
}

}  // namespace lectern::signaling
