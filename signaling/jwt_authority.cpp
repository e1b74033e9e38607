#include "signaling/jwt_authority.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "media/control/json_view.h"

#include <jwt.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

namespace lectern::signaling {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kAudience = "lectern";
constexpr std::int64_t kLeeway = 5;  // seconds that two clocks may differ
constexpr std::size_t kMaxToken = 4096;
constexpr std::size_t kMinSecret = 32;  // RFC 7518 §3.2

struct NamedGrant {
  const char* name;
  bool Grants::* grant;
};
constexpr std::array<NamedGrant, 7> kGrants = {{{"join", &Grants::join},
                                                {"publish", &Grants::publish},
                                                {"board", &Grants::board},
                                                {"questions", &Grants::questions},
                                                {"poll", &Grants::poll},
                                                {"record", &Grants::record},
                                                {"admin", &Grants::admin}}};

struct FreeJwt {
  void operator()(jwt_t* jwt) const { jwt_free(jwt); }
};
using OwnedJwt = std::unique_ptr<jwt_t, FreeJwt>;

struct FreeText {
  void operator()(char* text) const { std::free(text); }
};
using OwnedText = std::unique_ptr<char, FreeText>;

const unsigned char* key_bytes(const std::string& key) {
  return reinterpret_cast<const unsigned char*>(key.data());
}

// The `alg` that the token's header claims; empty when it cannot be read.
std::string claimed_algorithm(std::string_view token) {
  const auto header = from_base64url(token.substr(0, token.find('.')));
  if (!header) return {};
  const auto json = control::parse_json_object(as_text(*header));
  if (!json) return {};
  return std::string(control::text_member(*json, "alg").value_or(""));
}

bool is_for_us(const Json& claims) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  if (audience->is_string()) return audience->get_ref<const std::string&>() == kAudience;
  return audience->is_array() && std::ranges::any_of(*audience, [](const Json& item) {
           return item.is_string() && item.get_ref<const std::string&>() == kAudience;
         });
}

// NumericDate (RFC 7519 §2) in whole seconds; nullopt when missing or absurd.
std::optional<std::int64_t> date(const Json& claims, const char* name) {
  const auto seconds = control::number_member(claims, name);
  if (!seconds || !(*seconds >= 0 && *seconds < 1e12)) return std::nullopt;
  return static_cast<std::int64_t>(*seconds);
}

std::expected<Token, TokenFault> read_claims(const Json& claims, std::int64_t now) {
  if (!is_for_us(claims)) return std::unexpected(TokenFault::kWrongAudience);
  const auto expires = date(claims, "exp");
  const auto class_id = control::text_member(claims, "cls");
  const auto grants = claims.find("grants");
  if (!expires || !class_id || grants == claims.end() || !grants->is_object())
    return std::unexpected(TokenFault::kMalformed);
  Token token;
  token.expires = *expires;
  token.not_before = date(claims, "nbf").value_or(date(claims, "iat").value_or(now));
  token.class_id = *class_id;
  token.subject = control::text_member(claims, "sub").value_or("");
  token.id = control::text_member(claims, "jti").value_or("");
  for (const NamedGrant& named : kGrants)
    token.grants.*named.grant = control::bool_member(*grants, named.name).value_or(false);
  if (now + kLeeway < token.not_before) return std::unexpected(TokenFault::kNotYetValid);
  if (now - kLeeway >= token.expires) return std::unexpected(TokenFault::kExpired);
  return token;
}

class JwtAuthority : public TokenAuthority {
 public:
  JwtAuthority(jwt_alg_t algorithm, std::string verify_key, std::string sign_key)
      : algorithm_(algorithm), verify_key_(std::move(verify_key)), sign_key_(std::move(sign_key)) {}

  [[nodiscard]] std::expected<Token, TokenFault> verify(std::string_view jwt,
                                                        std::int64_t unix_seconds) const override {
    if (jwt.size() > kMaxToken || jwt.find('\0') != std::string_view::npos)
      return std::unexpected(TokenFault::kMalformed);
    const std::string algorithm = claimed_algorithm(jwt);
    if (algorithm.empty()) return std::unexpected(TokenFault::kMalformed);
    if (algorithm != jwt_alg_str(algorithm_)) return std::unexpected(TokenFault::kWrongAlgorithm);
    jwt_t* raw = nullptr;
    const int failed = jwt_decode(&raw, std::string(jwt).c_str(), key_bytes(verify_key_),
                                  static_cast<int>(verify_key_.size()));
    const OwnedJwt decoded(failed == 0 ? raw : nullptr);
    if (decoded == nullptr || jwt_get_alg(decoded.get()) != algorithm_)
      return std::unexpected(TokenFault::kBadSignature);
    const OwnedText text(jwt_get_grants_json(decoded.get(), nullptr));
    if (text == nullptr) return std::unexpected(TokenFault::kMalformed);
    const auto claims = control::parse_json_object(text.get());
    if (!claims) return std::unexpected(TokenFault::kMalformed);
    return read_claims(*claims, unix_seconds);
  }

  [[nodiscard]] std::optional<std::string> mint(const Token& token,
                                                std::int64_t unix_seconds) const override {
    if (sign_key_.empty()) return std::nullopt;
    jwt_t* raw = nullptr;
    if (jwt_new(&raw) != 0) return std::nullopt;
    const OwnedJwt jwt(raw);
    const std::string claims =
        claims_of(token, unix_seconds).dump(-1, ' ', true, Json::error_handler_t::replace);
    if (jwt_set_alg(jwt.get(), algorithm_, key_bytes(sign_key_),
                    static_cast<int>(sign_key_.size())) != 0 ||
        jwt_add_grants_json(jwt.get(), claims.c_str()) != 0)
      return std::nullopt;
    const OwnedText text(jwt_encode_str(jwt.get()));
    if (text == nullptr) return std::nullopt;
    return std::string(text.get());
  }

 private:
  static Json claims_of(const Token& token, std::int64_t unix_seconds) {
    Json grants = Json::object();
    for (const NamedGrant& named : kGrants)
      if (token.grants.*named.grant) grants[named.name] = true;
    return {{"iss", "lectern"},      {"aud", kAudience},     {"sub", token.subject},
            {"cls", token.class_id}, {"jti", token.id},      {"nbf", token.not_before},
            {"iat", unix_seconds},   {"exp", token.expires}, {"grants", grants}};
  }

  jwt_alg_t algorithm_;
  std::string verify_key_;
  std::string sign_key_;  // empty: cannot mint
};

}  // namespace

Result<std::unique_ptr<TokenAuthority>> make_hs256_authority(const std::string& secret) {
  if (secret.size() < kMinSecret || secret.size() > std::numeric_limits<int>::max())
    return error("The token secret must have at least 32 bytes.");
  return std::make_unique<JwtAuthority>(JWT_ALG_HS256, secret, secret);
}

Result<std::unique_ptr<TokenAuthority>> make_es256_authority(const std::string& pem) {
  if (pem.find("BEGIN PUBLIC KEY") == std::string::npos)
    return error("The token key must hold a P-256 public key in PEM (BEGIN PUBLIC KEY).");
  const bool can_mint = pem.find("PRIVATE KEY") != std::string::npos;
  // OpenSSL takes of a text with several blocks the one that it needs.
  auto authority =
      std::make_unique<JwtAuthority>(JWT_ALG_ES256, pem, can_mint ? pem : std::string());
  if (!can_mint) return authority;
  // The two keys must be one pair: what one signs, the other verifies.
  const Token probe{.subject = "", .class_id = "*", .grants = {}, .expires = 60, .id = ""};
  const auto minted = authority->mint(probe, 0);
  if (!minted || !authority->verify(*minted, 0))
    return error("The token's private key is no P-256 key in PEM, or is not the public key's.");
  return authority;
}

}  // namespace lectern::signaling
