#include "media/dtls/alert_channel.h"

#include "base/check.h"
#include "media/srtp/aes.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

namespace lectern::dtls {
namespace {

constexpr size_t kHeaderSize = 13;  // RFC 6347 §4.1
constexpr size_t kNonceSize = 8;    // RFC 5288 §3: the explicit part
constexpr size_t kTagSize = 16;
constexpr size_t kAlertSize = 2;  // level, description: RFC 5246 §7.2
constexpr size_t kBodySize = kNonceSize + kAlertSize + kTagSize;
constexpr uint8_t kAlertType = 21;
constexpr uint8_t kWarning = 1;
constexpr uint8_t kFatal = 2;
constexpr uint8_t kCloseNotify = 0;
constexpr uint16_t kVersion = 0xfefd;  // DTLS 1.2
// Epoch 1, and a number above whatever the handshake can have used for its Finished messages.
constexpr uint64_t kSequence = (uint64_t{1} << 48) | 0x10000;

// RFC 5246 §5, §6.3: PRF(master_secret, "key expansion", server_random | client_random).
std::array<uint8_t, 40> key_block(Bytes master_secret, Bytes randoms) {
  std::array<uint8_t, 40> block{};
  char digest[] = "SHA256";
  char label[] = "key expansion";
  const auto octets = [](Bytes bytes) { return const_cast<uint8_t*>(bytes.data()); };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, octets(master_secret),
                                        master_secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof(label) - 1),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, octets(randoms), randoms.size()),
      OSSL_PARAM_construct_end()};
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  LECTERN_CHECK(EVP_KDF_derive(context, block.data(), block.size(), parameters) == 1);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return block;
}

srtp::GcmIv nonce(const std::array<uint8_t, 4>& fixed_iv, Bytes explicit_part) {
  srtp::GcmIv iv{};
  std::ranges::copy(fixed_iv, iv.begin());
  std::ranges::copy(explicit_part, iv.begin() + 4);
  return iv;
}

// RFC 5246 §6.2.3.3: epoch and sequence number, type, version, length of the clear text.
std::array<uint8_t, 13> additional_data(Bytes header) {
  std::array<uint8_t, 13> data{};
  std::copy_n(header.data() + 3, 8, data.data());
  std::copy_n(header.data(), 3, data.data() + 8);
  store_be16(data.data() + 11, kAlertSize);
  return data;
}

}  // namespace

AlertChannel::AlertChannel(Bytes master_secret, Bytes randoms, bool is_client) {
  const auto block = key_block(master_secret, randoms);
  WriteKeys client;
  WriteKeys server;
  std::copy_n(block.begin(), 16, client.key.begin());
  std::copy_n(block.begin() + 16, 16, server.key.begin());
  std::copy_n(block.begin() + 32, 4, client.fixed_iv.begin());
  std::copy_n(block.begin() + 36, 4, server.fixed_iv.begin());
  ours_ = is_client ? client : server;
  peers_ = is_client ? server : client;
}

bool AlertChannel::is_peers_goodbye(Bytes datagram) const {
  if (datagram.size() != kHeaderSize + kBodySize || datagram[0] != kAlertType ||
      load_be16(datagram.data() + 3) == 0 || load_be16(datagram.data() + 11) != kBodySize) {
    return false;
  }
  const Bytes body = datagram.subspan(kHeaderSize);
  std::array<uint8_t, kAlertSize> alert{body[kNonceSize], body[kNonceSize + 1]};
  const auto additional = additional_data(datagram);
  return srtp::GcmOpener(peers_.key)
             .open(nonce(peers_.fixed_iv, body.first(kNonceSize)), additional, Bytes(), alert,
                   body.last(kTagSize)) &&
         (alert[0] == kFatal || alert[1] == kCloseNotify);
}

std::vector<uint8_t> AlertChannel::close_notify() const {
  std::vector<uint8_t> record(kHeaderSize + kBodySize);
  record[0] = kAlertType;
  store_be16(record.data() + 1, kVersion);
  store_be64(record.data() + 3, kSequence);
  store_be16(record.data() + 11, kBodySize);
  const MutableBytes body = MutableBytes(record).subspan(kHeaderSize);
  store_be64(body.data(), kSequence);
  body[kNonceSize] = kWarning;
  body[kNonceSize + 1] = kCloseNotify;
  srtp::GcmSealer(ours_.key).seal(nonce(ours_.fixed_iv, body.first(kNonceSize)),
                                  additional_data(record), Bytes(),
                                  body.subspan(kNonceSize, kAlertSize), body.last(kTagSize));
  return record;
}

}  // namespace lectern::dtls
