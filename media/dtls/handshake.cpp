#include "media/dtls/handshake.h"

#include "base/check.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace lectern::dtls {
namespace {

// RFC 6347 §4.2.4.1 proposes 1 s; WebRTC stacks use 50-100 ms, since ICE has shown that the path
// works and a lost flight is lost time for somebody who is waiting for a picture.
constexpr unsigned kFirstTimeoutUs = 100'000;
constexpr unsigned kMaxTimeoutUs = 3'200'000;
// A flight is at most four datagrams; what goes beyond is dropped like any lost datagram.
constexpr size_t kMaxOutgoing = 16;

const char* profile_names(Profiles profiles) {
  switch (profiles) {
    case Profiles::kGcmThenCm:
      return "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
    case Profiles::kCmThenGcm:
      return "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM";
    case Profiles::kGcmOnly:
      return "SRTP_AEAD_AES_128_GCM";
    case Profiles::kCmOnly:
      return "SRTP_AES128_CM_SHA1_80";
  }
  return "";
}

}  // namespace

void Handshake::Free::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

unsigned Handshake::next_timeout_us(SSL* ssl, unsigned current_us) {
  const auto& handshake = *static_cast<const Handshake*>(SSL_get_app_data(ssl));
  return current_us == 0 ? handshake.first_timeout_us_ : std::min(2 * current_us, kMaxTimeoutUs);
}

const BIO_METHOD* Handshake::bio_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lectern datagrams");
    LECTERN_CHECK(method != nullptr);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
  }();
  return kMethod;
}

int Handshake::bio_write(BIO* bio, const char* data, int size) {
  auto& handshake = *static_cast<Handshake*>(BIO_get_data(bio));
  if (handshake.outgoing_.size() < kMaxOutgoing) {
    handshake.outgoing_.emplace_back(data, data + size);
  }
  return size;
}

int Handshake::bio_read(BIO* bio, char* data, int size) {
  auto& handshake = *static_cast<Handshake*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (handshake.input_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t count = std::min(handshake.input_.size(), static_cast<size_t>(size));
  std::copy_n(handshake.input_.begin(), count, data);
  handshake.input_ = {};
  return static_cast<int>(count);
}

long Handshake::bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_DGRAM_QUERY_MTU || command == BIO_CTRL_DGRAM_GET_FALLBACK_MTU) {
    return kMtu;
  }
  return 0;
}

Handshake::Handshake(const Context& context, const Settings& settings)
    : remote_fingerprint_(settings.remote_fingerprint),
      role_(settings.role),
      first_timeout_us_(kFirstTimeoutUs),
      ssl_(SSL_new(context.native())) {
  SSL* ssl = ssl_.get();
  BIO* bio = BIO_new(bio_method());
  LECTERN_CHECK(ssl != nullptr && bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, this);
  SSL_set_mtu(ssl, kMtu);
  DTLS_set_timer_cb(ssl, next_timeout_us);
  LECTERN_CHECK(SSL_set_tlsext_use_srtp(ssl, profile_names(settings.profiles)) == 0);
  if (role_ == Role::kClient) {
    SSL_set_connect_state(ssl);
  } else {
    SSL_set_accept_state(ssl);
  }
}

int Handshake::verify_peer(X509_STORE_CTX* store, void* /*unused*/) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& handshake = *static_cast<Handshake*>(SSL_get_app_data(ssl));
  Fingerprint seen{};
  unsigned size = 0;
  const X509* certificate = X509_STORE_CTX_get0_cert(store);
  if (certificate != nullptr && X509_digest(certificate, EVP_sha256(), seen.data(), &size) == 1 &&
      size == seen.size() && equal_in_constant_time(seen, handshake.remote_fingerprint_)) {
    handshake.has_verified_peer_ = true;
    return 1;
  }
  handshake.has_seen_wrong_fingerprint_ = true;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

HandshakeStep Handshake::advance(Bytes datagram) {
  ERR_clear_error();  // the queue is the thread's: another peer's failure must not be read as ours
  input_ = datagram;
  const int result = SSL_do_handshake(ssl_.get());
  input_ = {};
  if (result == 1) return has_verified_peer_ ? HandshakeStep::kDone : HandshakeStep::kFailed;
  const int reason = SSL_get_error(ssl_.get(), result);
  if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
    return HandshakeStep::kFailed;
  return may_send() ? HandshakeStep::kMaySend : HandshakeStep::kWaiting;
}

bool Handshake::may_send() const {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  return role_ == Role::kClient && has_verified_peer_ && cipher != nullptr &&
         SSL_CIPHER_is_aead(cipher) == 1 && SSL_get_state(ssl_.get()) == TLS_ST_CW_FINISHED;
}

void Handshake::expect_round_trip(Duration round_trip) {
  const int64_t timeout =
      std::clamp<int64_t>(round_trip.us() * 3 / 2, kFirstTimeoutUs, kMaxTimeoutUs);
  first_timeout_us_ = static_cast<unsigned>(timeout);
}

HandshakeStep Handshake::on_timer() {
  ERR_clear_error();
  return DTLSv1_handle_timeout(ssl_.get()) < 0 ? HandshakeStep::kFailed : HandshakeStep::kWaiting;
}

Duration Handshake::until_timer() const {
  timeval left{};
  if (DTLSv1_get_timeout(ssl_.get(), &left) != 1) return Duration::infinite();
  return Duration::seconds(left.tv_sec) + Duration::microseconds(left.tv_usec);
}

Datagrams Handshake::take_outgoing() {
  return std::exchange(outgoing_, {});
}

std::optional<KeyingMaterial> Handshake::keying_material() const {
  const SRTP_PROTECTION_PROFILE* selected = SSL_get_selected_srtp_profile(ssl_.get());
  if (selected == nullptr) return std::nullopt;
  KeyingMaterial material;
  material.profile = static_cast<srtp::Profile>(selected->id);

  // RFC 5764 §4.2: client key | server key | client salt | server salt.
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  constexpr size_t kKey = srtp::kKeySize;
  const size_t salt = srtp::salt_size(material.profile);
  std::array<uint8_t, 2 * (kKey + srtp::kMaxSaltSize)> exported{};
  if (SSL_export_keying_material(ssl_.get(), exported.data(), 2 * (kKey + salt), kLabel.data(),
                                 kLabel.size(), nullptr, 0, 0) != 1) {
    return std::nullopt;
  }
  srtp::MasterKey& client = role_ == Role::kClient ? material.send : material.receive;
  srtp::MasterKey& server = role_ == Role::kClient ? material.receive : material.send;
  const uint8_t* from = exported.data();
  std::copy_n(from, kKey, client.key.begin());
  std::copy_n(from + kKey, kKey, server.key.begin());
  std::copy_n(from + 2 * kKey, salt, client.salt.begin());
  std::copy_n(from + 2 * kKey + salt, salt, server.salt.begin());
  return material;
}

std::unique_ptr<AlertChannel> Handshake::alert_channel() const {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  const uint32_t id = cipher == nullptr ? 0 : SSL_CIPHER_get_protocol_id(cipher);
  if (id != 0xC02B && id != 0xC02F) return nullptr;  // RFC 5289 §3.2: the AES_128_GCM_SHA256 suites
  std::array<uint8_t, SSL_MAX_MASTER_KEY_LENGTH> secret{};
  std::array<uint8_t, 2 * SSL3_RANDOM_SIZE> randoms{};  // RFC 5246 §6.3: the server's comes first
  const size_t secret_size =
      SSL_SESSION_get_master_key(SSL_get_session(ssl_.get()), secret.data(), secret.size());
  SSL_get_server_random(ssl_.get(), randoms.data(), SSL3_RANDOM_SIZE);
  SSL_get_client_random(ssl_.get(), randoms.data() + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);
  return std::make_unique<AlertChannel>(Bytes(secret).first(secret_size), randoms,
                                        role_ == Role::kClient);
}

}  // namespace lectern::dtls
