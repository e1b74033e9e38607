// Which codec and profile a viewer gets of what the publisher sends.
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace lectern::worker {
namespace {

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

}  // namespace
}  // namespace lectern::worker
