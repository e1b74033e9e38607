// What a worker does about what was lost, and about what it could not send in time.
#include "media/rtp/header.h"
#include "media/worker/worker.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace lectern::worker {
namespace {

TEST(Worker, RepairsLossTowardsAViewer) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(2));
  box.loses = [&](ClassInABox::Way way, Bytes) {
    return way == ClassInABox::Way::kToStudent && box.rng.chance(0.05);
  };
  box.run_for(Duration::seconds(10));
  box.loses = [](ClassInABox::Way, Bytes) { return false; };
  box.run_for(Duration::seconds(1));
  const auto picture = box.camera(*student);
  EXPECT_GT(picture.repaired, 20U);
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
}

TEST(Worker, APacketThatIsAskedForThoughItCameIsSentAgain) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(2));
  size_t repairs = 0;
  box.loses = [&](ClassInABox::Way way, Bytes datagram) {
    const auto view = rtp::parse(datagram);
    if (way == ClassInABox::Way::kToStudent && view && !rtp::is_rtcp(datagram) &&
        student->viewer->is_repair(view->header.ssrc))
      ++repairs;
    return false;
  };
  const uint64_t packets = box.camera(*student).packets;
  ASSERT_TRUE(student->viewer->ask_again());
  box.run_for(Duration::milliseconds(60));
  EXPECT_EQ(repairs, 1U);
  EXPECT_EQ(box.camera(*student).duplicates, 1U);
  EXPECT_GT(box.camera(*student).packets, packets);
  EXPECT_EQ(box.camera(*student).lost, 0U);
}

// RFC 7714 §8.4: no two texts under one (SSRC, number). What is sent again under its own number has
// to be the same octets, secret ones too.
TEST(Worker, WhatIsSentAgainUnderItsNumberIsTheSameCiphertext) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  std::map<std::pair<uint32_t, uint16_t>, std::vector<uint8_t>> sent;
  size_t again = 0;
  size_t different = 0;
  box.loses = [&](ClassInABox::Way way, Bytes datagram) {
    if (way != ClassInABox::Way::kToStudent) return box.rng.chance(0.05);
    const auto view = rtp::parse(datagram);
    if (view && !rtp::is_rtcp(datagram)) {
      const auto [place, is_new] = sent.try_emplace(
          {view->header.ssrc, view->header.sequence_number}, datagram.begin(), datagram.end());
      if (!is_new) ++again;
      if (!std::ranges::equal(place->second, datagram)) ++different;
    }
    return box.rng.chance(0.05);
  };
  box.run_for(Duration::seconds(20));
  EXPECT_GT(box.sound(*student).packets, 900U);
  EXPECT_GT(again, 100U) << "sound is repeated at this loss";
  EXPECT_EQ(different, 0U);
}

// Old pictures are of no use to anybody: a worker that has fallen behind goes on with new ones, and
// its viewers never learn that there were others.
TEST(Worker, WhatCouldNotBeSentInTimeIsNotSent) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(4));
  const auto before = box.camera(*student);
  const auto sound_before = box.sound(*student);
  box.is_sending = false;
  box.run_for(Duration::milliseconds(900));
  box.is_sending = true;
  box.run_for(Duration::seconds(3));
  EXPECT_GT(box.counter("drops_total", "behind"), 20U);
  const auto picture = box.camera(*student);
  EXPECT_GE(picture.frames - before.frames, 60U);
  EXPECT_LE(picture.longest_gap, Duration::milliseconds(1400));
  expect_unbroken(picture);
  EXPECT_EQ(picture.nacked, before.nacked);
  EXPECT_EQ(box.sound(*student).lost, 0U);
  EXPECT_GE(box.sound(*student).packets - sound_before.packets, 140U);
}

TEST(Worker, AShortPauseCostsNothing) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(4));
  box.is_sending = false;
  box.run_for(Duration::milliseconds(300));
  box.is_sending = true;
  box.run_for(Duration::seconds(3));
  EXPECT_EQ(box.counter("drops_total", "behind"), 0U);
  expect_unbroken(box.camera(*student));
  EXPECT_EQ(box.sound(*student).lost, 0U);
}

TEST(Worker, RepairsLossFromTheTeacher) {
  ClassInABox box;
  box.teach(1);
  auto* student = box.watch();
  box.run_for(Duration::seconds(2));
  box.loses = [&](ClassInABox::Way way, Bytes) {
    return way == ClassInABox::Way::kFromTeacher && box.rng.chance(0.05);
  };
  box.run_for(Duration::seconds(10));
  box.loses = [](ClassInABox::Way, Bytes) { return false; };
  box.run_for(Duration::seconds(1));
  const auto picture = box.camera(*student);
  EXPECT_GT(box.teachers[0].publisher->stats().retransmitted, 20U);
  EXPECT_EQ(picture.freezes, 0U);
  expect_unbroken(picture);
}

}  // namespace
}  // namespace lectern::worker
