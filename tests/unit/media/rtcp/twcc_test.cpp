#include "media/rtcp/twcc.h"

#include "base/digest.h"
#include "media/rtcp/feedback.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace lectern::rtcp {
namespace {

using Arrivals = std::vector<std::optional<Duration>>;

Duration ms(int64_t value) {
  return Duration::milliseconds(value);
}

PacketView only_packet(Bytes datagram) {
  return CompoundReader(datagram).next().value();
}

Arrivals arrivals_of(TwccReader reader) {
  Arrivals result;
  uint16_t number = reader.header().base_sequence_number;
  while (const auto status = reader.next()) {
    EXPECT_EQ(status->sequence_number, number++);
    result.push_back(status->arrival);
  }
  return result;
}

Arrivals written_and_read(const Arrivals& arrivals) {
  std::array<uint8_t, 1500> buffer{};
  ByteWriter out(buffer);
  EXPECT_EQ(write_twcc({.base_sequence_number = 65530}, arrivals, out), arrivals.size());
  EXPECT_EQ(out.size() % 4, 0U);
  const auto reader = TwccReader::parse(only_packet(out.written()));
  EXPECT_TRUE(reader.has_value());
  return reader ? arrivals_of(*reader) : Arrivals();
}

TEST(Twcc, ReadsEachKindOfChunk) {
  // Base 10, 25 statuses, reference 2 (128 ms), feedback 7: a run of 4 small deltas; one-bit
  // symbols 1 0 1 and 11 times 0; two-bit symbols: small, large, lost... ; deltas.
  const auto datagram = from_hex(
                            "8fcd0008"
                            "0000000100000002"
                            "000a0019"
                            "00000207"
                            "2004"      // run: symbol 1, length 4
                            "a800"      // vector: 1 0 1 0...
                            "d800"      // vector of pairs: 01 10 00 ...
                            "04080c10"  // the run: 1, 2, 3, 4 ms
                            "0408"      // the first vector: 1, 2 ms
                            "00fff8"    // small 0, large -2 ms
                            "00")
                            .value();
  const auto reader = TwccReader::parse(only_packet(datagram));
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(reader->header(), (TwccHeader{.sender_ssrc = 1,
                                          .media_ssrc = 2,
                                          .base_sequence_number = 10,
                                          .status_count = 25,
                                          .reference_time = 2,
                                          .feedback_count = 7}));
  Arrivals expected(25);
  expected[0] = ms(129);
  expected[1] = ms(131);
  expected[2] = ms(134);
  expected[3] = ms(138);
  expected[4] = ms(139);
  expected[6] = ms(141);
  expected[18] = ms(141);
  expected[19] = ms(139);
  EXPECT_EQ(arrivals_of(*reader), expected);
}

TEST(Twcc, ArrivalsComeBackAsWritten) {
  EXPECT_EQ(written_and_read({ms(0)}), Arrivals{ms(0)});
  const Arrivals mixed = {ms(200),      std::nullopt, ms(201), ms(199),
                          std::nullopt, ms(5000),     ms(5001)};
  EXPECT_EQ(written_and_read(mixed), mixed);
  Arrivals run;
  for (int64_t i = 0; i < 300; ++i) run.emplace_back(ms(1000 + i * 3));
  EXPECT_EQ(written_and_read(run), run);
  Arrivals losses(200);
  losses.front() = ms(77);
  losses.back() = ms(88);
  EXPECT_EQ(written_and_read(losses), losses);
  const Arrivals first_lost = {std::nullopt, ms(640)};
  EXPECT_EQ(written_and_read(first_lost), first_lost);
}

TEST(Twcc, ArrivalsAreRoundedDownToTheTick) {
  const Arrivals read = written_and_read({Duration::microseconds(1'000'249)});
  EXPECT_EQ(read, Arrivals{Duration::microseconds(1'000'000)});
}

TEST(Twcc, StopsWhereADeltaDoesNotFit) {
  std::array<uint8_t, 200> buffer{};
  ByteWriter out(buffer);
  const Arrivals arrivals = {ms(0), ms(8190), ms(17'000)};
  EXPECT_EQ(write_twcc({}, arrivals, out), 2U);
  ByteWriter again(buffer);
  EXPECT_EQ(write_twcc({}, Arrivals{ms(10'000), ms(1000)}, again), 1U);
}

TEST(Twcc, WritesAsManyAsFitAndNothingWithoutArrivals) {
  Arrivals arrivals;
  for (int64_t i = 0; i < 600; ++i) arrivals.emplace_back(ms(i * 1000));
  std::array<uint8_t, 100> buffer{};
  ByteWriter out(buffer);
  const size_t written = write_twcc({}, arrivals, out);
  EXPECT_GE(written, 30U);
  EXPECT_EQ(arrivals_of(TwccReader::parse(only_packet(out.written())).value()),
            Arrivals(arrivals.begin(), arrivals.begin() + static_cast<ptrdiff_t>(written)));
  std::array<uint8_t, 24> small{};
  ByteWriter no_room(small);
  EXPECT_EQ(write_twcc({}, arrivals, no_room), 0U);
  ByteWriter nothing(buffer);
  EXPECT_EQ(write_twcc({}, Arrivals(5), nothing), 0U);
  EXPECT_EQ(nothing.size(), 0U);
}

TEST(Twcc, MalformedFeedbackIsRefused) {
  const auto parse_body = [](const char* after_ssrcs) {
    const auto body = from_hex(std::string("0000000100000002") + after_ssrcs).value();
    return TwccReader::parse(
        {.type = PacketType::kTransportFeedback, .count = kTransportWideFormat, .body = body});
  };
  EXPECT_TRUE(parse_body("0000000200000000"
                         "2002"
                         "0000")
                  .has_value());
  EXPECT_EQ(parse_body("00000002000000").error(), ParseError::kTruncated) << "header";
  EXPECT_EQ(parse_body("0000000200000000").error(), ParseError::kTruncated) << "no chunk";
  EXPECT_EQ(parse_body("0000000200000000"
                       "2002"
                       "00")
                .error(),
            ParseError::kTruncated)
      << "delta";
  EXPECT_EQ(parse_body("0000000200000000"
                       "6002"
                       "0000")
                .error(),
            ParseError::kMalformed)
      << "reserved symbol in a run";
  EXPECT_EQ(parse_body("0000000200000000"
                       "f000"
                       "0000")
                .error(),
            ParseError::kMalformed)
      << "reserved symbol in a vector";
}

TEST(Twcc, RunsOfLengthZeroEnd) {
  std::string hex =
      "8fcd0006000000010000000200000001"
      "00000000";
  hex +=
      "00000000"
      "20010400";  // two empty runs, then one status
  const auto datagram = from_hex(hex).value();
  const auto reader = TwccReader::parse(only_packet(datagram));
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(arrivals_of(*reader), Arrivals{ms(1)});
}

}  // namespace
}  // namespace lectern::rtcp
