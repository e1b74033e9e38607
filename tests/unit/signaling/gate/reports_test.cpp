#include "signaling/gate/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr Instant kStart = Instant::from_ms(5'000);
constexpr Report kSilent{.without_sound = true};
constexpr Report kBlind{.without_picture = true, .without_codec = true};

Instant after(std::int64_t seconds) {
  return kStart + Duration::seconds(seconds);
}

TEST(Reports, P44AreAddedUpByClassAndToldWhenTheyChange) {
  Reports reports;
  EXPECT_FALSE(reports.is_waiting());
  reports.note(kStart, ConnectionId(1), "maths", kSilent);
  reports.note(kStart, ConnectionId(2), "maths", kBlind);
  reports.note(kStart, ConnectionId(3), "art", kSilent);
  reports.note(kStart, ConnectionId(4), "art", Report{});
  EXPECT_THAT(reports.due(kStart), ElementsAre(Pair("art", TroubleCounts{.sound = 1}),
                                               Pair("maths", TroubleCounts{1, 1, 1})));
  EXPECT_THAT(reports.due(after(1)), IsEmpty());
  reports.note(after(1), ConnectionId(1), "maths", kSilent);
  EXPECT_THAT(reports.due(after(2)), IsEmpty()) << "the same again is no news";
  reports.note(after(2), ConnectionId(1), "maths", Report{});
  EXPECT_THAT(reports.due(after(2)), ElementsAre(Pair("maths", TroubleCounts{0, 1, 1})));
  reports.forget(ConnectionId(2));
  reports.forget(ConnectionId(2));
  EXPECT_THAT(reports.due(after(3)), ElementsAre(Pair("maths", TroubleCounts{})));
}

TEST(Reports, P44TroubleIsToldAgainEachTenSeconds) {
  Reports reports;
  reports.note(kStart, ConnectionId(1), "maths", kSilent);
  EXPECT_THAT(reports.due(kStart), testing::SizeIs(1));
  EXPECT_THAT(reports.due(after(9)), IsEmpty());
  EXPECT_THAT(reports.due(after(10)), ElementsAre(Pair("maths", TroubleCounts{.sound = 1})));
}

TEST(Reports, P44AreForgottenAfter30SecondsAndLeaveNothing) {
  Reports reports;
  reports.note(kStart, ConnectionId(1), "maths", kSilent);
  (void)reports.due(after(30));
  EXPECT_TRUE(reports.is_waiting());
  EXPECT_THAT(reports.due(after(31)), ElementsAre(Pair("maths", TroubleCounts{})));
  EXPECT_FALSE(reports.is_waiting());
}

}  // namespace
}  // namespace lectern::signaling
