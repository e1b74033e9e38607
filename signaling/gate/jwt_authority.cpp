#include "signaling/gate/jwt_authority.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "base/json.h"

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
constexpr std::size_t kMinSecret = 32;      // RFC 7518 §3.2
constexpr std::size_t kNamelessBytes = 16;  // of a digest, in place of a missing jti

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
  const auto json = parse_json_object(as_text(*header));
  // RFC 7515 §4.1.11: no extension is understood here, so none may be critical.
  if (!json || json->contains("crit")) return {};
  return std::string(text_member(*json, "alg").value_or(""));
}

bool is_for_us(const Json& claims) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  if (audience->is_string()) return audience->get_ref<const std::string&>() == kAudience;
  return audience->is_array() && std::ranges::any_of(*audience, [](const Json& item) {
           return item.is_string() && item.get_ref<const std::string&>() == kAudience;
         });
}

// Reads claims one by one. A claim that is there and is not what RFC 7519 §4.1 says makes the whole
// token malformed: ignoring a bad `nbf` would widen what its issuer meant to narrow.
class Claims {
 public:
  explicit Claims(const Json& claims) : claims_(claims) {}

  // NumericDate (RFC 7519 §2) in whole seconds; a fraction is cut off.
  std::optional<std::int64_t> date(const char* name) {
    const Json* claim = find(name);
    if (claim == nullptr) return std::nullopt;
    const double seconds = claim->is_number() ? claim->get<double>() : -1;
    // Year 33658; whatever is above was not meant as seconds.
    if (!(seconds >= 0 && seconds < 1e12)) return fault<std::int64_t>();
    return static_cast<std::int64_t>(seconds);
  }
  std::optional<std::string> text(const char* name) {
    const Json* claim = find(name);
    if (claim == nullptr) return std::nullopt;
    if (!claim->is_string()) return fault<std::string>();
    return claim->get<std::string>();
  }
  std::optional<Grants> grants() {
    const Json* claim = find("grants");
    if (claim == nullptr || !claim->is_object()) return fault<Grants>();
    Grants grants;
    for (const NamedGrant& named : kGrants) {
      const auto member = claim->find(named.name);
      if (member == claim->end()) continue;
      if (!member->is_boolean()) return fault<Grants>();
      grants.*named.grant = member->get<bool>();
    }
    return grants;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  [[nodiscard]] const Json* find(const char* name) const {
    const auto found = claims_.find(name);
    return found == claims_.end() ? nullptr : &*found;
  }
  template <typename T>
  std::optional<T> fault() {
    ok_ = false;
    return std::nullopt;
  }

  const Json& claims_;
  bool ok_ = true;
};

std::expected<Token, TokenFault> read_claims(const Json& json, std::int64_t now, Duration grace) {
  if (!is_for_us(json)) return std::unexpected(TokenFault::kWrongAudience);
  Claims claims(json);
  const auto expires = claims.date("exp");
  const auto issued = claims.date("iat");
  const auto not_before = claims.date("nbf");
  const auto auth_until = claims.date("auth_until");
  const auto class_id = claims.text("cls");
  const auto grants = claims.grants();
  Token token;
  token.subject = claims.text("sub").value_or("");
  token.id = claims.text("jti").value_or("");
  (void)claims.text("iss");
  if (!claims.ok() || !expires || !class_id) return std::unexpected(TokenFault::kMalformed);
  token.expires = *expires;
  token.not_before = not_before.value_or(issued.value_or(now));
  token.auth_until = auth_until.value_or(0);
  token.class_id = *class_id;
  token.grants = *grants;
  if (now + kLeeway < token.not_before) return std::unexpected(TokenFault::kNotYetValid);
  if (now - kLeeway - grace.ms() / 1000 >= token.expires)
    return std::unexpected(TokenFault::kExpired);
  if (auth_until && now - kLeeway >= *auth_until) return std::unexpected(TokenFault::kExpired);
  return token;
}

class JwtAuthority : public TokenAuthority {
 public:
  JwtAuthority(jwt_alg_t algorithm, std::string verify_key, std::string sign_key)
      : algorithm_(algorithm), verify_key_(std::move(verify_key)), sign_key_(std::move(sign_key)) {}

  using TokenAuthority::verify;
  [[nodiscard]] std::expected<Token, TokenFault> verify(std::string_view jwt,
                                                        std::int64_t unix_seconds,
                                                        Duration grace) const override {
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
    const auto claims = parse_json_object(text.get());
    if (!claims) return std::unexpected(TokenFault::kMalformed);
    auto token = read_claims(*claims, unix_seconds, grace);
    // A token that names nobody is a person of its own: what was signed is its name.
    if (token && token->subject.empty() && token->id.empty())
      token->id = to_hex(Bytes(sha256(as_bytes(jwt))).first(kNamelessBytes));
    return token;
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
    Json claims = {{"iss", "lectern"},      {"aud", kAudience},     {"sub", token.subject},
                   {"cls", token.class_id}, {"jti", token.id},      {"nbf", token.not_before},
                   {"iat", unix_seconds},   {"exp", token.expires}, {"grants", grants}};
    if (token.auth_until != 0) claims["auth_until"] = token.auth_until;
    return claims;
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
