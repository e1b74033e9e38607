#include "server/addresses.h"

#include "server/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lectern::server {
namespace {

TEST(Addresses, WhatIsAnnouncedIsTakenAsItStands) {
  EXPECT_EQ(media_endpoints({"203.0.113.7", "2001:db8::7"}, 9000, true),
            (std::vector<Endpoint>{Endpoint::v4(203, 0, 113, 7, 9000),
                                   *Endpoint::parse("2001:db8::7", 9000)}));
}

TEST(Addresses, TheMachinesOwnComeWithIpv4FirstAndWithoutLinkLocalOnes) {
  const auto endpoints = media_endpoints({}, 9001, true);
  ASSERT_FALSE(endpoints.empty());
  EXPECT_EQ(endpoints.back(), Endpoint::v4(127, 0, 0, 1, 9001));
  for (const Endpoint& endpoint : endpoints) {
    EXPECT_EQ(endpoint.port, 9001);
    EXPECT_FALSE(endpoint.address[0] == 0xfe && (endpoint.address[1] & 0xc0) == 0x80);
  }
  EXPECT_TRUE(std::is_partitioned(endpoints.begin(), endpoints.end() - 1,
                                  [](const Endpoint& endpoint) { return endpoint.is_v4(); }));
}

TEST(Log, AnAddressIsCutBeforeItIsWritten) {
  EXPECT_EQ(log::truncated(Endpoint::v4(198, 51, 100, 23, 4711)), "198.51.100.0/24");
  EXPECT_EQ(log::truncated(*Endpoint::parse("2001:db8:1:2:3::4", 4711)), "2001:db8:1::/48");
}

}  // namespace
}  // namespace lectern::server
