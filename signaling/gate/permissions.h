// Who a caller is and what they may do: by token, or under --dev by being on this machine.
#pragma once

#include "base/endpoint.h"
#include "signaling/terms/caller.h"
#include "signaling/terms/config.h"
#include "signaling/terms/problems.h"
#include "signaling/terms/token.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::signaling {

// Whether the token is right but for its time: it is worth another look with some grace.
[[nodiscard]] inline bool is_late(const Problem& problem) {
  return problem.code == RefusalCode::kTokenExpired;
}

class Permissions {
 public:
  Permissions(const Config& config, const TokenAuthority* authority)
      : config_(config), authority_(authority) {}

  // [P9] Whether the peer may do without a token: --dev, a loopback peer, a loopback `host` header,
  // and no proxy that speaks for somebody else (`is_forwarded`).
  [[nodiscard]] bool is_local(const Endpoint& peer, std::string_view host, bool is_forwarded) const;

  // `token`: empty when none was shown. `grace`: how long ago it may have expired ([P73]).
  [[nodiscard]] std::expected<Caller, Problem> identify(std::string_view token, bool is_local,
                                                        std::int64_t unix_seconds,
                                                        Duration grace = Duration::zero()) const;

  // [P22] 403 unless the caller's token is for this class (`*` in the token: for all) and has the
  // grant.
  [[nodiscard]] static std::optional<Problem> refuse(const Caller& caller,
                                                     std::string_view class_id,
                                                     bool Grants::* grant);

  // [P7] An empty origin is not a browser's.
  [[nodiscard]] bool is_origin_allowed(std::string_view host, std::string_view origin) const;

  // [P23] True once the caller's token should be renewed: between half and three quarters of its
  // life. `spread` (0 to 1) says where between; pages draw it, so that tokens that were made
  // together are not all renewed together.
  [[nodiscard]] bool is_renewal_due(const Caller& caller, double spread,
                                    std::int64_t unix_seconds) const;
  // That token, which the caller has from now on; nullopt when it cannot be signed here.
  [[nodiscard]] std::optional<std::string> renewed(Caller& caller, std::int64_t unix_seconds) const;
  // [P72] The end of all renewals of the caller's token; nullopt for --dev.
  [[nodiscard]] std::optional<std::int64_t> auth_until(const Caller& caller) const;

 private:
  const Config& config_;
  const TokenAuthority* authority_;
};

}  // namespace lectern::signaling
