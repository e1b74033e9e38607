#include "server/tools/arrivals.h"

#include <gtest/gtest.h>

#include <array>

namespace lectern::tools {
namespace {

const Instant kStart = Instant::from_ms(1000);

std::array<uint8_t, 20> packet(uint8_t payload_type, uint32_t timestamp) {
  std::array<uint8_t, 20> bytes{0x80, payload_type};
  store_be32(bytes.data() + 4, timestamp);
  return bytes;
}

Arrivals::Summary summary(const Arrivals& arrivals) {
  return arrivals.summary(Instant(), Instant::never());
}

TEST(Arrivals, CountFromTheStampToEachViewerAndToTheLast) {
  Arrivals arrivals;
  for (size_t viewer = 0; viewer < 100; ++viewer) {
    const Instant at = kStart + Duration::milliseconds(static_cast<int64_t>(viewer) + 1);
    Arrivals::Medium* medium = arrivals.note(at, viewer, packet(96, 3000));
    ASSERT_NE(medium, nullptr);
    if (viewer == 40) medium->stamp = SendStamp{.sent = kStart};  // one of them had decrypted it
  }
  const auto found = summary(arrivals);
  EXPECT_EQ(found.transit.packets, 100U);
  EXPECT_EQ(found.transit.median, Duration::milliseconds(50));
  EXPECT_EQ(found.transit.p99, Duration::milliseconds(99));
  EXPECT_EQ(found.transit.most, Duration::milliseconds(100));
  EXPECT_EQ(found.last_viewer.median, Duration::milliseconds(100));
  EXPECT_EQ(found.spread.median, Duration::milliseconds(99));
}

// A picture of three packets weighs three times a sound.
TEST(Arrivals, WeighAPictureByItsPackets) {
  Arrivals arrivals;
  arrivals.note(kStart + Duration::milliseconds(1), 0, packet(111, 960))->stamp =
      SendStamp{.sent = kStart};
  for (const int ms : {2, 3, 9}) {
    // The marker bit is not part of the payload type.
    const auto bytes = packet(ms == 9 ? 96 | 0x80 : 96, 3000);
    arrivals.note(kStart + Duration::milliseconds(ms), 0, bytes)->stamp =
        SendStamp{.sent = kStart, .is_keyframe = true};
  }
  const auto found = summary(arrivals);
  EXPECT_EQ(found.last_viewer.packets, 4U);
  EXPECT_EQ(found.last_viewer.median, Duration::milliseconds(9));
  EXPECT_EQ(found.last_viewer_of_key.packets, 3U);
  EXPECT_EQ(found.transit.median, Duration::milliseconds(2));
}

TEST(Arrivals, KnowMediaWithTimestampsOfEachViewersOwnByTheirStamps) {
  Arrivals arrivals;
  for (size_t viewer = 0; viewer < 4; ++viewer) {
    const auto bytes = packet(96, 1000 * static_cast<uint32_t>(viewer));
    const Instant at = kStart + Duration::milliseconds(static_cast<int64_t>(viewer) + 1);
    arrivals.note(at, viewer, bytes)->stamp = SendStamp{.sent = kStart};
  }
  EXPECT_EQ(summary(arrivals).last_viewer.packets, 4U);
  EXPECT_EQ(summary(arrivals).last_viewer.median, Duration::milliseconds(4));
  EXPECT_EQ(summary(arrivals).spread.median, Duration::milliseconds(3));
}

TEST(Arrivals, DoNotMixUpMediaThatOnlyHaveTheSameTimestamp) {
  Arrivals arrivals;
  // What the first viewer got as 4000 + n the second gets as 4000 + n - 1.
  for (int64_t n = 0; n < 10; ++n) {
    const Instant sent = kStart + Duration::milliseconds(40 * n);
    for (const size_t viewer : {0U, 1U}) {
      const auto bytes =
          packet(96, static_cast<uint32_t>(4000 + n) - static_cast<uint32_t>(viewer));
      Arrivals::Medium* medium = arrivals.note(sent + Duration::milliseconds(3), viewer, bytes);
      ASSERT_NE(medium, nullptr);
      arrivals.note_stamp(*medium, {.sent = sent});
    }
  }
  EXPECT_GE(summary(arrivals).last_viewer.packets, 16U);
  EXPECT_EQ(summary(arrivals).last_viewer.most, Duration::milliseconds(3));
}

TEST(Arrivals, WithoutStampsKnowOnlyTheSpreadOfWhatIsShared) {
  Arrivals arrivals;
  arrivals.note(kStart, 0, packet(96, 3000));
  arrivals.note(kStart + Duration::milliseconds(5), 1, packet(96, 3000));
  arrivals.note(kStart, 0, packet(96, 6000));
  arrivals.note(kStart + Duration::milliseconds(7), 0, packet(96, 6000));
  const auto found = summary(arrivals);
  EXPECT_EQ(found.transit.packets, 0U);
  EXPECT_EQ(found.last_viewer.packets, 0U);
  EXPECT_EQ(found.spread.packets, 2U);
  EXPECT_EQ(found.spread.median, Duration::milliseconds(5));
}

TEST(Arrivals, LeaveOutWhatWasSentBeforeOrAfter) {
  Arrivals arrivals;
  for (const int64_t ms : {0, 10, 20}) {
    const Instant sent = kStart + Duration::milliseconds(ms);
    const auto bytes = packet(96, static_cast<uint32_t>(ms));
    arrivals.note(sent + Duration::milliseconds(ms), 0, bytes)->stamp = SendStamp{.sent = sent};
  }
  const auto found =
      arrivals.summary(kStart + Duration::milliseconds(5), kStart + Duration::milliseconds(20));
  EXPECT_EQ(found.transit.packets, 1U);
  EXPECT_EQ(found.transit.most, Duration::milliseconds(10));
}

TEST(Arrivals, TakeOnlyRtp) {
  Arrivals arrivals;
  EXPECT_EQ(arrivals.note(kStart, 0, std::array<uint8_t, 3>{0x80, 96, 0}), nullptr);
  EXPECT_EQ(summary(arrivals).spread.median, Duration());
}

}  // namespace
}  // namespace lectern::tools
