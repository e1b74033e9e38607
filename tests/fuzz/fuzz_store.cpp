// Records of the store's channel, in both directions: any octets are legal input.
#include "base/check.h"
#include "store/codec.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view record(reinterpret_cast<const char*>(data), size);
  if (const auto message = lectern::store::decode_to_store(record))
    LECTERN_CHECK(lectern::store::encode(*message) == record);
  if (const auto message = lectern::store::decode_from_store(record))
    LECTERN_CHECK(lectern::store::encode(*message) == record);
  return 0;
}
