#include "media/dtls/endpoint.h"

#include "base/rng.h"
#include "tests/unit/media/dtls/endpoint_pair.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <optional>

namespace lectern::dtls {
namespace {

bool operator_equal(const srtp::MasterKey& a, const srtp::MasterKey& b) {
  return a.key == b.key && a.salt == b.salt;
}

TEST(Certificate, FingerprintIsWrittenAsRfc8122Has) {
  Fingerprint fingerprint{};
  fingerprint[0] = 0xab;
  fingerprint[31] = 0x0c;
  const std::string text = to_sdp(fingerprint);
  EXPECT_EQ(text.size(), 95U);
  EXPECT_EQ(text.substr(0, 6), "AB:00:");
  EXPECT_EQ(text.substr(92), ":0C");
}

TEST(Certificate, IsANewOneEachTime) {
  EXPECT_NE(Certificate::generate().fingerprint(), Certificate::generate().fingerprint());
}

struct ProfileCase {
  Profiles client;
  Profiles server;
  srtp::Profile agreed;
};

class EndpointProfiles : public testing::TestWithParam<ProfileCase> {};

TEST_P(EndpointProfiles, BothSidesExportTheSameKeysCrosswise) {
  EndpointPair pair;
  pair.begin(GetParam().client, GetParam().server);
  pair.run();
  ASSERT_TRUE(pair.both_are_connected());
  const auto client = pair.client.endpoint->take_keying_material();
  const auto server = pair.server.endpoint->take_keying_material();
  ASSERT_TRUE(client && server);
  EXPECT_EQ(client->profile, GetParam().agreed);
  EXPECT_EQ(server->profile, GetParam().agreed);
  EXPECT_TRUE(operator_equal(client->send, server->receive));
  EXPECT_TRUE(operator_equal(client->receive, server->send));
  EXPECT_FALSE(operator_equal(client->send, client->receive));
  EXPECT_FALSE(pair.client.endpoint->take_keying_material());
}

// The server's order decides.
INSTANTIATE_TEST_SUITE_P(All, EndpointProfiles,
                         testing::Values(ProfileCase{Profiles::kGcmThenCm, Profiles::kGcmThenCm,
                                                     srtp::Profile::kAeadAes128Gcm},
                                         ProfileCase{Profiles::kGcmThenCm, Profiles::kCmThenGcm,
                                                     srtp::Profile::kAesCm128HmacSha1_80},
                                         ProfileCase{Profiles::kGcmOnly, Profiles::kCmThenGcm,
                                                     srtp::Profile::kAeadAes128Gcm},
                                         ProfileCase{Profiles::kCmOnly, Profiles::kGcmThenCm,
                                                     srtp::Profile::kAesCm128HmacSha1_80}));

TEST(Endpoint, TakesTwoRoundTripsAndSmallDatagrams) {
  EndpointPair pair;
  pair.begin();
  pair.run();
  ASSERT_TRUE(pair.both_are_connected());
  EXPECT_EQ(pair.now, Instant() + 4 * EndpointPair::kDelay);
  EXPECT_LT(pair.sent.front().second.size(), 300U) << "our hello";
  for (const auto& [is_from_client, datagram] : pair.sent) {
    EXPECT_LE(datagram.size(), static_cast<size_t>(kMtu));
  }
}

// Runs until the client has its keys; how long that took, nothing if it never did.
std::optional<Duration> until_keys(EndpointPair& pair) {
  for (int step = 0; step < 100; ++step) {
    pair.run(Duration::milliseconds(1));
    if (pair.client.endpoint->take_keying_material()) return pair.now - Instant();
    pair.now = pair.now + Duration::milliseconds(1);
  }
  return std::nullopt;
}

TEST(Endpoint, ClientHasItsKeysARoundTripBeforeItIsConnected) {
  EndpointPair pair;
  pair.begin();
  const auto span = until_keys(pair);
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(pair.client.endpoint->state(), State::kHandshaking);
  EXPECT_LE(*span, 2 * EndpointPair::kDelay + Duration::milliseconds(2));
  pair.run();
  EXPECT_TRUE(pair.both_are_connected());
}

TEST(Endpoint, ClientHasNoEarlyKeysWithACipherThatIsNoAead) {
  EndpointPair pair;
  ASSERT_EQ(SSL_CTX_set_cipher_list(pair.server.context.native(), "ECDHE-ECDSA-AES128-SHA"), 1);
  pair.begin();
  const auto span = until_keys(pair);
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(pair.client.endpoint->state(), State::kConnected);
  EXPECT_GE(*span, 4 * EndpointPair::kDelay);
}

// Each of the suites that a context names, with what its record layer needs of OpenSSL.
TEST(Endpoint, SpeaksEverySuiteItOffers) {
  for (const char* suite : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
                            "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"}) {
    EndpointPair pair;
    ASSERT_EQ(SSL_CTX_set_cipher_list(pair.server.context.native(), suite), 1);
    pair.begin();
    pair.run();
    EXPECT_TRUE(pair.both_are_connected()) << suite;
  }
}

TEST(Endpoint, ClientHasNoKeysForAServerThatIsAnother) {
  EndpointPair pair;
  pair.wrong_server = true;
  pair.begin();
  EXPECT_FALSE(until_keys(pair));
}

TEST(Endpoint, FailsOnAWrongFingerprintOfTheServer) {
  EndpointPair pair;
  pair.wrong_server = true;
  pair.begin();
  pair.run();
  EXPECT_EQ(pair.client.endpoint->failure(), Failure::kWrongFingerprint);
  EXPECT_EQ(pair.server.endpoint->failure(), Failure::kProtocol) << "our alert got through";
  EXPECT_FALSE(pair.client.endpoint->take_keying_material());
}

TEST(Endpoint, FailsOnAWrongFingerprintOfTheClient) {
  EndpointPair pair;
  pair.wrong_client = true;
  pair.begin();
  pair.run();
  EXPECT_EQ(pair.server.endpoint->failure(), Failure::kWrongFingerprint);
  EXPECT_EQ(pair.client.endpoint->failure(), Failure::kProtocol);
  EXPECT_FALSE(pair.server.endpoint->take_keying_material());
}

TEST(Endpoint, FailsWithoutACommonProfile) {
  EndpointPair pair;
  pair.begin(Profiles::kGcmOnly, Profiles::kCmOnly);
  pair.run();
  EXPECT_EQ(pair.client.endpoint->failure(), Failure::kNoSrtpProfile);
  EXPECT_EQ(pair.server.endpoint->failure(), Failure::kNoSrtpProfile);
}

TEST(Endpoint, GivesUpOnASilentPeerAtItsDeadline) {
  EndpointPair pair;
  pair.fate = [](size_t, bool) { return std::vector<Duration>(); };
  pair.begin();
  pair.run();
  EXPECT_EQ(pair.client.endpoint->failure(), Failure::kTimeout);
  EXPECT_EQ(pair.server.endpoint->failure(), Failure::kTimeout);
  EXPECT_EQ(pair.now, Instant() + Duration::seconds(20));
  EXPECT_GE(pair.sent.size(), 6U);
  EXPECT_LE(pair.sent.size(), 14U);
}

TEST(Endpoint, DoesNothingBeforeItIsStarted) {
  const Party party;
  Endpoint endpoint(party.context, {.role = Role::kClient});
  EXPECT_FALSE(endpoint.handle(Instant(), as_bytes("\x16garbage")));
  EXPECT_FALSE(endpoint.has_outgoing());
  EXPECT_TRUE(endpoint.next_timeout().is_never());
}

// What browsers send since they offer X25519MLKEM768: a hello of two datagrams.
int add_large_extension(SSL* /*ssl*/, unsigned /*type*/, const unsigned char** out, size_t* size,
                        int* /*alert*/, void* /*unused*/) {
  static const std::array<unsigned char, 1250> kFiller{};
  *out = kFiller.data();
  *size = kFiller.size();
  return 1;
}

TEST(Endpoint, TakesAHelloInTwoDatagrams) {
  EndpointPair pair;
  ASSERT_EQ(SSL_CTX_add_client_custom_ext(pair.client.context.native(), 0x4242, add_large_extension,
                                          nullptr, nullptr, nullptr, nullptr),
            1);
  pair.begin();
  pair.run();
  EXPECT_TRUE(pair.both_are_connected());
  ASSERT_GT(pair.sent.size(), 2U);
  EXPECT_TRUE(pair.sent[0].first && pair.sent[1].first);
}

TEST(Endpoint, TakesAHelloInTwoDatagramsInTheWrongOrder) {
  EndpointPair pair;
  ASSERT_EQ(SSL_CTX_add_client_custom_ext(pair.client.context.native(), 0x4242, add_large_extension,
                                          nullptr, nullptr, nullptr, nullptr),
            1);
  pair.fate = [](size_t number, bool) {
    return std::vector{number == 0 ? 2 * EndpointPair::kDelay : EndpointPair::kDelay};
  };
  pair.begin();
  pair.run();
  EXPECT_TRUE(pair.both_are_connected());
}

int make_cookie(SSL* /*ssl*/, unsigned char* cookie, unsigned* size) {
  *size = 16;
  std::fill_n(cookie, 16, 'c');
  return 1;
}
int check_cookie(SSL* /*ssl*/, const unsigned char* cookie, unsigned size) {
  return size == 16 && cookie[0] == 'c' ? 1 : 0;
}

// We never send a HelloVerifyRequest (RFC 6347 §4.2.1), but peers such as pion do.
TEST(Endpoint, AnswersAPeersHelloVerifyRequest) {
  EndpointPair pair;
  SSL_CTX* server = pair.server.context.native();
  SSL_CTX_set_options(server, SSL_OP_COOKIE_EXCHANGE);
  SSL_CTX_set_cookie_generate_cb(server, make_cookie);
  SSL_CTX_set_cookie_verify_cb(server, check_cookie);
  pair.begin();
  pair.run();
  EXPECT_TRUE(pair.both_are_connected());
  EXPECT_EQ(pair.now, Instant() + 6 * EndpointPair::kDelay);
}

// GStreamer's peers have RSA certificates.
Fingerprint use_rsa(SSL_CTX* context) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  X509* x509 = X509_new();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_TIME_set_string(X509_getm_notBefore(x509), "20000101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(x509), "20490101000000Z");
  X509_set_pubkey(x509, key);
  X509_sign(x509, key, EVP_sha256());
  EXPECT_EQ(SSL_CTX_use_certificate(context, x509), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key), 1);
  Fingerprint fingerprint{};
  unsigned size = 0;
  X509_digest(x509, EVP_sha256(), fingerprint.data(), &size);
  X509_free(x509);
  EVP_PKEY_free(key);
  return fingerprint;
}

TEST(Endpoint, TakesAnRsaPeerInEitherRole) {
  for (const bool is_rsa_client : {true, false}) {
    EndpointPair pair;
    Party& rsa = is_rsa_client ? pair.client : pair.server;
    Party& ours = is_rsa_client ? pair.server : pair.client;
    const Fingerprint fingerprint = use_rsa(rsa.context.native());
    if (!is_rsa_client) {
      EXPECT_EQ(SSL_CTX_set_cipher_list(rsa.context.native(), "ECDHE-RSA-AES128-GCM-SHA256"), 1);
    }
    pair.begin();
    ours.begin({.role = is_rsa_client ? Role::kServer : Role::kClient}, fingerprint);
    ours.endpoint->start(pair.now);
    pair.run();
    EXPECT_TRUE(pair.both_are_connected()) << is_rsa_client;
  }
}

TEST(Endpoint, RepeatsItsLastFlightToWhoRepeatsHis) {
  EndpointPair pair;
  size_t last_client_datagram = 0;
  pair.fate = [&](size_t number, bool is_from_client) {
    if (is_from_client) last_client_datagram = number;
    return std::vector{EndpointPair::kDelay};
  };
  pair.begin();
  pair.run();
  ASSERT_TRUE(pair.both_are_connected());
  const Datagram repeated = pair.sent[last_client_datagram].second;
  Endpoint& server = *pair.server.endpoint;

  EXPECT_TRUE(server.handle(pair.now, repeated));
  ASSERT_TRUE(server.has_outgoing());
  EXPECT_LT(server.front_outgoing().size(), repeated.size()) << "no amplification";
  EXPECT_FALSE(server.handle(pair.now, repeated)) << "one answer in 50 ms";
  while (server.has_outgoing()) server.pop_outgoing();
  EXPECT_TRUE(server.handle(pair.now + Duration::seconds(1), repeated));
}

TEST(Endpoint, TellsThePeerThatItCloses) {
  for (const bool is_client_closing : {true, false}) {
    EndpointPair pair;
    pair.begin();
    pair.run();
    ASSERT_TRUE(pair.both_are_connected());
    Party& closing = is_client_closing ? pair.client : pair.server;
    Party& other = is_client_closing ? pair.server : pair.client;
    closing.endpoint->close();
    EXPECT_EQ(closing.endpoint->state(), State::kClosed);
    pair.run();
    EXPECT_EQ(other.endpoint->state(), State::kClosed);
  }
}

TEST(Endpoint, IgnoresAForgedClose) {
  EndpointPair pair;
  pair.begin();
  pair.run();
  ASSERT_TRUE(pair.both_are_connected());
  pair.client.endpoint->close();
  ASSERT_TRUE(pair.client.endpoint->has_outgoing());
  const Bytes genuine = pair.client.endpoint->front_outgoing();
  for (size_t i = 0; i < genuine.size(); ++i) {
    Datagram forged(genuine.begin(), genuine.end());
    forged[i] ^= 0x10;
    pair.server.endpoint->handle(pair.now, forged);
    ASSERT_EQ(pair.server.endpoint->state(), State::kConnected) << i;
  }
  const Datagram clear = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0};
  pair.server.endpoint->handle(pair.now, clear);
  EXPECT_EQ(pair.server.endpoint->state(), State::kConnected);
}

TEST(Endpoint, SurvivesGarbageOfEverySortInMidHandshake) {
  Rng rng(11);
  for (int round = 0; round < 20; ++round) {
    EndpointPair pair;
    pair.begin();
    for (int i = 0; i < 50; ++i) {
      Datagram junk(1 + rng.below(2 * static_cast<uint64_t>(kMtu)));
      rng.fill(junk);
      junk[0] = static_cast<uint8_t>(20 + rng.below(44));
      pair.client.endpoint->handle(pair.now, junk);
      pair.server.endpoint->handle(pair.now, junk);
    }
    pair.run();
    EXPECT_TRUE(pair.both_are_connected());
  }
}

}  // namespace
}  // namespace lectern::dtls
