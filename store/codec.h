// Messages of the store to octets and back. A record is the place of its type in the variant (one
// octet), then the members in order: numbers big-endian, texts and lists after their length (four
// octets). Any octets are legal input to decode.
#pragma once

#include "base/result.h"
#include "store/messages.h"

#include <string>
#include <string_view>

namespace lectern::store {

// A record over kMaxRecord is a fault of the caller and aborts (LECTERN_CHECK): bounds are stated
// in documents.h, and a Listing holds no more than fit (Service).
[[nodiscard]] std::string encode(const ToStore& message);
[[nodiscard]] std::string encode(const FromStore& message);

// decode(encode(m)) == m. kUnsupported: a type that is not known here; kTooLong: a member over its
// bound; kTruncated, kMalformed: the record ends too early, or too late.
[[nodiscard]] Parsed<ToStore> decode_to_store(std::string_view record);
[[nodiscard]] Parsed<FromStore> decode_from_store(std::string_view record);

}  // namespace lectern::store
