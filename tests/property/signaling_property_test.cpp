// A school at random: workers die and come back, students and teachers come, go and come over,
// signaling starts anew. Whatever the order, afterwards each viewer is fed and nothing is left
// over.
#include "base/rng.h"
#include "tests/unit/signaling/school.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lectern::signaling {
namespace {

constexpr control::WorkerNumber kWorkers = 4;
const std::vector<std::string> kClasses = {"demo", "physics", "biology"};

class RandomSchool {
 public:
  explicit RandomSchool(std::uint64_t seed) : rng_(seed), school_(config(), nullptr, seed) {
    for (control::WorkerNumber k = 0; k < kWorkers; ++k) school_.start_worker(k);
  }

  void step() {
    switch (rng_.below(12)) {
      case 0:
        return kill_or_start();
      case 1:
        return teach();
      case 2:
        return end_some_session();
      case 3:
        return lose_some_session();
      case 4:
        return restart();
      case 5:
        return come_by_page();
      case 6:
        return leave_page();
      case 7:
        return claim();
      case 8:
        return drain();
      case 9:
        return school_.advance(
            Duration::milliseconds(static_cast<std::int64_t>(rng_.below(15'000))));
      default:
        return join();
    }
  }

  // Each worker with viewers of a class that has a publisher gets that class, by one leg whose two
  // ends agree; no worker keeps a leg of a class that is taught elsewhere or by itself.
  void expect_fed() {
    for (const std::string& class_id : kClasses) {
      const auto origin = publishing_worker(class_id);
      if (!origin) continue;
      for (const auto& [number, worker] : school_.workers) {
        if (views(worker, class_id)) {
          EXPECT_TRUE(school_.is_fed(class_id, number, *origin))
              << class_id << " at worker " << number << ", taught at " << *origin;
        }
        for (const auto& [leg, sent] : worker.opened) {
          if (sent.class_id != class_id) continue;
          EXPECT_EQ(number, *origin) << class_id;
        }
      }
      EXPECT_FALSE(school_.worker(*origin).accepted.contains(class_id));
    }
  }

  // What signaling knows of sessions is what the workers have.
  void expect_same_sessions() {
    std::size_t count = 0;
    for (const auto& [number, worker] : school_.workers) count += worker.sessions.size();
    EXPECT_EQ(school_.signaling().census().sessions, count);
    EXPECT_EQ(school_.signaling().census().pending_requests, 0U);
    EXPECT_EQ(school_.signaling().census().workers, school_.workers.size());
    EXPECT_EQ(school_.signaling().census().connections, pages_.size());
  }

  void expect_empty_in_the_end() {
    for (const ConnectionId page : pages_) school_.leave(page);
    for (const auto& [number, worker] : std::map(school_.workers))
      for (const auto& [id, entry] : worker.sessions) end({number, id});
    school_.advance(Duration::seconds(120));
    const Signaling::Census census = school_.signaling().census();
    EXPECT_EQ(census, (Signaling::Census{.connections = 0,
                                         .sessions = 0,
                                         .workers = school_.workers.size(),
                                         .legs = 0,
                                         .pending_requests = 0,
                                         .tickets = 0,
                                         .classes = 1,
                                         .remembered = 0}));
    for (const auto& [number, worker] : school_.workers) {
      EXPECT_TRUE(worker.opened.empty());
      EXPECT_TRUE(worker.accepted.empty());
    }
    // Nothing is left to do but to look whether the workers live.
    for (const auto& [number, worker] : std::map(school_.workers)) school_.kill_worker(number);
    EXPECT_TRUE(school_.signaling().next_timeout().is_never());
  }

 private:
  static Config config() {
    Config config = School::dev_config();
    config.expected_workers = kWorkers;
    return config;
  }

  const std::string& any_class() { return kClasses[rng_.below(kClasses.size())]; }

  std::vector<SessionName> sessions() const {
    std::vector<SessionName> names;
    for (const auto& [number, worker] : school_.workers)
      for (const auto& [id, entry] : worker.sessions) names.push_back({number, id});
    return names;
  }
  std::optional<SessionName> any_session() {
    const auto names = sessions();
    if (names.empty()) return std::nullopt;
    return names[rng_.below(names.size())];
  }
  static bool views(const FakeWorker& worker, const std::string& class_id) {
    for (const auto& [id, entry] : worker.sessions)
      if (entry.class_id == class_id && entry.role == control::Role::kView) return true;
    return false;
  }
  std::optional<control::WorkerNumber> publishing_worker(const std::string& class_id) const {
    std::optional<control::WorkerNumber> origin;
    for (const auto& [number, worker] : school_.workers)
      for (const auto& [id, entry] : worker.sessions) {
        if (entry.class_id != class_id || entry.role != control::Role::kPublish) continue;
        EXPECT_FALSE(origin.has_value()) << "two publishers of " << class_id;
        origin = number;
      }
    return origin;
  }

  void kill_or_start() {
    const auto number = static_cast<control::WorkerNumber>(rng_.below(kWorkers));
    if (school_.workers.contains(number)) {
      school_.kill_worker(number);
    } else {
      school_.start_worker(number);
    }
  }
  void post(const std::string& path) {
    const HttpResponse& response = school_.ask(school_.offer(path));
    EXPECT_TRUE(response.status == 201 || response.status == 404 || response.status == 409 ||
                response.status == 503)
        << response.status;
    if (response.status == 201 && rng_.chance(0.8)) school_.connect(session_of(response));
  }
  void join() { post("/whep/" + any_class()); }
  void teach() {
    const std::string client =
        rng_.chance(0.7) ? "?client=page-" + std::to_string(rng_.below(3)) : "";
    post("/whip/" + any_class() + client);
  }
  void end(const SessionName& name) {
    const auto& entry = school_.worker(name.worker).sessions.at(name.id);
    const std::string door = entry.role == control::Role::kPublish ? "/whip/" : "/whep/";
    EXPECT_EQ(school_.ask(school_.request("DELETE", door + entry.class_id + "/" + name.to_string()))
                  .status,
              200);
  }
  void end_some_session() {
    if (const auto name = any_session()) end(*name);
  }
  void lose_some_session() {
    const auto name = any_session();
    if (!name) return;
    const auto entry = school_.worker(name->worker).sessions.extract(name->id).mapped();
    school_.tell(name->worker, control::SessionState{name->id, entry.class_id, entry.role,
                                                     control::SessionPhase::kClosed, "consent"});
  }
  void restart() {
    if (!rng_.chance(0.3)) return;
    school_.restart_signaling();
    pages_.clear();
    for (const auto& [number, worker] : school_.workers) school_.reconnect_worker(number);
  }
  void come_by_page() {
    const ConnectionId page = school_.hello(any_class(), rng_.chance(0.3) ? "teacher" : "student",
                                            "page-" + std::to_string(rng_.below(3)));
    if (!school_.close_code(page)) pages_.insert(page);
  }
  void leave_page() {
    if (pages_.empty()) return;
    school_.leave(*pages_.begin());
    pages_.erase(pages_.begin());
  }
  void claim() {
    const auto name = any_session();
    if (pages_.empty() || !name) return;
    school_.say_media(*pages_.rbegin(), *name);
  }
  void drain() {
    if (!rng_.chance(0.2)) return;
    const auto number = static_cast<control::WorkerNumber>(rng_.below(kWorkers));
    if (school_.workers.contains(number)) school_.tell(number, control::Draining{});
  }

 public:
  // Pages that have been silent for too long are gone.
  void note_closed_pages() {
    std::erase_if(pages_,
                  [this](ConnectionId page) { return school_.close_code(page).has_value(); });
  }

 private:
  Rng rng_;
  School school_;
  std::set<ConnectionId> pages_;
};

class RandomSchoolTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomSchoolTest, P15P51EveryViewerIsFedAndNothingIsLeftOver) {
  RandomSchool school(GetParam());
  for (int i = 0; i < 400; ++i) {
    school.step();
    school.note_closed_pages();
    school.expect_fed();
    school.expect_same_sessions();
    if (testing::Test::HasFailure()) FAIL() << "seed " << GetParam() << ", step " << i;
  }
  school.expect_empty_in_the_end();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSchoolTest, testing::Range<std::uint64_t>(1, 61));

}  // namespace
}  // namespace lectern::signaling
