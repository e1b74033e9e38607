// A class that opens its doors: handshakes take turns, and who is watching already notices nothing.

#include "media/worker/handshake_queue.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace lectern::worker {
namespace {

const Path kPath{.remote = Endpoint::v4(10, 2, 0, 1, 40'000),
                 .local = Endpoint::v4(10, 0, 0, 1, 9000)};
constexpr std::array<uint8_t, 3> kBytes = {22, 254, 253};

TEST(HandshakeQueue, ServesInOrder) {
  HandshakeQueue queue;
  std::array<uint8_t, 3> waiting{};
  for (uint32_t slot = 0; slot < 3; ++slot)
    ASSERT_TRUE(queue.push({.slot = slot, .generation = 1}, waiting[slot], kPath, kBytes));
  for (uint32_t slot = 0; slot < 3; ++slot) EXPECT_EQ(queue.take().peer.slot, slot);
  EXPECT_TRUE(queue.is_empty());
}

TEST(HandshakeQueue, IsBoundedInAllAndForEach) {
  HandshakeQueue queue;
  std::vector<uint8_t> waiting(HandshakeQueue::kMaxWaiting);
  for (uint32_t i = 0; i < HandshakeQueue::kMaxOfOne; ++i)
    EXPECT_TRUE(queue.push({.slot = 0, .generation = 1}, waiting[0], kPath, kBytes));
  EXPECT_FALSE(queue.push({.slot = 0, .generation = 1}, waiting[0], kPath, kBytes));
  EXPECT_EQ(waiting[0], HandshakeQueue::kMaxOfOne);
  for (uint32_t slot = 1; queue.size() < HandshakeQueue::kMaxWaiting; ++slot)
    ASSERT_TRUE(queue.push({.slot = slot, .generation = 1}, waiting[slot], kPath, kBytes));
  EXPECT_FALSE(queue.push({.slot = 5000, .generation = 1}, waiting.back(), kPath, kBytes));
  EXPECT_EQ(waiting.back(), 0U);
}

TEST(HandshakeQueue, ATurnHasItsShareAndNoMore) {
  HandshakeQueue queue;
  Instant now = Instant::from_ms(1'000);
  queue.begin_turn(now);
  for (int turn = 0; turn < 2; ++turn) {
    for (size_t i = 0; i < HandshakeQueue::kPerTurn; ++i) EXPECT_TRUE(queue.spend(now));
    now += Duration::milliseconds(1);
    EXPECT_FALSE(queue.spend(now));
    queue.begin_turn(now);
  }
}

TEST(HandshakeQueue, ATurnWithoutAnEndHasAShareOfTime) {
  HandshakeQueue queue;
  Instant now = Instant::from_ms(1'000);
  queue.begin_turn(now);
  size_t spent = 0;
  for (int ms = 0; ms < 1'000; ++ms, now += Duration::milliseconds(1))
    while (queue.spend(now)) ++spent;
  EXPECT_NEAR(static_cast<double>(spent), 1'000.0 / 21 * HandshakeQueue::kPerTurn, 4);
}

size_t connected(const ClassInABox& box) {
  return static_cast<size_t>(std::ranges::count_if(
      box.events_of<control::SessionState>(),
      [](const auto& state) { return state.phase == control::SessionPhase::kConnected; }));
}

struct Storm {
  static constexpr size_t kJoiners = 24;

  explicit Storm(ClassInABox& into) : box(into) {
    for (size_t i = 0; i < kJoiners; ++i) joiners.push_back(box.watch());
  }

  // Millisecond by millisecond, which are the box's turns.
  void run_for(int64_t milliseconds) {
    for (; milliseconds > 0; --milliseconds) {
      const size_t before = connected(box);
      box.run_for(Duration::milliseconds(1));
      most_in_a_turn = std::max(most_in_a_turn, connected(box) - before);
    }
  }

  ClassInABox& box;
  std::vector<ClassInABox::Student*> joiners;
  size_t most_in_a_turn = 0;
};

TEST(JoinStorm, HandshakesTakeTurnsAndAllOfThemSucceed) {
  ClassInABox box;
  ASSERT_NE(box.teach(1), nullptr);
  box.run_for(Duration::seconds(1));
  Storm storm(box);
  storm.run_for(200);
  // All come in the same millisecond: more at once would be a storm that is not held back.
  EXPECT_EQ(storm.most_in_a_turn, HandshakeQueue::kPerTurn);
  for (const ClassInABox::Student* joiner : storm.joiners)
    ASSERT_TRUE(joiner != nullptr && joiner->viewer->is_connected());
  EXPECT_EQ(box.counter("drops_total", "handshakes_waiting"), 0U);
}

// A frame to a large audience takes many batches, and the shell looks at its sockets and its clock
// between them: the turn's share is not given again with each batch.
TEST(JoinStorm, ManyBatchesAreOneTurn) {
  ClassInABox box;
  ASSERT_NE(box.teach(1), nullptr);
  for (int i = 0; i < 60; ++i) ASSERT_NE(box.watch(), nullptr);
  box.run_for(Duration::seconds(2));
  const size_t batches_before = box.most_batches_in_a_turn;
  ASSERT_GT(batches_before, 2U);
  Storm storm(box);
  storm.run_for(500);
  EXPECT_EQ(storm.most_in_a_turn, HandshakeQueue::kPerTurn);
  for (const ClassInABox::Student* joiner : storm.joiners)
    ASSERT_TRUE(joiner != nullptr && joiner->viewer->is_connected());
}

TEST(JoinStorm, WhoWatchesLosesNothing) {
  ClassInABox box;
  ASSERT_NE(box.teach(1), nullptr);
  box.run_for(Duration::seconds(1));
  auto* watching = box.watch();
  box.run_for(Duration::seconds(1));
  const auto before = box.sound(*watching);
  Storm storm(box);
  storm.run_for(1'000);
  const auto after = box.sound(*watching);
  EXPECT_NEAR(static_cast<double>(after.packets - before.packets), 50, 2);
  EXPECT_EQ(after.lost, 0U);
  EXPECT_EQ(after.concealed, Duration::zero());
  EXPECT_EQ(box.camera(*watching).freezes, 0U);
  EXPECT_LE(box.camera(*watching).longest_gap, Duration::milliseconds(120));
}

TEST(JoinStorm, WhoLeavesInTheQueueIsForgotten) {
  ClassInABox box;
  Storm storm(box);
  storm.run_for(20);
  for (ClassInABox::Student* joiner : storm.joiners) box.leave(*joiner);
  box.run_for(Duration::seconds(1));
  EXPECT_EQ(box.workers[0]->census().sessions, 0U);
  EXPECT_FALSE(box.workers[0]->next_timeout() <= box.now);
}

}  // namespace
}  // namespace lectern::worker
