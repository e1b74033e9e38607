// Who is taken, who is refused and who is given up when a worker is full.
#include "media/transport/demux.h"
#include "media/worker/peer.h"
#include "tests/unit/heap_bytes.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

namespace lectern::worker {
namespace {

// An offer of a viewer, or of a publisher, that will never be followed by a check.
std::string silent_offer(ClassInABox& box, control::Role role) {
  static const dtls::Certificate kCertificate = dtls::Certificate::generate();
  static const dtls::Context kContext(kCertificate);
  return role == control::Role::kView ? client::Viewer(kContext, box.rng, {}).offer()
                                      : client::Publisher(kContext, box.rng, {}).offer();
}

// True: taken.
bool post(ClassInABox& box, control::Role role, const std::string& class_id = "demo") {
  const size_t before = box.events_of<control::SessionCreated>().size();
  box.control(control::CreateSession{
      .request = 77, .class_id = class_id, .role = role, .offer = silent_offer(box, role)});
  return box.events_of<control::SessionCreated>().size() > before;
}

TEST(Seats, P91AWorkerFullOfViewersTakesItsTeacher) {
  ClassInABox box(1, 1, {.sessions = 3, .classes = 1, .connecting = 2});
  for (int count = 0; count < 3; ++count) {
    ASSERT_NE(box.watch(), nullptr);
    box.run_for(Duration::milliseconds(300));
  }
  EXPECT_EQ(box.watch(), nullptr);
  auto* teacher = box.teach(1);
  ASSERT_NE(teacher, nullptr);
  box.run_for(Duration::seconds(2));
  EXPECT_GE(box.camera(box.students[0]).frames, 30U);
  EXPECT_TRUE(post(box, control::Role::kPublish, "another")) << "of a class of her own, too";
}

TEST(Seats, P91AWorkerFullOfPublishersTakesItsViewers) {
  ClassInABox box(1, 1, {.publishers = 1});
  ASSERT_NE(box.teach(1), nullptr);
  EXPECT_EQ(box.teach(1), nullptr);
  EXPECT_EQ(box.events_of<control::SessionRefused>().back().code, RefusalCode::kFull);
  EXPECT_NE(box.watch(), nullptr);
}

TEST(Seats, P90ASessionOfWhichNothingIsHeardIsGivenUpAfterTenSeconds) {
  ClassInABox box;
  ASSERT_TRUE(post(box, control::Role::kView));
  ASSERT_TRUE(post(box, control::Role::kPublish));
  box.run_for(Duration::milliseconds(9'900));
  EXPECT_EQ(box.workers[0]->census().sessions, 2U);
  box.run_for(Duration::milliseconds(200));
  EXPECT_EQ(box.workers[0]->census().sessions, 0U);
  const auto states = box.events_of<control::SessionState>();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].reason, "timeout");
}

TEST(Seats, P90WhenAllConnectingPlacesAreTakenTheOldestSilentOneIsGivenUp) {
  ClassInABox box(1, 1, {.connecting = 10, .connecting_publishers = 1});
  for (int count = 0; count < 10; ++count) ASSERT_TRUE(post(box, control::Role::kView));
  EXPECT_FALSE(post(box, control::Role::kView)) << "they have only just come";
  const auto refused = box.events_of<control::SessionRefused>().back();
  EXPECT_EQ(refused.code, RefusalCode::kBusy);
  EXPECT_EQ(refused.retry_after, 1U);
  EXPECT_TRUE(post(box, control::Role::kPublish)) << "a place of its own";
  box.run_for(Duration::milliseconds(2'100));
  ASSERT_NE(box.watch(), nullptr);
  EXPECT_EQ(box.workers[0]->census().sessions, 11U);
  box.run_for(Duration::seconds(1));
  EXPECT_TRUE(box.students[0].viewer->is_connected());
  // The flood goes on: who is heard from is not given up for it.
  box.delay = Duration::milliseconds(700);
  auto* slow = box.watch();
  ASSERT_NE(slow, nullptr);
  for (int count = 0; count < 60; ++count) {
    static_cast<void>(post(box, control::Role::kView));
    box.run_for(Duration::milliseconds(100));
  }
  EXPECT_TRUE(slow->viewer->is_connected());
}

// Checks, and never a handshake: for as long as that is borne it holds its place, and only that.
TEST(Seats, P90OneThatDawdlesAtTheFrontKeepsNoSilentOneInItsPlace) {
  ClassInABox box(1, 1, {.connecting = 5});
  const auto is_from_student_by_dtls = [](ClassInABox::Way way, Bytes datagram) {
    return way == ClassInABox::Way::kFromStudent &&
           transport::classify(datagram) == transport::Protocol::kDtls;
  };
  box.loses = is_from_student_by_dtls;
  ASSERT_NE(box.watch(), nullptr);
  box.run_for(Duration::milliseconds(1'200));
  box.loses = [](ClassInABox::Way, Bytes) { return false; };
  for (int count = 0; count < 20; ++count) {  // before its next ClientHello
    ASSERT_NE(box.watch(), nullptr);
    if (count % 4 == 3) box.run_for(Duration::milliseconds(25));
  }
  box.loses = is_from_student_by_dtls;
  ASSERT_FALSE(box.students.front().viewer->is_connected());
  for (int count = 0; count < 4; ++count) ASSERT_TRUE(post(box, control::Role::kView));
  box.run_for(Duration::milliseconds(2'100));
  EXPECT_TRUE(post(box, control::Role::kView)) << "the oldest silent one gives way";
}

TEST(Seats, AFloodOfSilentSessionsLeavesNothing) {
  ClassInABox box(1, 1, {.connecting = 50});
  const Worker::Census empty = box.workers[0]->census();
  for (int count = 0; count < 500; ++count) {
    static_cast<void>(post(box, control::Role::kView, "class-" + std::to_string(count % 7)));
    box.run_for(Duration::milliseconds(20));
  }
  EXPECT_LE(box.workers[0]->census().sessions, 50U);
  box.run_for(Duration::seconds(11));
  EXPECT_EQ(box.workers[0]->census(), empty);
}

// The bound of `connecting` times this is what a flood can make a worker hold.
TEST(Seats, ASilentSessionCostsAFewKilobytes) {
  constexpr size_t kSessions = 200;
  ClassInABox box;
  const std::string offer = silent_offer(box, control::Role::kView);
  const auto fill = [&] {
    for (size_t count = 0; count < kSessions; ++count)
      box.workers[0]->handle_control(
          box.now,
          control::CreateSession{
              .request = 1, .class_id = "demo", .role = control::Role::kView, .offer = offer});
    static_cast<void>(box.workers[0]->take_events());
  };
  fill();
  const size_t before = heap_bytes();
  fill();
  const size_t each = (heap_bytes() - before) / kSessions;
  RecordProperty("bytes_per_session", std::to_string(each));
  EXPECT_GT(each, 1'000U) << "the measure does not measure";
  EXPECT_LT(each, 12'000U) << "the offer is kept";
}

// What is over waits for its goodbye alone: it is not given up a second time.
TEST(Seats, P90ASessionThatIsOverHasNoDeadline) {
  const dtls::Certificate certificate = dtls::Certificate::generate();
  const dtls::Context context(certificate);
  Rng rng(1);
  DropCounters drops;
  const Instant now = Instant::from_ms(5'000);
  transport::Config config;
  config.local = {.ufrag = "ufrag", .password = "password"};
  Peer peer(now, config, context, rng, drops);
  EXPECT_EQ(peer.first_check_deadline(), now + kFirstCheckPatience);
  peer.phase = control::SessionPhase::kClosed;
  EXPECT_TRUE(peer.first_check_deadline().is_never());
}

}  // namespace
}  // namespace lectern::worker
