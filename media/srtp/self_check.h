// Whether an implementation of AEAD_AES_128_GCM may be trusted with packets on this machine: asked
// once, when the process starts. A wrong one would not fail loudly; students would hear nothing.
#pragma once

#include "media/srtp/key_derivation.h"
#include "media/srtp/protector.h"

#include <memory>

namespace lectern::srtp {

using MakeProtector = std::unique_ptr<Protector> (*)(const SessionKeys&);

// True when what it makes agrees with RFC 7714 §16.1.1, and with EVP over headers and payloads of
// every shape that code for wide registers treats in its own way. About 1 ms.
[[nodiscard]] bool passes_self_check(MakeProtector make);

}  // namespace lectern::srtp
