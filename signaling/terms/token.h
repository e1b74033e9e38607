// Who may do what, as a signed token says it (JWT, RFC 7519). Claims:
//   iss, aud "lectern", sub (a pseudonym), cls (a class, or "*"), jti, nbf, iat, exp, auth_until,
//   grants
//   {"join":true,"publish":true,"board":...,"questions":...,"poll":...,"record":...,"admin":...}
//
// Left out: revocation lists and key ids (one key a server); roles are words of the pages, grants
// are what is checked.
#pragma once

#include "base/time.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::signaling {

struct Grants {
  bool join = false;
  bool publish = false;
  bool board = false;
  bool questions = false;
  bool poll = false;
  bool record = false;
  bool admin = false;
  friend bool operator==(const Grants&, const Grants&) = default;
};

// What the two roles of the pages need.
inline constexpr Grants kTeacherGrants = {.join = true,
                                          .publish = true,
                                          .board = true,
                                          .questions = true,
                                          .poll = true,
                                          .record = true,
                                          .admin = false};
inline constexpr Grants kStudentGrants = {.join = true};

struct Token {
  std::string subject;
  std::string class_id;  // "*": every class
  Grants grants;
  std::int64_t not_before = 0;  // seconds since 1970
  std::int64_t expires = 0;
  std::string id;               // jti
  std::int64_t auth_until = 0;  // end of all renewals of this token ([P23]); 0: it does not say

  // Who this is, wherever people are compared: quotas, taking over, the owner of a session. Tokens
  // without `sub` are as many persons as there are tokens, so they never share anything.
  [[nodiscard]] std::string person() const {
    return subject.empty() ? "jti:" + id : "sub:" + subject;
  }
  [[nodiscard]] bool covers(std::string_view class_name) const {
    return class_id == "*" || class_id == class_name;
  }
  friend bool operator==(const Token&, const Token&) = default;
};

enum class TokenFault : std::uint8_t {
  kMalformed,       // not a JWT, or a claim is missing or of a wrong type
  kWrongAlgorithm,  // signed, or claimed to be signed, with another algorithm than the server's key
  kBadSignature,
  kWrongAudience,
  kNotYetValid,
  kExpired,
};

class TokenAuthority {
 public:
  TokenAuthority() = default;
  TokenAuthority(const TokenAuthority&) = delete;
  TokenAuthority& operator=(const TokenAuthority&) = delete;
  virtual ~TokenAuthority() = default;

  // `unix_seconds`: now. nbf and exp are taken with 5 s of leeway for clocks that differ. `grace`:
  // how long ago the token may have expired; its auth_until may not.
  [[nodiscard]] virtual std::expected<Token, TokenFault> verify(std::string_view jwt,
                                                                std::int64_t unix_seconds,
                                                                Duration grace) const = 0;
  [[nodiscard]] std::expected<Token, TokenFault> verify(std::string_view jwt,
                                                        std::int64_t unix_seconds) const {
    return verify(jwt, unix_seconds, Duration::zero());
  }
  // The signed token; nullopt when this authority holds only a public key.
  [[nodiscard]] virtual std::optional<std::string> mint(const Token& token,
                                                        std::int64_t unix_seconds) const = 0;
};

}  // namespace lectern::signaling
