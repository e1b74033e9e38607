#include "signaling/gate/jwt_authority.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "signaling/gate/permissions.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>

namespace lectern::signaling {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
const std::string kSecret = "0123456789abcdef0123456789abcdef";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string text_of(BIO* bio) {
  std::string text(BIO_ctrl_pending(bio), '\0');
  BIO_read(bio, text.data(), static_cast<int>(text.size()));
  return text;
}

// A fresh P-256 pair in PEM.
struct KeyPair {
  KeyPair() {
    const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<BIO, FreeBio> secret(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    private_pem = text_of(secret.get());
    const std::unique_ptr<BIO, FreeBio> open(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(open.get(), key.get());
    public_pem = text_of(open.get());
  }
  std::string private_pem;
  std::string public_pem;
};

Token student_token() {
  return {.subject = "s-17",
          .class_id = "physics",
          .grants = kStudentGrants,
          .not_before = kNow,
          .expires = kNow + 600,
          .id = "t-1"};
}

std::unique_ptr<TokenAuthority> hs256() {
  return *make_hs256_authority(kSecret);
}

// A JWT with any header and claims, signed HS256 with any key.
std::string signed_by_hand(std::string_view header, std::string_view claims,
                           const std::string& key) {
  const std::string signed_part =
      to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(claims));
  return signed_part + "." + to_base64url(hmac_sha256(as_bytes(key), as_bytes(signed_part)));
}

TEST(JwtAuthority, P20ATokenComesBackAsItWasMinted) {
  const auto authority = hs256();
  Token token = student_token();
  token.grants.admin = true;
  const auto jwt = authority->mint(token, kNow);
  ASSERT_TRUE(jwt.has_value());
  EXPECT_EQ(authority->verify(*jwt, kNow), token);
}

TEST(JwtAuthority, P20Es256VerifiesWithThePublicKeyAlone) {
  const KeyPair keys;
  // In either order.
  ASSERT_TRUE(make_es256_authority(keys.private_pem + keys.public_pem).has_value());
  const auto both = make_es256_authority(keys.public_pem + keys.private_pem);
  ASSERT_TRUE(both.has_value()) << both.error().context;
  const auto public_only = make_es256_authority(keys.public_pem);
  ASSERT_TRUE(public_only.has_value());
  const auto jwt = (*both)->mint(student_token(), kNow);
  ASSERT_TRUE(jwt.has_value());
  EXPECT_EQ((*public_only)->verify(*jwt, kNow), student_token());
  EXPECT_EQ((*public_only)->mint(student_token(), kNow), std::nullopt);
}

TEST(JwtAuthority, KeysThatCannotWorkAreRefusedAtOnce) {
  EXPECT_FALSE(make_hs256_authority("short").has_value());
  const KeyPair keys;
  EXPECT_FALSE(make_es256_authority(keys.private_pem).has_value());
  EXPECT_FALSE(make_es256_authority(keys.public_pem + KeyPair().private_pem).has_value());
  EXPECT_FALSE(make_es256_authority("").has_value());
  EXPECT_FALSE(make_es256_authority(keys.public_pem +
                                    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
                   .has_value());
}

TEST(JwtAuthority, P22TimesAreJudgedWithFiveSecondsOfLeeway) {
  const auto authority = hs256();
  const std::string jwt = *authority->mint(student_token(), kNow);
  EXPECT_TRUE(authority->verify(jwt, kNow - 5).has_value());
  EXPECT_EQ(authority->verify(jwt, kNow - 6).error(), TokenFault::kNotYetValid);
  EXPECT_TRUE(authority->verify(jwt, kNow + 604).has_value());
  EXPECT_EQ(authority->verify(jwt, kNow + 605).error(), TokenFault::kExpired);
}

TEST(JwtAuthority, P22AChangedTokenIsRefused) {
  const auto authority = hs256();
  std::string jwt = *authority->mint(student_token(), kNow);
  EXPECT_EQ((*make_hs256_authority(kSecret + "x"))->verify(jwt, kNow).error(),
            TokenFault::kBadSignature);
  const auto dot = jwt.find('.');
  jwt[dot + 5] = jwt[dot + 5] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authority->verify(jwt, kNow).has_value());
  for (const std::string& junk : {std::string(), std::string("."), std::string(".."),
                                  std::string("a.b.c"), std::string(5000, 'a'), jwt.substr(0, dot),
                                  std::string("e30.e30."), std::string("a\0b", 3)})
    EXPECT_FALSE(authority->verify(junk, kNow).has_value()) << junk;
}

TEST(JwtAuthority, P22TheAlgorithmIsTheKeysNotTheTokens) {
  const std::string claims =
      R"({"aud":"lectern","cls":"*","exp":1900000000,"grants":{"admin":true}})";
  const KeyPair keys;
  const auto es256 = make_es256_authority(keys.public_pem);
  ASSERT_TRUE(es256.has_value());
  // The public key's text as an HMAC secret (RFC 8725 §2.1), and no signature at all.
  EXPECT_EQ(
      (*es256)
          ->verify(signed_by_hand(R"({"alg":"HS256","typ":"JWT"})", claims, keys.public_pem), kNow)
          .error(),
      TokenFault::kWrongAlgorithm);
  const std::string unsigned_jwt =
      to_base64url(as_bytes(R"({"alg":"none"})")) + "." + to_base64url(as_bytes(claims)) + ".";
  EXPECT_EQ((*es256)->verify(unsigned_jwt, kNow).error(), TokenFault::kWrongAlgorithm);
  EXPECT_EQ(hs256()->verify(unsigned_jwt, kNow).error(), TokenFault::kWrongAlgorithm);
}

TEST(JwtAuthority, P22WhatIsCriticalAndNotUnderstoodIsRefused) {
  const std::string claims = R"({"aud":"lectern","cls":"*","exp":1900000000,"grants":{}})";
  const auto verdict = [&](const std::string& header) {
    return hs256()->verify(signed_by_hand(header, claims, kSecret), kNow);
  };
  EXPECT_TRUE(verdict(R"({"alg":"HS256","x":1})").has_value());
  EXPECT_EQ(verdict(R"({"alg":"HS256","crit":["x"],"x":1})").error(), TokenFault::kMalformed);
}

TEST(JwtAuthority, P20ClaimsThatAreMissingOrForOthersAreRefused) {
  const auto authority = hs256();
  const auto fault = [&](std::string_view claims) {
    const auto token =
        authority->verify(signed_by_hand(R"({"alg":"HS256","typ":"JWT"})", claims, kSecret), kNow);
    return token ? std::optional<TokenFault>() : token.error();
  };
  EXPECT_EQ(fault(R"({"aud":"lectern","cls":"a","exp":1900000000,"grants":{}})"), std::nullopt);
  EXPECT_EQ(fault(R"({"aud":["x","lectern"],"cls":"a","exp":1900000000,"grants":{}})"),
            std::nullopt);
  EXPECT_EQ(fault(R"({"aud":"other","cls":"a","exp":1900000000,"grants":{}})"),
            TokenFault::kWrongAudience);
  EXPECT_EQ(fault(R"({"cls":"a","exp":1900000000,"grants":{}})"), TokenFault::kWrongAudience);
  EXPECT_EQ(fault(R"({"aud":"lectern","exp":1900000000,"grants":{}})"), TokenFault::kMalformed);
  EXPECT_EQ(fault(R"({"aud":"lectern","cls":"a","grants":{}})"), TokenFault::kMalformed);
  EXPECT_EQ(fault(R"({"aud":"lectern","cls":"a","exp":"soon","grants":{}})"),
            TokenFault::kMalformed);
  EXPECT_EQ(fault(R"({"aud":"lectern","cls":"a","exp":-1,"grants":{}})"), TokenFault::kMalformed);
  EXPECT_EQ(fault(R"({"aud":"lectern","cls":"a","exp":1900000000,"grants":true})"),
            TokenFault::kMalformed);
}

TEST(Permissions, P9ThisMachineMeansALoopbackPeerAndALoopbackName) {
  Config config;
  config.dev = true;
  const Permissions permissions(config, nullptr);
  const Endpoint loopback = Endpoint::v4(127, 0, 0, 1, 5000);
  for (const char* host : {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"})
    EXPECT_TRUE(permissions.is_local(loopback, host, false)) << host;
  for (const char* host : {"", "school.example", "localhost.school.example", "10.0.0.1:8080",
                           "[2001:db8::1]:8080", "[::1", "127.0.0.1.evil.example"})
    EXPECT_FALSE(permissions.is_local(loopback, host, false)) << host;
  EXPECT_FALSE(permissions.is_local(Endpoint::v4(192, 0, 2, 1, 5000), "localhost", false));
  config.dev = false;
  EXPECT_FALSE(permissions.is_local(loopback, "localhost", false));
}

TEST(Permissions, P7OriginsAreTheOwnHostOrOnTheList) {
  Config config;
  config.allowed_origins = {"https://school.example"};
  const Permissions permissions(config, nullptr);
  EXPECT_TRUE(permissions.is_origin_allowed("localhost:8080", ""));
  EXPECT_TRUE(permissions.is_origin_allowed("localhost:8080", "http://localhost:8080"));
  EXPECT_TRUE(permissions.is_origin_allowed("localhost:8080", "https://school.example"));
  for (const char* origin : {"http://localhost:8081", "http://localhost", "https://evil.example",
                             "null", "https://school.example.evil", "localhost:8080"})
    EXPECT_FALSE(permissions.is_origin_allowed("localhost:8080", origin)) << origin;
  EXPECT_FALSE(permissions.is_origin_allowed("", "http://"));
}

TEST(Permissions, P9AProxyThatSpeaksForSomebodyIsNotThisMachine) {
  Config config;
  config.dev = true;
  const Permissions permissions(config, nullptr);
  const Endpoint loopback = Endpoint::v4(127, 0, 0, 1, 5000);
  EXPECT_FALSE(permissions.is_local(loopback, "localhost", true));
  for (const char* host : {"LOCALHOST", "localhost.", "LocalHost:8080"})
    EXPECT_TRUE(permissions.is_local(loopback, host, false)) << host;
}

TEST(Permissions, P7DefaultPortsCaseAndTheRootsDotAreNoDifference) {
  Config config;
  config.allowed_origins = {"https://School.example", "http://intranet:80"};
  const Permissions permissions(config, nullptr);
  const auto is_allowed = [&](const char* host, const char* origin) {
    return permissions.is_origin_allowed(host, origin);
  };
  EXPECT_TRUE(is_allowed("x:443", "https://x"));
  EXPECT_TRUE(is_allowed("x", "https://x:443"));
  EXPECT_TRUE(is_allowed("x:80", "http://x"));
  EXPECT_TRUE(is_allowed("x", "http://x:80"));
  EXPECT_TRUE(is_allowed("X.example.", "https://x.EXAMPLE"));
  EXPECT_TRUE(is_allowed("x.example:8443", "https://x.example.:8443"));
  EXPECT_TRUE(is_allowed("[::1]:443", "https://[::1]"));
  EXPECT_TRUE(is_allowed("other", "HTTPS://school.example:443"));
  EXPECT_TRUE(is_allowed("other", "http://intranet"));
  EXPECT_FALSE(is_allowed("x:80", "https://x"));
  EXPECT_FALSE(is_allowed("x:443", "http://x"));
  EXPECT_FALSE(is_allowed("x", "https://x:8443"));
  EXPECT_FALSE(is_allowed("other", "http://school.example"));
  for (const char* origin : {"https://x/", "https://x:443:443", "https://x:+443", "https://a@x",
                             "https://", "https://:443", "ftp://x", "https://x:99999", "//x"})
    EXPECT_FALSE(is_allowed("x", origin)) << origin;
}

Caller caller_of(const Permissions& permissions, const TokenAuthority& authority,
                 const Token& token) {
  return *permissions.identify(*authority.mint(token, kNow), false, kNow);
}

TEST(Permissions, P23ATokenIsRenewedAfterHalfItsLifeAndUpToAQuarterMore) {
  Config config;
  const auto authority = hs256();
  const Permissions permissions(config, authority.get());
  Caller caller = caller_of(permissions, *authority, student_token());
  EXPECT_FALSE(permissions.is_renewal_due(caller, 0, kNow + 299));
  EXPECT_TRUE(permissions.is_renewal_due(caller, 0, kNow + 300));
  EXPECT_FALSE(permissions.is_renewal_due(caller, 1, kNow + 449));
  EXPECT_TRUE(permissions.is_renewal_due(caller, 1, kNow + 450));
  const auto fresh = permissions.renewed(caller, kNow + 300);
  ASSERT_TRUE(fresh.has_value());
  Token expected = student_token();
  expected.not_before = kNow + 300;
  expected.expires = kNow + 900;
  expected.auth_until = kNow + 12 * 3600;
  EXPECT_EQ(authority->verify(*fresh, kNow + 300), expected);
  EXPECT_FALSE(permissions.is_renewal_due(caller, 0, kNow + 301));
}

TEST(Permissions, P72RenewalsEndAtAuthUntil) {
  Config config;
  config.renewal_hours = 1;
  const auto authority = hs256();
  const Permissions permissions(config, authority.get());
  Caller caller = caller_of(permissions, *authority, student_token());
  std::int64_t now = kNow;
  int renewals = 0;
  for (; now < kNow + 3 * 3600; now += 10) {
    if (!permissions.is_renewal_due(caller, 0.5, now)) continue;
    const auto fresh = permissions.renewed(caller, now);
    ASSERT_TRUE(fresh.has_value());
    EXPECT_TRUE(authority->verify(*fresh, now).has_value());
    ++renewals;
  }
  EXPECT_GT(renewals, 5);
  EXPECT_LE(renewals, 12);
  EXPECT_EQ(caller.token.expires, kNow + 3600);
  EXPECT_EQ(permissions.auth_until(caller), kNow + 3600);
  // A token says its own end, which outranks what the server would give.
  Token strict = student_token();
  strict.auth_until = kNow + 300;
  const std::string jwt = *authority->mint(strict, kNow);
  EXPECT_EQ(permissions.auth_until(*permissions.identify(jwt, false, kNow)), kNow + 300);
  EXPECT_EQ(authority->verify(jwt, kNow + 305).error(), TokenFault::kExpired);
  EXPECT_EQ(authority->verify(jwt, kNow + 305, Duration::seconds(600)).error(),
            TokenFault::kExpired);
}

TEST(JwtAuthority, P74EachClaimIsOfItsTypeOrTheTokenIsMalformed) {
  const auto authority = hs256();
  const auto fault = [&](const std::string& claims) {
    const std::string all =
        R"({"aud":"lectern","cls":"a","exp":1900000000,"grants":{},)" + claims + "}";
    const auto token =
        authority->verify(signed_by_hand(R"({"alg":"HS256","typ":"JWT"})", all, kSecret), kNow);
    return token ? std::optional<TokenFault>() : token.error();
  };
  for (const char* claims :
       {R"("nbf":"soon")", R"("nbf":-1)", R"("nbf":null)", R"("nbf":true)", R"("nbf":[1])",
        R"("nbf":1e300)", R"("iat":"x")", R"("iat":-5)", R"("iat":{})", R"("auth_until":"x")",
        R"("sub":7)", R"("sub":null)", R"("sub":["a"])", R"("jti":7)", R"("iss":7)",
        R"("grants":{"join":1})", R"("grants":{"publish":"true"})", R"("cls":7)"})
    EXPECT_EQ(fault(claims), TokenFault::kMalformed) << claims;
  for (const char* claims :
       {R"("nbf":1700000000.5)", R"("iat":1700000000)", R"("sub":"a","jti":"b","iss":"c")",
        R"("grants":{"join":true,"unknown":1})", R"("other":[1,2])"})
    EXPECT_EQ(fault(claims), std::nullopt) << claims;
}

TEST(JwtAuthority, P75TokensWithoutSubjectAreAsManyPersons) {
  const auto authority = hs256();
  Config config;
  const Permissions permissions(config, authority.get());
  const auto person = [&](std::string subject, std::string id, std::int64_t expires = kNow + 600) {
    Token token = student_token();
    token.subject = std::move(subject);
    token.id = std::move(id);
    token.expires = expires;
    return caller_of(permissions, *authority, token).person;
  };
  EXPECT_EQ(person("s", "1"), person("s", "2"));
  EXPECT_NE(person("s", "1"), person("t", "1"));
  EXPECT_EQ(person("", "1"), person("", "1"));
  EXPECT_NE(person("", "1"), person("", "2"));
  EXPECT_NE(person("", "1"), person("1", ""));
  EXPECT_NE(person("", ""), person("", "", kNow + 601));
  EXPECT_EQ(person("", ""), person("", ""));
  EXPECT_NE(person("dev", ""), permissions.identify("", true, kNow).value_or(Caller{}).person);
}

}  // namespace
}  // namespace lectern::signaling
