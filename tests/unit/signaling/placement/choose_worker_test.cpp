#include "signaling/placement/choose_worker.h"

#include "signaling/placement/session_directory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lectern::signaling {
namespace {

using control::Role;

std::optional<control::WorkerNumber> choose(Role role, const std::vector<WorkerLoad>& workers,
                                            std::optional<control::WorkerNumber> origin = {}) {
  return choose_worker({.role = role,
                        .workers = workers,
                        .origin = origin,
                        .max_viewers = 100,
                        .max_publishers = 10});
}

TEST(Placement, P15AViewerGoesWhereTheFewestAre) {
  EXPECT_EQ(choose(Role::kView, {{.worker = 0, .viewers = 5}, {.worker = 1, .viewers = 4}}), 1U);
  // A publisher counts like a viewer.
  EXPECT_EQ(choose(Role::kView,
                   {{.worker = 0, .viewers = 2, .publishers = 1}, {.worker = 1, .viewers = 2}}),
            1U);
}

TEST(Placement, P15AmongEqualsTheOneWithFewerOfTheClassThenTheLowestNumber) {
  EXPECT_EQ(choose(Role::kView, {{.worker = 0, .viewers = 4, .viewers_of_class = 3},
                                 {.worker = 1, .viewers = 4, .viewers_of_class = 2}}),
            1U);
  EXPECT_EQ(choose(Role::kView, {{.worker = 1, .viewers = 4}, {.worker = 0, .viewers = 4}}), 0U);
}

TEST(Placement, P15FullAndClosedWorkersArePassedBy) {
  EXPECT_EQ(choose(Role::kView, {}), std::nullopt);
  EXPECT_EQ(choose(Role::kView, {{.worker = 0, .viewers = 100}}), std::nullopt);
  EXPECT_EQ(
      choose(Role::kView, {{.worker = 0, .takes_sessions = false}, {.worker = 1, .viewers = 99}}),
      1U);
  EXPECT_EQ(choose(Role::kPublish, {{.worker = 0, .viewers = 100}}), 0U);
}

TEST(Placement, P15APublisherStaysAtTheOrigin) {
  const std::vector<WorkerLoad> workers = {{.worker = 0, .viewers = 90},
                                           {.worker = 1, .viewers = 0}};
  EXPECT_EQ(choose(Role::kPublish, workers, 0), 0U);
  EXPECT_EQ(choose(Role::kView, workers, 0), 1U);
  EXPECT_EQ(choose(Role::kPublish, {{.worker = 0, .takes_sessions = false}, {.worker = 1}}, 0), 1U);
}

TEST(Placement, StudentsOfOneClassSpreadOverAllWorkers) {
  std::vector<WorkerLoad> workers = {
      {.worker = 0, .publishers = 1}, {.worker = 1}, {.worker = 2}, {.worker = 3}};
  for (int i = 0; i < 380; ++i) {
    const auto chosen = choose(Role::kView, workers);
    ASSERT_TRUE(chosen.has_value());
    ++workers[*chosen].viewers;
  }
  for (const WorkerLoad& worker : workers) EXPECT_EQ(worker.viewers, 95U);
}

TEST(SessionDirectory, CountsBySessionPhaseAndReservation) {
  SessionDirectory sessions;
  const SessionName viewer{0, "v"};
  const SessionName publisher{1, "p"};
  sessions.reserve("demo", 2);
  sessions.add(viewer, {.class_id = "demo", .role = Role::kView, .rung = {}, .demand = {}});
  sessions.add(publisher, {.class_id = "demo", .role = Role::kPublish, .rung = {}, .demand = {}});
  EXPECT_EQ(sessions.workers_with_viewers("demo"), (std::vector<control::WorkerNumber>{0, 2}));
  EXPECT_EQ(sessions.connected_viewers("demo"), 0U);
  sessions.set_phase(viewer, control::SessionPhase::kConnected);
  sessions.set_phase(publisher, control::SessionPhase::kConnected);
  EXPECT_EQ(sessions.connected_viewers("demo"), 1U);
  EXPECT_EQ(sessions.viewers_at(2), 1U);
  EXPECT_EQ(sessions.publishers_at(1), 1U);
  EXPECT_EQ(sessions.size(), 2U);
  sessions.release("demo", 2);
  EXPECT_TRUE(sessions.remove(viewer).has_value());
  EXPECT_FALSE(sessions.remove(viewer).has_value());
  EXPECT_EQ(sessions.viewers_at(0), 0U);
  EXPECT_TRUE(sessions.has_sessions("demo"));
  EXPECT_TRUE(sessions.remove(publisher).has_value());
  EXPECT_FALSE(sessions.has_sessions("demo"));
  EXPECT_EQ(sessions.size(), 0U);
}

}  // namespace
}  // namespace lectern::signaling
