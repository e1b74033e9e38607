// What signaling orders of a worker, and what it is told.
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace lectern::worker {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Worker, ListsItsSessionsToANewControlChannel) {
  ClassInABox box(2);
  auto* teacher = box.teach(1);
  auto* student = box.watch();
  box.connect_workers(0, 1, 9);
  box.run_for(Duration::seconds(1));
  const auto records = box.workers[0]->handle_control_connected(box.now);
  ASSERT_THAT(records, SizeIs(2));
  const auto& hello = std::get<control::Hello>(records[0]);
  ASSERT_THAT(hello.sessions, SizeIs(2));
  EXPECT_THAT(
      hello.sessions,
      Contains(AllOf(Field(&control::SessionEntry::id, teacher->session),
                     Field(&control::SessionEntry::class_id, "demo"),
                     Field(&control::SessionEntry::role, control::Role::kPublish),
                     Field(&control::SessionEntry::phase, control::SessionPhase::kConnected))));
  EXPECT_THAT(hello.sessions, Contains(Field(&control::SessionEntry::id, student->session)));
  EXPECT_EQ(hello.fingerprint.size(), 95U);
  const auto& source = std::get<control::SourceState>(records[1]);
  EXPECT_TRUE(source.tracks[0].active);
  EXPECT_EQ(source.tracks[1].codec, "VP8");
  EXPECT_THAT(source.tracks[1].encodings, SizeIs(1));
  // The leg is not named again: it is closed after five seconds, no sooner.
  box.run_for(Duration::milliseconds(4900));
  EXPECT_EQ(box.workers[0]->census().legs, 1U);
  box.run_for(Duration::milliseconds(200));
  EXPECT_EQ(box.workers[0]->census().legs, 0U);
}

TEST(Worker, RestartsIceAndRefusesAnOldTag) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(1));
  const std::string fragment =
      "a=ice-ufrag:newu\r\na=ice-pwd:0123456789012345678901\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
  box.control(control::PatchSession{
      .request = 71, .session = student->session, .content = fragment, .if_match = "\"old\""});
  const auto refused = box.events_of<control::SessionRefused>();
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].code, RefusalCode::kPreconditionFailed);
  box.control(control::PatchSession{
      .request = 72, .session = student->session, .content = fragment, .if_match = "*"});
  const auto patched = box.events_of<control::SessionPatched>();
  ASSERT_THAT(patched, SizeIs(1));
  EXPECT_NE(patched[0].content.find("a=ice-ufrag:"), std::string::npos);
  box.control(control::PatchSession{
      .request = 73, .session = "nobody", .content = fragment, .if_match = {}});
  EXPECT_EQ(box.events_of<control::SessionRefused>().back().code, RefusalCode::kUnknownSession);
}

TEST(Worker, P12AWrongPatchRestartsNothing) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(1));
  control::RequestNumber request = 70;
  const auto patch = [&](const std::string& ufrag, const std::string& pwd,
                         const std::string& if_match = {}) {
    std::string content = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
    if (!pwd.empty()) content = "a=ice-pwd:" + pwd + "\r\n" + content;
    if (!ufrag.empty()) content = "a=ice-ufrag:" + ufrag + "\r\n" + content;
    const size_t refused = box.events_of<control::SessionRefused>().size();
    box.control(control::PatchSession{.request = ++request,
                                      .session = student->session,
                                      .content = content,
                                      .if_match = if_match});
    const auto all = box.events_of<control::SessionRefused>();
    return all.size() > refused ? kind_of(all.back().code).status : 200;
  };
  const std::string pwd = "0123456789012345678901";
  EXPECT_EQ(patch("newu", ""), 400);
  EXPECT_EQ(patch("", pwd), 400);
  EXPECT_EQ(patch("new", pwd), 400);
  EXPECT_THAT(box.events_of<control::SessionPatched>(), SizeIs(0));
  EXPECT_EQ(patch("newu", pwd), 200);
  EXPECT_EQ(patch("newv", pwd), 200);
  const auto patched = box.events_of<control::SessionPatched>();
  ASSERT_THAT(patched, SizeIs(2));
  EXPECT_NE(patched[0].etag, patched[1].etag);
  // Late: of a session that has been restarted since.
  EXPECT_EQ(patch("newu", pwd), 412);
  EXPECT_EQ(patch("newv", "another0123456789012345"), 400);
  // Of the present one.
  EXPECT_EQ(patch("newv", pwd, patched[1].etag), 200);
  EXPECT_EQ(box.events_of<control::SessionPatched>().back().etag, patched[1].etag);
}

TEST(Worker, P12ARestartNamesTheSameCandidates) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(1));
  box.control(
      control::PatchSession{.request = 71,
                            .session = student->session,
                            .content = "a=ice-ufrag:newu\r\na=ice-pwd:0123456789012345678901\r\n",
                            .if_match = "*"});
  const auto candidates_of = [](const std::string& text) {
    std::string lines;
    for (size_t at = text.find("a=candidate:"); at != std::string::npos;
         at = text.find("a=candidate:", at + 1))
      lines += text.substr(at, text.find('\n', at) - at + 1);
    return lines;
  };
  const std::string first = candidates_of(box.events_of<control::SessionCreated>().back().answer);
  EXPECT_THAT(first, HasSubstr(" udp 2130706431 "));
  EXPECT_EQ(candidates_of(box.events_of<control::SessionPatched>().back().content), first);
}

TEST(Worker, RefusesWhatItHasNoRoomFor) {
  ClassInABox box(1, 1, {.sessions = 2});
  ASSERT_NE(box.watch(), nullptr);
  ASSERT_NE(box.watch(), nullptr);
  EXPECT_EQ(box.watch(), nullptr);
  const auto refused = box.events_of<control::SessionRefused>();
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].code, RefusalCode::kFull);
  EXPECT_EQ(box.workers[0]->census().sessions, 2U);
}

TEST(Worker, RefusesAnOfferThatCannotBeRead) {
  ClassInABox box;
  box.control(control::CreateSession{
      .request = 5, .class_id = "demo", .role = control::Role::kView, .offer = "hello"});
  const auto refused = box.events_of<control::SessionRefused>();
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].code, RefusalCode::kUnreadable);
  EXPECT_EQ(box.workers[0]->census().classes, 0U);
}

}  // namespace
}  // namespace lectern::worker
