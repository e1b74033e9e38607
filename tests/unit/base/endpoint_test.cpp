#include "base/endpoint.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

TEST(Endpoint, TextOfBothFamiliesRoundTrips) {
  for (const char* text : {"192.0.2.7:9000", "127.0.0.1:1", "[2001:db8::1]:65535", "[::1]:9"}) {
    const auto endpoint = Endpoint::parse_with_port(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(Endpoint, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "1.2.3.4", "1.2.3:5", "localhost:80", "1.2.3.4:70000",
                           "1.2.3.4:", "2001:db8::1:80", "[::1]"})
    EXPECT_FALSE(Endpoint::parse_with_port(text)) << text;
}

TEST(Endpoint, KnowsItsKind) {
  EXPECT_TRUE(Endpoint::v4(127, 0, 0, 1, 1).is_loopback());
  EXPECT_TRUE(Endpoint::parse("::1", 1)->is_loopback());
  EXPECT_FALSE(Endpoint::v4(10, 0, 0, 1, 1).is_loopback());
  EXPECT_TRUE(Endpoint::parse("0.0.0.0", 1)->is_unspecified());
  EXPECT_TRUE(Endpoint::parse("::", 1)->is_unspecified());
  EXPECT_TRUE(Endpoint::v4(1, 2, 3, 4, 5).is_v4());
  EXPECT_FALSE(Endpoint::parse("::1", 1)->is_v4());
}

TEST(Endpoint, MappedAndPlainIpv4AreOneAddress) {
  EXPECT_EQ(Endpoint::parse("::ffff:192.0.2.7", 5), Endpoint::parse("192.0.2.7", 5));
}

}  // namespace
}  // namespace lectern
