#include "media/ice/ufrag.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace lectern::ice {
namespace {

constexpr SipKey kKey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr SipKey kOtherKey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17};

TEST(Ufrag, ComesBackAsMade) {
  for (const UfragFields fields :
       {UfragFields{}, UfragFields{.slot = 1, .generation = 2, .restart = 3},
        UfragFields{.slot = 0xFFFFFF, .generation = 0xFFFFFFFF, .restart = 0xFF}}) {
    EXPECT_EQ(decode_ufrag(encode_ufrag(fields, kKey), kKey), fields);
  }
}

TEST(Ufrag, IsMadeOfIceCharacters) {
  // RFC 8839 §5.4: ice-char, 4 to 256 of them.
  const std::string ufrag =
      encode_ufrag({.slot = 0xFBEFBE, .generation = 0xFFFFFFFF, .restart = 0xFF}, kKey);
  EXPECT_EQ(ufrag.size(), kUfragSize);
  for (const char c : ufrag)
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/') << c;
}

TEST(Ufrag, AnotherWorkersIsNotOurs) {
  const UfragFields fields{.slot = 7, .generation = 9, .restart = 0};
  EXPECT_FALSE(decode_ufrag(encode_ufrag(fields, kOtherKey), kKey).has_value());
}

TEST(Ufrag, AnyOtherCharacterSpoilsIt) {
  const std::string ufrag = encode_ufrag({.slot = 7, .generation = 9, .restart = 1}, kKey);
  for (size_t i = 0; i < ufrag.size(); ++i) {
    std::string changed = ufrag;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decode_ufrag(changed, kKey).has_value()) << i;
    changed[i] = '-';
    EXPECT_FALSE(decode_ufrag(changed, kKey).has_value()) << i;
  }
  EXPECT_FALSE(decode_ufrag(ufrag + "A", kKey).has_value());
  EXPECT_FALSE(decode_ufrag(ufrag.substr(1), kKey).has_value());
  EXPECT_FALSE(decode_ufrag("", kKey).has_value());
}

}  // namespace
}  // namespace lectern::ice
