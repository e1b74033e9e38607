// One OpenSSL DTLS object over a BIO of ours that keeps datagrams apart: what OpenSSL writes at
// once leaves as one UDP payload, and what it reads at once is one. It lives for one handshake.
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "media/dtls/alert_channel.h"
#include "media/dtls/context.h"
#include "media/dtls/endpoint.h"

#include <openssl/bio.h>
#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lectern::dtls {

using Datagrams = std::vector<std::vector<uint8_t>>;

class Handshake {
 public:
  Handshake(const Context& context, const Settings& settings);
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake() = default;

  // One datagram in; an empty one only runs what can run, such as a client's hello.
  HandshakeStep advance(Bytes datagram);
  // What the first exchange took: later flights wait longer than that before they are repeated, so
  // that a slow link is not filled with copies.
  void expect_round_trip(Duration round_trip);
  // Sends the last flight again if OpenSSL's own timer has run out.
  HandshakeStep on_timer();
  // Until OpenSSL's timer runs out; infinite when it is not set.
  [[nodiscard]] Duration until_timer() const;

  [[nodiscard]] Datagrams take_outgoing();

  [[nodiscard]] bool has_seen_wrong_fingerprint() const { return has_seen_wrong_fingerprint_; }
  // After kMaySend or kDone. Nothing if no SRTP profile was agreed on.
  [[nodiscard]] std::optional<KeyingMaterial> keying_material() const;
  // After kDone. Nothing for a cipher suite that AlertChannel does not know.
  [[nodiscard]] std::unique_ptr<AlertChannel> alert_channel() const;

  // For SSL_CTX_set_cert_verify_callback: the fingerprint is all that counts.
  static int verify_peer(X509_STORE_CTX* store, void* unused);

 private:
  // RFC 7918 §3, §5: the peer is verified, our Finished is on its way, the cipher is an AEAD.
  [[nodiscard]] bool may_send() const;

  struct Free {
    void operator()(SSL* ssl) const;
  };

  static unsigned next_timeout_us(SSL* ssl, unsigned current_us);
  static int bio_write(BIO* bio, const char* data, int size);
  static int bio_read(BIO* bio, char* data, int size);
  static long bio_control(BIO* bio, int command, long number, void* pointer);
  static const BIO_METHOD* bio_method();

  Fingerprint remote_fingerprint_;
  Role role_;
  bool has_seen_wrong_fingerprint_ = false;
  bool has_verified_peer_ = false;
  unsigned first_timeout_us_;
  Bytes input_;
  Datagrams outgoing_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace lectern::dtls
