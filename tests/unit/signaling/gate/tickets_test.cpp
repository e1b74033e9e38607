#include "signaling/gate/tickets.h"

#include "signaling/terms/config.h"
#include "signaling/terms/message_rate.h"

#include <gtest/gtest.h>

namespace lectern::signaling {
namespace {

constexpr std::size_t kMost = 100;
constexpr Instant kStart = Instant::from_ms(5'000);

TEST(Tickets, P21ATicketIsGoodOnce) {
  Rng rng(1);
  Tickets tickets(kMost);
  const std::string first = *tickets.issue(kStart, "me", 9, "token-1", rng);
  const std::string second = *tickets.issue(kStart, "me", 9, "token-2", rng);
  EXPECT_NE(first, second);
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(tickets.redeem(kStart, first), "token-1");
  EXPECT_EQ(tickets.redeem(kStart, first), std::nullopt);
  EXPECT_EQ(tickets.redeem(kStart, "no ticket"), std::nullopt);
  EXPECT_EQ(tickets.redeem(kStart, second), "token-2");
  EXPECT_EQ(tickets.size(), 0U);
}

TEST(Tickets, P102ThePageThatRedeemedATicketMayAskAgain) {
  Rng rng(1);
  Tickets tickets(kMost);
  const std::string ticket = *tickets.issue(kStart, "me", 9, "token", rng);
  EXPECT_EQ(tickets.redeem(kStart, ticket, "page-1"), "token");
  EXPECT_EQ(tickets.redeem(kStart, ticket, "page-1"), "token") << "its first answer was lost";
  EXPECT_EQ(tickets.redeem(kStart, ticket, "page-2"), std::nullopt);
  EXPECT_EQ(tickets.redeem(kStart, ticket), std::nullopt);
  EXPECT_EQ(tickets.redeem(kStart + kTicketLifetime, ticket, "page-1"), std::nullopt);
  const std::string nameless = *tickets.issue(kStart, "me", 9, "token", rng);
  EXPECT_EQ(tickets.redeem(kStart, nameless), "token");
  EXPECT_EQ(tickets.redeem(kStart, nameless, "page-1"), std::nullopt);
}

TEST(Tickets, P21ATicketIsGoodForAMinute) {
  Rng rng(1);
  Tickets tickets(kMost);
  const std::string early = *tickets.issue(kStart, "me", 9, "a", rng);
  const std::string late = *tickets.issue(kStart, "me", 9, "b", rng);
  const Instant end = kStart + kTicketLifetime;
  EXPECT_EQ(tickets.redeem(end - Duration::microseconds(1), early), "a");
  EXPECT_EQ(tickets.redeem(end, late), std::nullopt);
  EXPECT_EQ(tickets.size(), 0U);
}

TEST(Tickets, P21TheOldestOfOnesOwnGivesWayAndNobodyElses) {
  Rng rng(1);
  Tickets tickets(kMost);
  const std::string others = *tickets.issue(kStart, "other", 3, "theirs", rng);
  const std::string oldest = *tickets.issue(kStart, "me", 3, "old", rng);
  const std::string second = *tickets.issue(kStart, "me", 3, "second", rng);
  (void)tickets.issue(kStart, "me", 3, "third", rng);
  (void)tickets.issue(kStart, "me", 3, "fourth", rng);
  EXPECT_EQ(tickets.size(), 4U);
  EXPECT_EQ(tickets.redeem(kStart, oldest), std::nullopt);
  EXPECT_EQ(tickets.redeem(kStart, second), "second");
  EXPECT_EQ(tickets.redeem(kStart, others), "theirs");
}

TEST(Tickets, P21AFullTableRefusesInsteadOfTakingFromOthers) {
  Rng rng(1);
  Tickets tickets(kMost);
  const std::string first = *tickets.issue(kStart, "other", 1, "theirs", rng);
  for (std::size_t i = 1; i < kMost; ++i)
    ASSERT_TRUE(tickets.issue(kStart, "me", kMost, "x", rng).has_value());
  EXPECT_FALSE(tickets.issue(kStart, "third", 1, "x", rng).has_value());
  // Who has tickets may still change one of them for another.
  EXPECT_TRUE(tickets.issue(kStart, "me", 5, "x", rng).has_value());
  EXPECT_EQ(tickets.redeem(kStart, first), "theirs");
  tickets.expire(kStart + kTicketLifetime);
  EXPECT_EQ(tickets.size(), 0U);
}

TEST(MessageRate, P34ABurstPassesThenTheRate) {
  MessageRate rate(8, 16);
  int passed = 0;
  for (int i = 0; i < 100; ++i) passed += rate.take(kStart) ? 1 : 0;
  EXPECT_EQ(passed, 16);
  EXPECT_FALSE(rate.take(kStart + Duration::milliseconds(124)));
  EXPECT_TRUE(rate.take(kStart + Duration::milliseconds(125)));
  EXPECT_FALSE(rate.take(kStart + Duration::milliseconds(125)));
  passed = 0;
  for (int ms = 1'000; ms < 11'000; ++ms)
    passed += rate.take(kStart + Duration::milliseconds(ms)) ? 1 : 0;
  EXPECT_NEAR(passed, 80, 8);  // what one second had refilled may come on top
}

}  // namespace
}  // namespace lectern::signaling
