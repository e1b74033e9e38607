#include "media/worker/worker.h"

#include "tests/unit/media/worker/class_in_a_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace lectern::worker {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr codec::PictureSize k180p{.width = 320, .height = 180};
constexpr codec::PictureSize k720p{.width = 1280, .height = 720};

TEST(Worker, ShowsAViewerSoundAndPicture) {
  ClassInABox box;
  ASSERT_NE(box.teach(1), nullptr);
  box.run_for(Duration::seconds(1));
  auto* student = box.watch();
  ASSERT_NE(student, nullptr);
  box.run_for(Duration::seconds(5));
  ASSERT_TRUE(student->viewer->is_connected());
  const auto picture = box.camera(*student);
  EXPECT_GE(picture.frames, 110U);
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
  const auto sound = box.sound(*student);
  EXPECT_GE(sound.packets, 235U);
  EXPECT_EQ(sound.lost, 0U);
  EXPECT_EQ(sound.concealed, Duration::zero());
  EXPECT_EQ(box.rung(student->session)->rung, "720p");
}

TEST(Worker, AStudentMayComeBeforeTheTeacher) {
  ClassInABox box;
  auto* student = box.watch();
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.sound(*student).packets, 0U);
  box.teach(3);
  box.run_for(Duration::seconds(3));
  EXPECT_GE(box.sound(*student).packets, 130U);
  EXPECT_GE(box.camera(*student).frames, 65U);
  expect_unbroken(box.camera(*student));
}

TEST(Worker, ClimbsToTheTopWithinTwoSecondsOnAFastLink) {
  ClassInABox box;
  box.teach(3);
  box.run_for(Duration::seconds(5));
  auto* student = box.watch();
  box.run_for(Duration::milliseconds(400));
  ASSERT_GT(box.camera(*student).frames, 0U);
  EXPECT_EQ(box.camera(*student).picture_size, k180p);
  box.run_for(Duration::milliseconds(1900));
  EXPECT_EQ(box.camera(*student).picture_size, k720p);
  box.run_for(Duration::seconds(5));
  const auto picture = box.camera(*student);
  EXPECT_EQ(picture.picture_size, k720p);
  EXPECT_EQ(picture.freezes, 0U);
  EXPECT_LE(picture.longest_gap, Duration::milliseconds(120));
  expect_unbroken(picture);
  EXPECT_EQ(box.rung(student->session)->rung, "720p");
}

TEST(Worker, GoesDownAtOnceWhenTheLinkShrinks) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch({.wants_screen = true});
  box.run_for(Duration::seconds(6));
  ASSERT_EQ(box.camera(*student).picture_size, k720p);
  EXPECT_EQ(box.rung(student->session)->reason, "source") << "there is no better one";
  student->viewer->set_remb(DataRate::kbps(260));
  box.delay = Duration::milliseconds(60);  // what was sent in excess waits in a queue
  box.run_for(Duration::milliseconds(2500));
  EXPECT_EQ(box.camera(*student).picture_size, k180p);
  EXPECT_EQ(box.rung(student->session)->rung, "180p");
  EXPECT_EQ(box.rung(student->session)->reason, "bandwidth");
  EXPECT_EQ(box.camera(*student).freezes, 0U);
  expect_unbroken(box.camera(*student));
  // And it goes on saying so, though there is no screen to be had.
  box.run_for(Duration::seconds(2));
  EXPECT_EQ(box.rung(student->session)->rung, "180p");
  EXPECT_EQ(box.rung(student->session)->reason, "bandwidth");
}

TEST(Worker, AJoinDoesNotCostTheTeacherAKeyframeWhenOneIsCached) {
  ClassInABox box;
  auto* teacher = box.teach(1);
  box.watch();
  box.run_for(Duration::seconds(4));
  teacher->wants_keyframe[1][0] = true;  // the encoder makes one of its own accord
  box.run_for(Duration::seconds(1));
  const int before = teacher->keyframe_requests;
  auto* late = box.watch();
  box.run_for(Duration::milliseconds(300));
  EXPECT_GT(box.camera(*late).frames, 20U) << "the cached second was to come at once";
  EXPECT_EQ(teacher->keyframe_requests, before);
  box.run_for(Duration::seconds(2));
  EXPECT_EQ(teacher->keyframe_requests, before);
  expect_unbroken(box.camera(*late));
}

TEST(Worker, AViewerThatNeverAsksGetsAPicture) {
  ClassInABox box;
  box.teach(1);
  box.run_for(Duration::seconds(6));  // past what is cached
  auto* student = box.watch({.sends_pli = false, .sends_nack = false});
  box.run_for(Duration::seconds(2));
  EXPECT_GE(box.camera(*student).frames, 30U);
}

TEST(Worker, TheClassGoesOnWithAnotherPublisher) {
  ClassInABox box;
  auto* first = box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(4));
  box.vanish(*first);
  box.run_for(Duration::seconds(1));
  const uint64_t before = box.camera(*student).frames;
  box.teach(3);
  box.run_for(Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, before + 90);
  expect_unbroken(box.camera(*student));
  EXPECT_EQ(box.sound(*student).timestamp_regressions, 0U);
  EXPECT_EQ(box.sound(*student).lost, 0U);
  EXPECT_THAT(box.events_of<control::SessionState>(),
              Contains(AllOf(Field(&control::SessionState::session, first->session),
                             Field(&control::SessionState::reason, "replaced"))));
}

TEST(Worker, CarriesH264) {
  ClassInABox box;
  box.teach(1, {.videos = {{.codecs = {sdp::CodecName::kH264}}}, .wall_clock_offset = {}});
  box.run_for(Duration::seconds(4));
  auto* student = box.watch();
  auto* other = box.watch({.video_codecs = {sdp::CodecName::kVp8}});
  box.run_for(Duration::seconds(3));
  const auto picture = box.camera(*student);
  EXPECT_GE(picture.frames, 65U);
  EXPECT_EQ(picture.codec, sdp::CodecName::kH264);
  EXPECT_EQ(picture.picture_size, (codec::PictureSize{.width = 640, .height = 360}));
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
  EXPECT_EQ(box.camera(*other).packets, 0U);
  EXPECT_EQ(box.rung(other->session)->reason, "codec");
}

// What the SPS says counts, not what the offer said: OBS offers constrained baseline whatever it
// is.
TEST(Worker, P81SendsAProfileToWhomCanDecodeIt) {
  ClassInABox box;
  auto* teacher =
      box.teach(1, {.videos = {{.codecs = {sdp::CodecName::kH264}}}, .wall_clock_offset = {}});
  teacher->h264_profile = 77;
  auto* student = box.watch();
  auto* other = box.watch({.takes_h264_high = false});
  box.run_for(Duration::seconds(4));
  EXPECT_GE(box.camera(*student).frames, 65U);
  EXPECT_EQ(box.rung(student->session)->rung, "360p");
  EXPECT_EQ(box.camera(*other).packets, 0U);
  EXPECT_EQ(box.rung(other->session)->rung, "audio");
  EXPECT_EQ(box.rung(other->session)->reason, "codec");
}

TEST(Worker, P81TheProfileMayChange) {
  ClassInABox box;
  auto* first =
      box.teach(1, {.videos = {{.codecs = {sdp::CodecName::kH264}}}, .wall_clock_offset = {}});
  auto* student = box.watch({.takes_h264_high = false});
  box.run_for(Duration::seconds(3));
  EXPECT_GE(box.camera(*student).frames, 40U);
  box.vanish(*first);
  box.teach(1, {.videos = {{.codecs = {sdp::CodecName::kH264}}}, .wall_clock_offset = {}})
      ->h264_profile = 77;
  box.run_for(Duration::seconds(4));
  EXPECT_EQ(box.rung(student->session)->reason, "codec");
  const uint64_t before = box.camera(*student).frames;
  box.run_for(Duration::seconds(1));
  EXPECT_EQ(box.camera(*student).frames, before);
}

TEST(Worker, TheNextPublisherMaySendAnotherCodec) {
  ClassInABox box;
  auto* first =
      box.teach(1, {.videos = {{.codecs = {sdp::CodecName::kH264}}}, .wall_clock_offset = {}});
  auto* student = box.watch();
  auto* other = box.watch({.video_codecs = {sdp::CodecName::kVp8}});
  box.run_for(Duration::seconds(3));
  box.vanish(*first);
  box.teach(3);
  box.run_for(Duration::seconds(4));
  EXPECT_EQ(box.camera(*student).codec, sdp::CodecName::kVp8);
  EXPECT_EQ(box.camera(*student).lost, 0U);
  EXPECT_EQ(box.camera(*student).timestamp_regressions, 0U);
  EXPECT_GE(box.camera(*other).frames, 75U);
  EXPECT_EQ(box.rung(other->session)->rung, "720p");
}

TEST(Worker, TheTopEncodingMayBeSwitchedOff) {
  ClassInABox box;
  auto* teacher = box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(5));
  ASSERT_EQ(box.camera(*student).picture_size, k720p);
  teacher->encodings = 2;
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.camera(*student).picture_size->height, 360U);
  EXPECT_LE(box.camera(*student).longest_gap, Duration::milliseconds(1300));
  expect_unbroken(box.camera(*student));
}

TEST(Worker, AViewerWithoutTheCodecHearsTheLesson) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch({.video_codecs = {sdp::CodecName::kH264}});
  box.run_for(Duration::seconds(3));
  EXPECT_GE(box.sound(*student).packets, 100U);
  EXPECT_EQ(box.camera(*student).packets, 0U);
  EXPECT_EQ(box.rung(student->session)->rung, "audio");
  EXPECT_EQ(box.rung(student->session)->reason, "codec");
}

TEST(Worker, APageLimitsWhatItReceives) {
  ClassInABox box;
  box.teach(3);
  auto* student = box.watch();
  box.run_for(Duration::seconds(5));
  box.control(control::LimitTier{
      .session = student->session, .limit = control::Limit::kHeight, .max_height = 200});
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.camera(*student).picture_size, k180p);
  EXPECT_EQ(box.rung(student->session)->reason, "limit");
  box.control(control::LimitTier{.session = student->session, .limit = control::Limit::kAudioOnly});
  box.run_for(Duration::milliseconds(100));
  const uint64_t before = box.camera(*student).packets;
  box.run_for(Duration::seconds(1));
  EXPECT_EQ(box.camera(*student).packets, before);
  EXPECT_EQ(box.rung(student->session)->rung, "audio");
  EXPECT_EQ(box.rung(student->session)->reason, "limit");
  box.control(control::LimitTier{.session = student->session, .limit = control::Limit::kNone});
  box.run_for(Duration::seconds(4));
  EXPECT_EQ(box.camera(*student).picture_size, k720p);
  expect_unbroken(box.camera(*student));
}

TEST(Worker, OnePictureLineShowsTheScreenWhileThereIsNoCamera) {
  ClassInABox box;
  client::PublisherConfig config;
  config.videos = {{.kind = sdp::TrackKind::kCamera}, {.kind = sdp::TrackKind::kScreen}};
  auto* teacher = box.teach(1, config);
  teacher->sends_camera = false;
  teacher->sends_screen = true;
  auto* student = box.watch();
  auto* both = box.watch({.wants_screen = true});
  box.run_for(Duration::seconds(3));
  EXPECT_GE(box.camera(*student).frames, 60U);
  EXPECT_EQ(box.camera(*both).packets, 0U);
  EXPECT_GE(both->viewer->stats(box.now, sdp::TrackKind::kScreen)->frames, 60U);
  teacher->sends_camera = true;
  box.run_for(Duration::seconds(3));
  expect_unbroken(box.camera(*student));
  EXPECT_GE(box.camera(*both).frames, 60U);
}

TEST(Worker, FiftyJoinsAndLeavesLeaveNothing) {
  ClassInABox box;
  box.run_for(Duration::seconds(1));
  const Worker::Census empty = box.workers[0]->census();
  box.teach(3);
  box.run_for(Duration::seconds(4));
  const Worker::Census before = box.workers[0]->census();
  for (int round = 0; round < 50; ++round) {
    auto* student = box.watch();
    box.run_for(Duration::milliseconds(150));
    ASSERT_TRUE(student->viewer->is_connected()) << round;
    box.leave(*student);
    box.run_for(Duration::milliseconds(20));
  }
  const Worker::Census after = box.workers[0]->census();
  EXPECT_EQ(after.sessions, before.sessions);
  EXPECT_EQ(after.paths, before.paths);
  EXPECT_EQ(after.timers, before.timers);
  EXPECT_EQ(after.classes, before.classes);
  box.vanish(box.teachers[0]);
  box.run_for(Duration::seconds(35));  // consent: RFC 7675
  EXPECT_EQ(box.workers[0]->census(), empty);
}

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

TEST(Worker, TellsWhatTheClassReceives) {
  ClassInABox box;
  box.teach(3);
  box.watch();
  box.watch({.video_codecs = {sdp::CodecName::kH264}});
  box.run_for(Duration::seconds(5));
  const auto audience = box.events_of<control::Audience>().back();
  EXPECT_EQ(audience.class_id, "demo");
  EXPECT_THAT(audience.rungs, Contains(control::RungCount{.rung = "720p", .viewers = 1}));
  EXPECT_THAT(audience.rungs, Contains(control::RungCount{.rung = "audio", .viewers = 1}));
  const auto load = box.events_of<control::Load>().back();
  EXPECT_EQ(load.viewers, 2U);
  EXPECT_EQ(load.publishers, 1U);
  EXPECT_GT(load.egress_bps, 1'000'000U);
  EXPECT_GT(load.packets_per_s, 100U);
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
  EXPECT_EQ(refused[0].status, 412U);
  box.control(control::PatchSession{
      .request = 72, .session = student->session, .content = fragment, .if_match = "*"});
  const auto patched = box.events_of<control::SessionPatched>();
  ASSERT_THAT(patched, SizeIs(1));
  EXPECT_NE(patched[0].content.find("a=ice-ufrag:"), std::string::npos);
  box.control(control::PatchSession{
      .request = 73, .session = "nobody", .content = fragment, .if_match = {}});
  EXPECT_EQ(box.events_of<control::SessionRefused>().back().status, 404U);
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
    return all.size() > refused ? all.back().status : 200U;
  };
  const std::string pwd = "0123456789012345678901";
  EXPECT_EQ(patch("newu", ""), 400U);
  EXPECT_EQ(patch("", pwd), 400U);
  EXPECT_EQ(patch("new", pwd), 400U);
  EXPECT_THAT(box.events_of<control::SessionPatched>(), SizeIs(0));
  EXPECT_EQ(patch("newu", pwd), 200U);
  EXPECT_EQ(patch("newv", pwd), 200U);
  const auto patched = box.events_of<control::SessionPatched>();
  ASSERT_THAT(patched, SizeIs(2));
  EXPECT_NE(patched[0].etag, patched[1].etag);
  // Late: of a session that has been restarted since.
  EXPECT_EQ(patch("newu", pwd), 412U);
  EXPECT_EQ(patch("newv", "another0123456789012345"), 400U);
  // Of the present one, named in a list (RFC 9110 §13.1.1).
  EXPECT_EQ(patch("newv", pwd, "\"x\", " + patched[1].etag + " "), 200U);
  EXPECT_EQ(patch("newv", pwd, "\"x\", W/" + patched[1].etag), 412U);
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
  EXPECT_EQ(refused[0].status, 503U);
  EXPECT_EQ(box.workers[0]->census().sessions, 2U);
}

TEST(Worker, RefusesAnOfferThatCannotBeRead) {
  ClassInABox box;
  box.control(control::CreateSession{
      .request = 5, .class_id = "demo", .role = control::Role::kView, .offer = "hello"});
  const auto refused = box.events_of<control::SessionRefused>();
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].status, 400U);
  EXPECT_EQ(box.workers[0]->census().classes, 0U);
}

TEST(Worker, SurvivesGarbageAndCountsIt) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(1));
  const Path known{.remote = student->address, .local = Endpoint::v4(10, 0, 0, 1, 9000)};
  const Path unknown{.remote = Endpoint::v4(10, 9, 9, 9, 1), .local = known.local};
  for (int count = 0; count < 20'000; ++count) {
    std::vector<uint8_t> garbage(box.rng.below(1500));
    box.rng.fill(garbage);
    box.workers[0]->handle_datagram(box.now, box.rng.chance(0.5) ? known : unknown, garbage);
    box.workers[0]->handle_leg_datagram(box.now, unknown.remote, garbage);
  }
  box.run_for(Duration::seconds(2));
  EXPECT_GT(box.counter("drops_total", "unknown_path"), 1000U);
  EXPECT_GT(box.counter("drops_total", "srtp_auth_failed"), 100U);
  EXPECT_GT(box.counter("drops_total", "leg_unknown"), 1000U);
  EXPECT_GT(box.counter("drops_total", "stun_malformed"), 10U);
  const uint64_t before = box.camera(*student).frames;
  box.run_for(Duration::seconds(1));
  EXPECT_GE(box.camera(*student).frames, before + 24);
}

TEST(Worker, ManyViewersGetTheSame) {
  ClassInABox box;
  box.teach(3);
  for (int count = 0; count < 40; ++count) box.watch();
  box.run_for(Duration::seconds(4));
  for (const auto& student : box.students) {
    EXPECT_GE(box.camera(student).frames, 75U);
    EXPECT_GE(box.sound(student).packets, 185U);
    expect_unbroken(box.camera(student));
    EXPECT_EQ(box.sound(student).lost, 0U);
  }
}

}  // namespace
}  // namespace lectern::worker
