#include "media/dtls/alert_channel.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::dtls {
namespace {

constexpr std::array<uint8_t, 48> kSecret{1, 2, 3};
constexpr std::array<uint8_t, 64> kRandoms{4, 5, 6};

TEST(AlertChannel, UnderstandsTheOtherSideAndNotItself) {
  const AlertChannel client(kSecret, kRandoms, true);
  const AlertChannel server(kSecret, kRandoms, false);
  EXPECT_TRUE(server.is_peers_goodbye(client.close_notify()));
  EXPECT_TRUE(client.is_peers_goodbye(server.close_notify()));
  EXPECT_FALSE(client.is_peers_goodbye(client.close_notify()));
}

TEST(AlertChannel, DoesNotUnderstandAnotherSession) {
  std::array<uint8_t, 48> other = kSecret;
  other[47] = 1;
  const AlertChannel client(kSecret, kRandoms, true);
  const AlertChannel server(other, kRandoms, false);
  EXPECT_FALSE(server.is_peers_goodbye(client.close_notify()));
}

TEST(AlertChannel, ReadsNoRecordOfAnotherSize) {
  const AlertChannel client(kSecret, kRandoms, true);
  const AlertChannel server(kSecret, kRandoms, false);
  const auto record = client.close_notify();
  for (size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(server.is_peers_goodbye(Bytes(record).first(size))) << size;
  }
}

}  // namespace
}  // namespace lectern::dtls
