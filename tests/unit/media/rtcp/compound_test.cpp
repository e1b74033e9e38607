#include "media/rtcp/compound.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lectern::rtcp {
namespace {

TEST(RtcpCompound, WalksTheWholeDatagram) {
  // An empty RR, a PLI, and an XR that nobody reads.
  const auto datagram = from_hex(
                            "80c9000100000001"
                            "81ce00020000000100000002"
                            "80cf00010000000a")
                            .value();
  CompoundReader reader(datagram);
  const auto report = reader.next();
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->type, PacketType::kReceiverReport);
  EXPECT_EQ(report->count, 0);
  EXPECT_EQ(to_hex(report->body), "00000001");
  const auto pli = reader.next();
  ASSERT_TRUE(pli.has_value());
  EXPECT_EQ(pli->type, PacketType::kPayloadFeedback);
  EXPECT_EQ(pli->count, 1);
  EXPECT_EQ(pli->body.size(), 8U);
  EXPECT_EQ(reader.next()->type, PacketType::kExtendedReport);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_FALSE(reader.malformed());
}

TEST(RtcpCompound, TakesPaddingOff) {
  const auto datagram = from_hex("a0c900020000000100000004").value();
  CompoundReader reader(datagram);
  EXPECT_EQ(to_hex(reader.next()->body), "00000001");
}

TEST(RtcpCompound, StopsWhereItIsMalformed) {
  for (const char* hex : {"80c9",                // cut in the header
                          "80c900020000000100",  // cut in the body
                          "40c9000100000001",    // version 1
                          "a0c9000100000000",    // padding of 0
                          "a0c9000100000005",    // padding longer than the body
                          "a0c90000"}) {         // padding without a body
    const auto datagram = from_hex(hex).value();
    CompoundReader reader(datagram);
    EXPECT_FALSE(reader.next().has_value()) << hex;
    EXPECT_TRUE(reader.malformed()) << hex;
    EXPECT_FALSE(reader.next().has_value()) << hex;
  }
}

TEST(RtcpCompound, IsBounded) {
  std::string hex;
  for (size_t i = 0; i < kMaxPackets + 1; ++i) hex += "80c9000100000001";
  const auto datagram = from_hex(hex).value();
  CompoundReader reader(datagram);
  size_t packets = 0;
  while (reader.next()) ++packets;
  EXPECT_EQ(packets, kMaxPackets);
  EXPECT_TRUE(reader.malformed());
}

TEST(RtcpCompound, EmptyDatagramHasNoPackets) {
  CompoundReader reader{Bytes()};
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_FALSE(reader.malformed());
}

}  // namespace
}  // namespace lectern::rtcp
