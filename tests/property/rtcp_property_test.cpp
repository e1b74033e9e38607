#include "base/rng.h"
#include "media/rtcp/feedback.h"
#include "media/rtcp/reports.h"
#include "media/rtcp/twcc.h"
#include "media/rtcp/twcc_recorder.h"
#include "tests/property/seed.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace lectern::rtcp {
namespace {

ReportBlock random_block(Rng& rng) {
  return {.ssrc = rng.next_u32(),
          .fraction_lost = static_cast<uint8_t>(rng.next_u32()),
          .cumulative_lost = static_cast<int32_t>(rng.below(1 << 24)) - (1 << 23),
          .highest_sequence_number = rng.next_u32(),
          .jitter = rng.next_u32(),
          .last_sender_report = rng.next_u32(),
          .delay_since_last_sender_report = rng.next_u32()};
}

TEST(RtcpProperty, ReportsComeBackAsWritten) {
  Rng rng(property_seed());
  for (int round = 0; round < 1000; ++round) {
    SCOPED_TRACE(round);
    std::vector<ReportBlock> blocks(rng.below(32));
    for (ReportBlock& block : blocks) block = random_block(rng);
    const SenderInfo sender{.ssrc = rng.next_u32(),
                            .ntp = rng.next_u64(),
                            .rtp_timestamp = rng.next_u32(),
                            .packet_count = rng.next_u32(),
                            .octet_count = rng.next_u32()};
    std::array<uint8_t, 2000> buffer{};
    ByteWriter out(buffer);
    ASSERT_TRUE(write_sender_report(sender, blocks, out));
    ASSERT_TRUE(write_receiver_report(sender.ssrc, blocks, out));
    CompoundReader reader(out.written());
    const auto first = parse_sender_report(reader.next().value());
    const auto second = parse_receiver_report(reader.next().value());
    EXPECT_FALSE(reader.next().has_value() || reader.malformed());
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->sender, sender);
    EXPECT_EQ(second->ssrc, sender.ssrc);
    ASSERT_EQ(first->blocks.size(), blocks.size());
    ASSERT_EQ(second->blocks.size(), blocks.size());
    for (size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(first->blocks[i], blocks[i]);
      EXPECT_EQ(second->blocks[i], blocks[i]);
    }
  }
}

TEST(RtcpProperty, NackNumbersComeBackAsWritten) {
  Rng rng(property_seed());
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    std::vector<uint16_t> numbers;
    auto number = static_cast<uint16_t>(rng.next_u32());
    for (uint64_t i = rng.below(300) + 1; i > 0; --i) {
      number = static_cast<uint16_t>(number + 1 + rng.below(rng.chance(0.1) ? 100 : 4));
      numbers.push_back(number);
    }
    std::array<uint8_t, 1200> buffer{};
    ByteWriter out(MutableBytes(buffer).first(16 + rng.below(1184)));
    const size_t written = write_nack(1, 2, numbers, out);
    ASSERT_GT(written, 0U);
    NackNumbers read = parse_nack(CompoundReader(out.written()).next().value())->numbers;
    for (size_t i = 0; i < written; ++i) ASSERT_EQ(read.next(), numbers[i]);
    EXPECT_FALSE(read.next().has_value());
  }
}

TEST(TwccProperty, ArrivalsComeBackAsWritten) {
  Rng rng(property_seed());
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    std::vector<std::optional<Duration>> arrivals(1 + rng.below(400));
    const double loss = rng.unit();
    auto ticks = static_cast<int64_t>(rng.below(1'000'000));
    for (auto& arrival : arrivals) {
      if (rng.chance(loss)) continue;
      const int64_t step = rng.chance(0.2) ? static_cast<int64_t>(rng.below(20'000)) - 5000
                                           : static_cast<int64_t>(rng.below(200));
      ticks = std::max<int64_t>(0, ticks + step);
      arrival = Duration::microseconds(ticks * kTwccTick);
    }
    std::array<uint8_t, 1400> buffer{};
    ByteWriter out(buffer);
    const size_t written =
        write_twcc({.base_sequence_number = static_cast<uint16_t>(rng.next_u32())}, arrivals, out);
    if (written == 0) {
      EXPECT_EQ(std::ranges::count_if(arrivals, [](const auto& a) { return a.has_value(); }), 0);
      continue;
    }
    auto reader = TwccReader::parse(CompoundReader(out.written()).next().value());
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->header().status_count, written);
    for (size_t i = 0; i < written; ++i) ASSERT_EQ(reader->next()->arrival, arrivals[i]) << i;
    EXPECT_FALSE(reader->next().has_value());
  }
}

TEST(TwccProperty, RecorderTellsEachPacketOnce) {
  Rng rng(property_seed());
  for (int round = 0; round < 50; ++round) {
    SCOPED_TRACE(round);
    TwccRecorder recorder(1, Duration::milliseconds(50));
    std::map<int64_t, Duration> sent;
    std::map<int64_t, std::optional<Duration>> told;
    const auto first = static_cast<int64_t>(rng.below(65'536));
    int64_t next = first;
    int64_t tell = first;
    Instant now = Instant::from_ms(1000);
    const Instant start = now;
    for (int step = 0; step < 3000; ++step) {
      if (!rng.chance(0.1) || step == 0) {
        recorder.on_packet(now, static_cast<uint16_t>(next), 2);
        sent[next] = Duration::microseconds((now - start).us() / kTwccTick * kTwccTick);
      }
      ++next;
      now += Duration::microseconds(static_cast<int64_t>(rng.below(3000)));
      std::array<uint8_t, 1200> buffer{};
      ByteWriter out(buffer);
      if (!recorder.write_due(now, out)) continue;
      auto reader = TwccReader::parse(CompoundReader(out.written()).next().value());
      ASSERT_TRUE(reader.has_value());
      ASSERT_EQ(reader->header().base_sequence_number, static_cast<uint16_t>(tell));
      while (const auto status = reader->next()) told[tell++] = status->arrival;
    }
    ASSERT_GT(told.size(), 2500U);
    for (const auto& [position, arrival] : told) {
      const auto found = sent.find(position);
      ASSERT_EQ(arrival.has_value(), found != sent.end()) << position;
      if (arrival) {
        ASSERT_EQ(*arrival, found->second) << position;
      }
    }
  }
}

}  // namespace
}  // namespace lectern::rtcp
