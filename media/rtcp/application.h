// Application-defined packets (APP, RFC 3550 §6.7): a name, a subtype and data whose meaning the
// name's owner knows.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "media/rtcp/compound.h"

#include <cstdint>

namespace lectern::rtcp {

struct Application {
  uint8_t subtype = 0;  // 5 bits
  uint32_t ssrc = 0;    // of who says it
  uint32_t name = 0;    // four ASCII letters, the first one highest
  Bytes data{};         // whole words
};
[[nodiscard]] Parsed<Application> parse_application(const PacketView& packet);
// `data`: a multiple of four octets. False, and nothing written, when there is no room.
[[nodiscard]] bool write_application(const Application& application, ByteWriter& out);

}  // namespace lectern::rtcp
