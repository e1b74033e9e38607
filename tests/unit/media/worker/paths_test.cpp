// Whose a 5-tuple is, when somebody sends valid checks of his own session from another's address.
#include "media/stun/message.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace lectern::worker {
namespace {

const Endpoint kServer = Endpoint::v4(10, 0, 0, 1, 9000);

// A session of which the test itself says the checks.
struct Stranger {
  std::string session;
  std::string ufrag;
  std::string password;
};

std::string attribute(const std::string& sdp, const std::string& name) {
  const size_t at = sdp.find("a=" + name + ":") + name.size() + 3;
  return sdp.substr(at, sdp.find("\r\n", at) - at);
}

Stranger join(ClassInABox& box, const std::string& offer) {
  box.control(control::CreateSession{
      .request = 9'000, .class_id = "demo", .role = control::Role::kView, .offer = offer});
  const auto created = box.events_of<control::SessionCreated>().back();
  return {.session = created.session,
          .ufrag = attribute(created.answer, "ice-ufrag"),
          .password = attribute(created.answer, "ice-pwd")};
}

Stranger join(ClassInABox& box) {
  const dtls::Certificate certificate = dtls::Certificate::generate();
  const dtls::Context context(certificate);
  return join(box, client::Viewer(context, box.rng, {}).offer());
}

void check(ClassInABox& box, const Stranger& stranger, const Endpoint& from) {
  std::array<uint8_t, stun::kMaxMessageSize> datagram{};
  stun::BindingRequest request{.transaction_id = {},
                               .receiver_ufrag = stranger.ufrag,
                               .sender_ufrag = "stranger",
                               .priority = 1,
                               .tie_breaker = 2,
                               .is_controlling = true,
                               .use_candidate = true};
  box.rng.fill(request.transaction_id);
  const size_t size = stun::write_binding_request(request, as_bytes(stranger.password), datagram);
  box.workers[0]->handle_datagram(box.now, {.remote = from, .local = kServer},
                                  MutableBytes(datagram).first(size));
}

void run_with_checks(ClassInABox& box, const Stranger& stranger, const Endpoint& from,
                     Duration duration) {
  for (const Instant end = box.now + duration; box.now < end;) {
    check(box, stranger, from);
    box.run_for(Duration::milliseconds(10));
  }
}

TEST(Paths, P92AValidCheckFromTheTeachersAddressTakesNothingFromHer) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(3));
  const Stranger stranger = join(box);
  const uint64_t before = box.camera(*student).frames;
  run_with_checks(box, stranger, teacher->address, Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, before + 97);
  EXPECT_EQ(box.sound(*student).lost, 0U);
  box.run_for(Duration::seconds(1));
  EXPECT_GT(box.counter("drops_total", "path_taken"), 300U);
}

TEST(Paths, AConnectedStudentCannotTakeItEither) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  auto* student = box.watch();
  auto* thief = box.watch();
  box.run_for(Duration::seconds(3));
  ASSERT_TRUE(thief->viewer->is_connected());
  const auto created = box.events_of<control::SessionCreated>().back();
  const Stranger stranger{.session = created.session,
                          .ufrag = attribute(created.answer, "ice-ufrag"),
                          .password = attribute(created.answer, "ice-pwd")};
  const uint64_t before = box.camera(*student).frames;
  run_with_checks(box, stranger, teacher->address, Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, before + 97);
}

// She is away for longer than a path is kept for her; then she is there again.
TEST(Paths, WhatWasTakenInHerSilenceIsHersAgainAtHerFirstCheck) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(3));
  const Stranger stranger = join(box);
  box.loses = [](ClassInABox::Way way, Bytes) { return way == ClassInABox::Way::kFromTeacher; };
  run_with_checks(box, stranger, teacher->address, Duration::seconds(7));
  box.loses = [](ClassInABox::Way, Bytes) { return false; };
  const uint64_t before = box.camera(*student).frames;
  run_with_checks(box, stranger, teacher->address, Duration::seconds(6));
  EXPECT_GE(box.camera(*student).frames, before + 120) << "a handshake has no claim to her media";
}

TEST(Paths, P92APortCanBeUsedAgainAtOnceWhenTheSessionWasDeleted) {
  ClassInABox box;
  box.teach(1);
  auto* first = box.watch();
  box.run_for(Duration::seconds(2));
  const Endpoint port = first->address;
  box.leave(*first);
  box.next_student_address = port;
  auto* second = box.watch();
  box.run_for(Duration::milliseconds(500));
  EXPECT_TRUE(second->viewer->is_connected());
  EXPECT_GT(box.camera(*second).frames, 5U);
}

TEST(Paths, P92APortCanBeUsedAgainWithinSixSecondsOfSilence) {
  ClassInABox box;
  box.teach(1);
  auto* first = box.watch();
  box.run_for(Duration::seconds(2));
  first->is_closed = true;  // without a word
  box.next_student_address = first->address;
  auto* second = box.watch();
  box.run_for(Duration::seconds(3));
  EXPECT_FALSE(second->viewer->is_connected());
  box.run_for(Duration::milliseconds(5500));  // the client's checks come at growing intervals
  EXPECT_TRUE(second->viewer->is_connected());
  EXPECT_GT(box.camera(*second).frames, 5U);
}

TEST(Paths, OfTwoSessionsOnOnePortTheFirstKeepsIt) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  const Stranger stranger = join(box);
  box.run_for(Duration::milliseconds(8));  // its first check has come
  run_with_checks(box, stranger, student->address, Duration::seconds(5));
  EXPECT_TRUE(student->viewer->is_connected()) << "also while its handshake ran";
  EXPECT_GE(box.camera(*student).frames, 100U);
}

// GPRS: 3-7 s for a round trip.
TEST(Paths, AFarBrowsersFirstCheckMayTakeSevenSeconds) {
  ClassInABox box;
  const Stranger far = join(box);
  box.run_for(Duration::seconds(7));
  check(box, far, Endpoint::v4(10, 3, 0, 1, 5'000));
  box.run_for(Duration::seconds(19));
  EXPECT_EQ(box.workers[0]->census().sessions, 1U);
  box.run_for(Duration::seconds(2));
  EXPECT_EQ(box.workers[0]->census().sessions, 0U) << "but its handshake not more than twenty";
}

TEST(Paths, OneWhoClaimsManyPathsKeepsEight) {
  ClassInABox box;
  const Stranger stranger = join(box);
  for (uint16_t port = 1; port <= 500; ++port)
    check(box, stranger, Endpoint::v4(10, 3, 0, 1, port));
  EXPECT_LE(box.workers[0]->census().paths, 9U);
  box.run_for(Duration::seconds(40));
  EXPECT_EQ(box.workers[0]->census().paths, 0U);
}

// USE-CANDIDATE from a victim's address sends the attacker's own media there.
TEST(Paths, P93AVictimIsSentAnAllowanceOnly) {
  ClassInABox box;
  box.teach(3);
  auto* thief = box.watch();
  const auto created = box.events_of<control::SessionCreated>().back();
  const Stranger stranger{.session = created.session,
                          .ufrag = attribute(created.answer, "ice-ufrag"),
                          .password = attribute(created.answer, "ice-pwd")};
  box.run_for(Duration::seconds(6));
  ASSERT_EQ(box.rung(thief->session)->rung, "720p");
  thief->is_closed = true;
  const Endpoint victim = Endpoint::v4(203, 0, 113, 9, 53);
  run_with_checks(box, stranger, victim, Duration::seconds(9));
  EXPECT_GT(box.sent_to[victim], 50'000U);
  EXPECT_LT(box.sent_to[victim], 250'000U) << "with 900 checks of 100 octets, which are answered";
}

TEST(Paths, AChangedAddressIsSentAllAgainOnceItHasReported) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(6));
  student->address = Endpoint::v4(10, 2, 0, 9, 7'777);  // a NAT's whim
  box.run_for(Duration::seconds(8));
  const uint64_t before = box.camera(*student).frames;
  box.run_for(Duration::seconds(2));
  EXPECT_GE(box.camera(*student).frames, before + 45);
  EXPECT_LT(box.camera(*student).longest_gap, Duration::seconds(7));
}

}  // namespace
}  // namespace lectern::worker
