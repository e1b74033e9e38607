#include "media/ice/ufrag.h"

#include "base/check.h"

#include <array>

namespace lectern::ice {
namespace {

constexpr size_t kBinarySize = 12;  // 16 characters of 6 bits
constexpr size_t kFieldsSize = 8;
constexpr uint32_t kSlotLimit = 1U << 24;
// RFC 8839 §5.4: ice-char. The order is that of base64.
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNoCharacter = 0xFF;

consteval std::array<uint8_t, 256> make_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNoCharacter);
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  return values;
}
constexpr std::array<uint8_t, 256> kValues = make_values();

using Binary = std::array<uint8_t, kBinarySize>;

uint32_t tag_of(const Binary& binary, const SipKey& key) {
  return static_cast<uint32_t>(siphash(key, Bytes(binary).first(kFieldsSize)));
}

}  // namespace

std::string encode_ufrag(const UfragFields& fields, const SipKey& key) {
  LECTERN_CHECK(fields.slot < kSlotLimit);
  Binary binary{};
  store_be24(binary.data(), fields.slot);
  binary[3] = fields.restart;
  store_be32(binary.data() + 4, fields.generation);
  store_be32(binary.data() + kFieldsSize, tag_of(binary, key));
  std::string text;
  text.reserve(kUfragSize);
  for (size_t i = 0; i < kBinarySize; i += 3) {
    const uint32_t group = load_be24(binary.data() + i);
    for (int shift = 18; shift >= 0; shift -= 6) text.push_back(kAlphabet[group >> shift & 0x3F]);
  }
  return text;
}

std::optional<UfragFields> decode_ufrag(std::string_view ufrag, const SipKey& key) {
  if (ufrag.size() != kUfragSize) return std::nullopt;
  Binary binary{};
  for (size_t i = 0; i < kUfragSize; i += 4) {
    uint32_t group = 0;
    for (size_t j = i; j < i + 4; ++j) {
      const uint8_t value = kValues[static_cast<uint8_t>(ufrag[j])];
      if (value == kNoCharacter) return std::nullopt;
      group = group << 6 | value;
    }
    store_be24(binary.data() + i / 4 * 3, group);
  }
  if (load_be32(binary.data() + kFieldsSize) != tag_of(binary, key)) return std::nullopt;
  return UfragFields{.slot = load_be24(binary.data()),
                     .generation = load_be32(binary.data() + 4),
                     .restart = binary[3]};
}

}  // namespace lectern::ice
