#include "signaling/jwt_authority.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "signaling/permissions.h"

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
    EXPECT_TRUE(permissions.is_local(loopback, host)) << host;
  for (const char* host : {"", "school.example", "localhost.school.example", "10.0.0.1:8080",
                           "[2001:db8::1]:8080", "[::1", "127.0.0.1.evil.example"})
    EXPECT_FALSE(permissions.is_local(loopback, host)) << host;
  EXPECT_FALSE(permissions.is_local(Endpoint::v4(192, 0, 2, 1, 5000), "localhost"));
  config.dev = false;
  EXPECT_FALSE(permissions.is_local(loopback, "localhost"));
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

TEST(Permissions, P23ATokenIsRenewedAfterHalfItsLife) {
  Config config;
  const auto authority = hs256();
  const Permissions permissions(config, authority.get());
  auto caller = permissions.identify(*authority->mint(student_token(), kNow), false, kNow);
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(permissions.renewed(*caller, kNow + 299), std::nullopt);
  const auto fresh = permissions.renewed(*caller, kNow + 300);
  ASSERT_TRUE(fresh.has_value());
  Token expected = student_token();
  expected.not_before = kNow + 300;
  expected.expires = kNow + 900;
  EXPECT_EQ(authority->verify(*fresh, kNow + 300), expected);
  EXPECT_EQ(permissions.renewed(*caller, kNow + 301), std::nullopt);
}

}  // namespace
}  // namespace lectern::signaling
