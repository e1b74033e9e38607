#include "media/codec/h264_packetizer.h"

#include "base/digest.h"
#include "media/codec/h264.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace lectern::codec {
namespace {

std::vector<uint8_t> large_idr(size_t size) {
  std::vector<uint8_t> nal(size, 0xAB);
  nal[0] = 0x65;
  nal[1] = 0x88;
  return nal;
}

std::vector<uint8_t> access_unit(const std::vector<std::vector<uint8_t>>& nals) {
  std::vector<uint8_t> bytes;
  for (const auto& nal : nals) {
    // Three bytes of start code, and four, in turn.
    if (bytes.size() % 2 == 0) bytes.push_back(0);
    bytes.insert(bytes.end(), {0, 0, 1});
    bytes.insert(bytes.end(), nal.begin(), nal.end());
  }
  return bytes;
}

struct Result {
  std::vector<std::vector<uint8_t>> payloads;
  std::vector<std::vector<uint8_t>> nals;  // put together again
};

Result packetize(Bytes unit, size_t max_payload) {
  Result result;
  H264Packetizer packetizer(unit, max_payload);
  std::vector<uint8_t> buffer(max_payload);
  bool is_done = false;
  while (const auto fragment = packetizer.next(buffer)) {
    EXPECT_FALSE(is_done) << "nothing follows the last";
    is_done = fragment->is_last;
    EXPECT_LE(fragment->size, max_payload);
    const Bytes payload = Bytes(buffer).first(fragment->size);
    result.payloads.emplace_back(payload.begin(), payload.end());
    const auto nal = h264::NalReader(payload).next();
    EXPECT_TRUE(nal.has_value());
    if (!nal) return result;
    if (nal->is_start)
      result.nals.push_back({static_cast<uint8_t>(nal->reference_idc << 5 | nal->type)});
    result.nals.back().insert(result.nals.back().end(), nal->content.begin(), nal->content.end());
  }
  EXPECT_EQ(is_done, !result.payloads.empty());
  return result;
}

TEST(H264Packetizer, NalUnitsComeBack) {
  const auto sps = from_hex("6742c01e8c8d405017fcb00f08846a").value();
  const auto pps = from_hex("68ce3c80").value();
  const std::vector<std::vector<uint8_t>> nals = {sps, pps, large_idr(500), large_idr(100),
                                                  large_idr(101)};
  const Result result = packetize(access_unit(nals), 100);
  EXPECT_EQ(result.nals, nals);
  // Parameter sets alone, six fragments of 499 bytes in 98, one alone, two fragments.
  EXPECT_EQ(result.payloads.size(), 2U + 6U + 1U + 2U);
}

TEST(H264Packetizer, FragmentsCarryTheHeadersOfRfc6184) {
  const Result result = packetize(access_unit({large_idr(200)}), 100);
  ASSERT_EQ(result.payloads.size(), 3U);
  EXPECT_EQ(to_hex(Bytes(result.payloads[0]).first(3)), "7c8588");
  EXPECT_EQ(to_hex(Bytes(result.payloads[1]).first(2)), "7c05");
  EXPECT_EQ(to_hex(Bytes(result.payloads[2]).first(2)), "7c45");
  EXPECT_LE(result.payloads[2].size() - result.payloads[0].size(), 1U);
}

TEST(H264Packetizer, NothingWithoutAStartCode) {
  EXPECT_TRUE(packetize({}, 100).payloads.empty());
  EXPECT_TRUE(packetize(as_bytes("no start code here"), 100).payloads.empty());
  const auto empty = from_hex("000001000001").value();
  EXPECT_TRUE(packetize(empty, 100).payloads.empty());
}

}  // namespace
}  // namespace lectern::codec
