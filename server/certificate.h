// The certificate of the web port, looked at before libwebsockets takes it: its own refusal does
// not say which of the two files is at fault.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace lectern::server {

enum class Expired : std::uint8_t { kIsRefused, kIsTaken };

// `certificate`, `private_key`: PEM files. Errors: one of them cannot be read, the key has a
// passphrase, they are not a pair, the certificate has expired. Each says what to do.
[[nodiscard]] Result<void> check_certificate(const std::string& certificate,
                                             const std::string& private_key,
                                             Expired expired = Expired::kIsRefused);

}  // namespace lectern::server
