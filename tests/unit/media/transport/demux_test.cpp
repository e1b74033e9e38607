#include "media/transport/demux.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::transport {
namespace {

Protocol of(uint8_t first, uint8_t second = 0) {
  const std::array<uint8_t, 2> datagram{first, second};
  return classify(datagram);
}

TEST(Demux, FollowsTheTableOfRfc7983) {
  for (unsigned first = 0; first < 256; ++first) {
    const Protocol expected = first <= 3                     ? Protocol::kStun
                              : first >= 20 && first <= 63   ? Protocol::kDtls
                              : first >= 128 && first <= 191 ? Protocol::kRtp
                                                             : Protocol::kUnknown;
    EXPECT_EQ(of(static_cast<uint8_t>(first)), expected) << first;
  }
}

TEST(Demux, TellsRtcpFromRtpByItsTypeAsRfc5761Has) {
  for (unsigned second = 0; second < 256; ++second) {
    const bool is_rtcp = second >= 192 && second <= 223;
    EXPECT_EQ(of(0x80, static_cast<uint8_t>(second)), is_rtcp ? Protocol::kRtcp : Protocol::kRtp)
        << second;
  }
}

TEST(Demux, KnowsNothingOfLessThanTwoOctets) {
  EXPECT_EQ(classify({}), Protocol::kUnknown);
  const std::array<uint8_t, 1> datagram{0x80};
  EXPECT_EQ(classify(datagram), Protocol::kUnknown);
}

}  // namespace
}  // namespace lectern::transport
