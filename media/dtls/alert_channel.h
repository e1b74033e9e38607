// What is left of DTLS once its object has been freed: the keys of the record layer, just enough to
// understand the peer's close_notify and to send ours. AES_128_GCM_SHA256 suites only (RFC 5288).
// Left out on purpose: every other record, and a replay window: a second close changes nothing.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <vector>

namespace lectern::dtls {

class AlertChannel {
 public:
  // `master_secret`: 48 octets. `randoms`: the server's, then the client's, 64 octets.
  AlertChannel(Bytes master_secret, Bytes randoms, bool is_client);

  // True when `datagram` holds an authentic close_notify, or a fatal alert, of the peer.
  [[nodiscard]] bool is_peers_goodbye(Bytes datagram) const;

  // One record with our close_notify.
  [[nodiscard]] std::vector<uint8_t> close_notify() const;

 private:
  struct WriteKeys {
    std::array<uint8_t, 16> key{};
    std::array<uint8_t, 4> fixed_iv{};
  };

  WriteKeys ours_;
  WriteKeys peers_;
};

}  // namespace lectern::dtls
