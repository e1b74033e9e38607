#include "media/codec/h264.h"

#include "base/digest.h"
#include "media/codec/h264_parameter_sets.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lectern::codec::h264 {
namespace {

std::vector<uint8_t> bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

// Parameter sets with their NAL header, from x264 (openh264 where it says so).
struct Sample {
  std::string_view sps;
  PictureSize size;
};
constexpr Sample kBaseline{"6742c01fd9005005bb011000000300100000030140f1832480", {1280, 720}};
constexpr Sample kSamples[] = {
    kBaseline,
    {"67640028acd940780227e5c044000003000400000300503c60c658", {1920, 1080}},
    {"674d4016eca05017f536022000000300200000030281e2c5b2c0", {638, 358}},
    {"67f4000c919b28283f6022000003000200000300281e28532c", {320, 240}},        // 4:4:4
    {"677a000cbcd9415087888fc044000003000400000300503c50a658", {322, 242}},    // 4:2:2
    {"67640028acd94078044fde022000000300200000030283e2c5b2c0", {1920, 1080}},  // fields
    {"6742c01e8c8d405017fcb00f08846a", {640, 360}},                            // openh264
};

TEST(H264Sps, GivesTheCroppedSize) {
  for (const Sample& sample : kSamples) {
    const auto sps = bytes_of(sample.sps);
    EXPECT_EQ(parse_sps(Bytes(sps).subspan(1)), sample.size) << sample.sps;
  }
}

TEST(H264Sps, GivesProfileAndLevel) {
  const auto baseline = bytes_of(kBaseline.sps);
  EXPECT_EQ(parse_profile(Bytes(baseline).subspan(1)),
            (ProfileLevel{.profile_idc = 66, .constraints = 0xC0, .level_idc = 31}));
  const auto high = bytes_of(kSamples[1].sps);
  EXPECT_EQ(inspect(high).profile, (ProfileLevel{.profile_idc = 100, .level_idc = 40}));
  EXPECT_FALSE(parse_profile(Bytes(high).subspan(1, 2)));
  EXPECT_FALSE(inspect(bytes_of("68ebe3cb3002c0")).profile);
}

TEST(H264Sps, CutOnesHaveNoSize) {
  const auto sps = bytes_of(kBaseline.sps);
  for (size_t size = 0; size < 8; ++size)
    EXPECT_FALSE(parse_sps(Bytes(sps).subspan(1, size)).has_value()) << size;
  EXPECT_FALSE(parse_sps(std::vector<uint8_t>(64, 0)).has_value()) << "an endless Exp-Golomb code";
}

TEST(H264Payload, SingleNalUnit) {
  const auto idr = inspect(bytes_of("6588804000"));
  EXPECT_TRUE(idr.is_understood);
  EXPECT_TRUE(idr.starts_frame);
  EXPECT_TRUE(idr.starts_keyframe);
  EXPECT_TRUE(idr.has_idr);
  EXPECT_TRUE(idr.is_reference);

  const auto slice = inspect(bytes_of("419a2000"));
  EXPECT_TRUE(slice.starts_frame);
  EXPECT_FALSE(slice.starts_keyframe);
  EXPECT_TRUE(slice.is_reference);

  const auto disposable = inspect(bytes_of("019a2000"));
  EXPECT_FALSE(disposable.is_reference);

  // first_mb_in_slice above 0: a later slice of the picture.
  const auto later = inspect(bytes_of("65218800"));
  EXPECT_FALSE(later.starts_frame);
  EXPECT_FALSE(later.starts_keyframe);
  EXPECT_TRUE(later.has_idr);
}

// Encoders that refresh a picture piece by piece send them before other pictures, too.
// ITU-T H.264 table 7-6.
TEST(H264Payload, TheFirstPacketOfASliceTellsWhetherItIsB) {
  EXPECT_EQ(inspect(bytes_of("019c20")).is_b, true) << "slice_type 6";
  EXPECT_EQ(inspect(bytes_of("01a020")).is_b, true) << "slice_type 1";
  EXPECT_EQ(inspect(bytes_of("419a20")).is_b, false) << "P";
  EXPECT_EQ(inspect(bytes_of("658880")).is_b, false) << "IDR";
  EXPECT_EQ(inspect(bytes_of("7c819c20")).is_b, true) << "the first fragment";
  EXPECT_FALSE(inspect(bytes_of("7c019c20")).is_b) << "another fragment";
  EXPECT_FALSE(inspect(bytes_of("0930")).is_b) << "a delimiter";
  EXPECT_FALSE(inspect(bytes_of("01")).is_b);
}

TEST(H264Payload, ParameterSetsAloneStartNoKeyframe) {
  const auto sps = inspect(bytes_of(kBaseline.sps));
  EXPECT_FALSE(sps.starts_keyframe);
  EXPECT_TRUE(sps.is_prelude);
  EXPECT_TRUE(sps.starts_frame);
  EXPECT_EQ(sps.size, kBaseline.size);
  const auto pps = inspect(bytes_of("68ebe3cb3002c0"));
  EXPECT_FALSE(pps.starts_keyframe);
  EXPECT_TRUE(pps.starts_frame);
  // STAP-A of SPS, PPS and a slice that is none of an IDR picture; AUD and SEI.
  const auto refresh =
      inspect(bytes_of("780019" + std::string(kBaseline.sps) + "000468ebe3cb" + "0003419a20"));
  EXPECT_FALSE(refresh.starts_keyframe);
  EXPECT_FALSE(refresh.is_prelude);
  EXPECT_EQ(refresh.size, kBaseline.size);
  EXPECT_TRUE(inspect(bytes_of("09f0")).is_prelude);
  EXPECT_TRUE(inspect(bytes_of("0606018480")).is_prelude);
  EXPECT_FALSE(inspect(bytes_of("0606018480")).starts_keyframe) << "a recovery point";
}

TEST(H264Payload, StapAHoldsSeveral) {
  const std::string sps(kBaseline.sps);
  const auto payload = bytes_of(
      "78"
      "0019" +
      sps +
      "0004"
      "68ebe3cb"
      "0003"
      "658880");
  NalReader reader(payload);
  const auto first = reader.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->type, kSps);
  EXPECT_EQ(first->content.size(), 24U);
  EXPECT_TRUE(first->is_start && first->is_end);
  EXPECT_EQ(reader.next()->type, kPps);
  const auto last = reader.next();
  EXPECT_EQ(last->type, kIdrSlice);
  EXPECT_EQ(to_hex(last->content), "8880");
  EXPECT_FALSE(reader.next().has_value());

  const auto info = inspect(payload);
  EXPECT_TRUE(info.starts_keyframe);
  EXPECT_TRUE(info.has_idr);
  EXPECT_EQ(info.size, kBaseline.size);
}

TEST(H264Payload, FragmentsSayWhereTheyStand) {
  const auto start = bytes_of("7c858880");
  const auto middle = bytes_of("7c05888000");
  const auto end = bytes_of("7c458880");
  EXPECT_TRUE(inspect(start).starts_keyframe);
  EXPECT_FALSE(inspect(middle).starts_keyframe);
  EXPECT_FALSE(inspect(middle).starts_frame);
  EXPECT_TRUE(inspect(middle).has_idr);
  EXPECT_FALSE(inspect(end).starts_keyframe);
  const auto nal = NalReader(end).next();
  ASSERT_TRUE(nal.has_value());
  EXPECT_EQ(nal->type, kIdrSlice);
  EXPECT_EQ(nal->reference_idc, 3);
  EXPECT_FALSE(nal->is_start);
  EXPECT_TRUE(nal->is_end);
}

// A forwarder is not stricter than receivers: it knows what it can of odd packets.
TEST(H264Payload, OddOnesAreReadAsFarAsTheyGo) {
  const auto keyframe = [](const char* hex) { return inspect(bytes_of(hex)).starts_keyframe; };
  EXPECT_TRUE(keyframe("e588")) << "forbidden_zero_bit";
  EXPECT_TRUE(keyframe("7cc588")) << "FU-A: start and end at once";
  EXPECT_TRUE(keyframe("7d85000088")) << "FU-B";
  EXPECT_TRUE(keyframe("79000100026588")) << "STAP-B";
  EXPECT_TRUE(keyframe("7a0001000200000065880003000000")) << "MTAP16";
  EXPECT_TRUE(
      keyframe("7b000100020000000065"
               "88"))
      << "MTAP24";
  EXPECT_TRUE(keyframe("780000000265880000")) << "STAP-A: empty NAL units around it";
  EXPECT_TRUE(keyframe("7800026588ff")) << "STAP-A: junk at the end";
  EXPECT_TRUE(keyframe("7800026588004065")) << "STAP-A: the second NAL unit is cut";
  EXPECT_FALSE(keyframe("7c05880000")) << "FU-A: its start is missing";
}

TEST(H264Payload, OfSomeNothingIsKnown) {
  for (const char* hex : {"", "60", "7e", "7f01", "78", "7800", "780001", "79", "790001", "7a00",
                          "7c", "7c80", "7c9c88", "7d850000"}) {
    const PayloadInfo info = inspect(bytes_of(hex));
    EXPECT_FALSE(info.starts_keyframe || info.starts_frame || info.size) << hex;
  }
  EXPECT_FALSE(inspect(bytes_of("7e0102")).is_understood);
  EXPECT_TRUE(inspect(bytes_of("7c05")).is_understood) << "FU-A without content";
}

TEST(ParameterSets, AreOnePayloadWhenBothAreKnown) {
  ParameterSets sets;
  EXPECT_TRUE(sets.payload().empty());
  sets.note(bytes_of("68ebe3cb"));
  EXPECT_TRUE(sets.payload().empty());
  sets.note(bytes_of("2742c01f90"));
  EXPECT_EQ(to_hex(sets.payload()), "7800052742c01f90000468ebe3cb") << "NRI: the highest";
  sets.note(bytes_of("2742c01e90"));
  EXPECT_EQ(to_hex(sets.payload()), "7800052742c01e90000468ebe3cb") << "the newest of an id";
  // pic_parameter_set_id 1.
  sets.note(bytes_of("684be3cb"));
  EXPECT_EQ(to_hex(sets.payload()), "7800052742c01e90000468ebe3cb0004684be3cb");
  sets.clear();
  EXPECT_TRUE(sets.payload().empty());
}

TEST(ParameterSets, AreTakenFromAggregatesAndNotInParts) {
  ParameterSets sets;
  sets.note(bytes_of("7c8742c01f90"));  // FU-A: the start of an SPS
  sets.note(bytes_of("68ebe3cb"));
  EXPECT_TRUE(sets.payload().empty());
  sets.note(bytes_of("7800056742c01f90000468ebe3cb0004419a2000"));
  EXPECT_EQ(to_hex(sets.payload()), "7800056742c01f90000468ebe3cb");
  for (const char* cut : {"67", "6742c0", "68", "7c", "78", "7800ff67"}) sets.note(bytes_of(cut));
  EXPECT_EQ(to_hex(sets.payload()), "7800056742c01f90000468ebe3cb");
}

TEST(ParameterSets, AreBounded) {
  ParameterSets sets;
  sets.note(bytes_of("6742c01f90"));
  // Twenty PPSs with ids of their own, each of 200 octets.
  for (uint8_t id = 0; id < 20; ++id) {
    std::vector<uint8_t> pps(200, 0xFF);
    pps[0] = 0x68;
    pps[1] = 0x04;  // ue(v) of 31 to 62: 5 zeros, a one, 5 bits
    pps[2] = static_cast<uint8_t>(id << 3);
    sets.note(pps);
    EXPECT_LE(sets.payload().size(), ParameterSets::kMostOctets + 3 * ParameterSets::kMostSets);
  }
  sets.note(std::vector<uint8_t>(1400, 0x67));
  EXPECT_LE(sets.payload().size(), ParameterSets::kMostOctets + 3 * ParameterSets::kMostSets);
}

}  // namespace
}  // namespace lectern::codec::h264
