#include "media/client/audio_playout.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

constexpr int64_t kPacketMs = 20;

// Packet `position` of an even stream, `late_ms` after its time.
void arrive(AudioPlayout& playout, int64_t position, int64_t late_ms = 0) {
  playout.on_packet(Instant::from_ms(1000 + position * kPacketMs + late_ms), position,
                    static_cast<uint32_t>(position * 960));
}

TEST(AudioPlayout, NothingIsInventedWhenAllComesInTime) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 1000; ++position) arrive(playout, position);
  EXPECT_EQ(playout.concealed().ms(), 0);
  EXPECT_NEAR(playout.played().to_seconds(), 20, 0.2);
}

TEST(AudioPlayout, JitterOfFortyMillisecondsIsHeldOut) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 1000; ++position)
    arrive(playout, position, position * 7 % 20 * 2);
  EXPECT_EQ(playout.concealed().ms(), 0);
}

TEST(AudioPlayout, APacketThatNeverComesCostsItsLength) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 1000; ++position)
    if (position % 50 != 25) arrive(playout, position);
  EXPECT_EQ(playout.concealed().ms(), 20 * kPacketMs);
}

TEST(AudioPlayout, ALateRepairIsOfNoUseAndCostsNoMore) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 1000; ++position) {
    if (position != 500) arrive(playout, position);
    if (position == 520) arrive(playout, 500, 400);
  }
  EXPECT_EQ(playout.concealed().ms(), kPacketMs);
}

TEST(AudioPlayout, ARepairWithinTheBufferCostsNothing) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 1000; ++position) {
    if (position != 2) arrive(playout, position);
    if (position == 4) arrive(playout, 2, 2 * kPacketMs + 5);
  }
  EXPECT_EQ(playout.concealed().ms(), 0);
}

// One in ten needs 100 ms: dearer to lose than 100 ms of delay, so the buffer grows to hold them.
TEST(AudioPlayout, TheBufferGrowsForRepairsThatCount) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 2000; ++position) {
    if (position % 10 != 5) arrive(playout, position);
    if (position % 10 == 0 && position >= 10) arrive(playout, position - 5, 101);
  }
  const Duration learnt = playout.concealed();
  EXPECT_GT(learnt.ms(), 0);
  for (int64_t position = 2000; position < 3000; ++position) {
    if (position % 10 != 5) arrive(playout, position);
    if (position % 10 == 0) arrive(playout, position - 5, 101);
  }
  EXPECT_EQ((playout.concealed() - learnt).ms(), 0);
  EXPECT_LT(learnt.ms(), 1000);
}

TEST(AudioPlayout, AnOutageCostsWhatItLasts) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 500; ++position) arrive(playout, position);
  for (int64_t position = 550; position < 1000; ++position) arrive(playout, position);
  EXPECT_NEAR(playout.concealed().to_seconds(), 1, 0.1);
}

TEST(AudioPlayout, AQueueThatBuildsUpIsBridgedOnce) {
  AudioPlayout playout;
  for (int64_t position = 0; position < 500; ++position) arrive(playout, position);
  for (int64_t position = 500; position < 1500; ++position) arrive(playout, position, 300);
  EXPECT_GT(playout.concealed().ms(), 150);
  EXPECT_LT(playout.concealed().ms(), 320);
}

}  // namespace
}  // namespace lectern::client
