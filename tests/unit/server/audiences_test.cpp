#include "server/io/audiences.h"

#include "base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lectern::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Reader : AudiencePlace {
  std::vector<std::string> got;  // one piece a delivery
};

Frame plain(std::string text, Lane lane = Lane::kMustArrive, std::string key = {}) {
  return {std::make_shared<const std::string>(std::move(text)), lane, std::move(key)};
}

class AudiencesTest : public testing::Test {
 protected:
  void send(const std::string& audience, Frame frame) {
    audiences_.send(now_, audience, std::move(frame));
  }
  // Each look at the clock takes a millisecond.
  void work_off(Duration slice = Duration::seconds(1)) {
    Instant clock = now_;
    audiences_.work_off(slice, [&clock] {
      clock += Duration::milliseconds(1);
      return clock - Duration::milliseconds(1);
    });
  }
  void pass(Duration time) { now_ += time; }

  static void deliver(AudiencePlace& place, const Flight& flight, std::size_t skip) {
    auto& reader = static_cast<Reader&>(place);
    if (skip == 0) return reader.got.push_back(*flight.joined);
    std::string rest;
    for (std::size_t i = skip; i < flight.frames.size(); ++i)
      if (flight.frames[i].bytes) rest += *flight.frames[i].bytes;
    reader.got.push_back(rest);
  }

  Instant now_ = Instant::from_ms(1000);
  Audiences audiences_{deliver};
};

TEST_F(AudiencesTest, WhatIsSaidWithinAWindowIsOnePieceForAll) {
  audiences_.set_window(Duration::milliseconds(100));
  Reader a;
  Reader b;
  audiences_.join(a, "class");
  audiences_.join(b, "class");
  EXPECT_TRUE(audiences_.next().is_never());
  send("class", plain("1"));
  EXPECT_EQ(audiences_.next(), now_ + Duration::milliseconds(100));
  pass(Duration::milliseconds(60));
  send("class", plain("2"));
  work_off();
  EXPECT_THAT(a.got, IsEmpty());
  pass(Duration::milliseconds(40));
  EXPECT_EQ(audiences_.next(), now_);
  work_off();
  EXPECT_THAT(a.got, ElementsAre("12"));
  EXPECT_THAT(b.got, ElementsAre("12"));
  EXPECT_TRUE(audiences_.next().is_never());
}

TEST_F(AudiencesTest, AReaderGetsWhatWasSaidAfterItJoined) {
  Reader a;
  Reader late;
  audiences_.join(a, "class");
  send("class", plain("1", Lane::kReplaceable, "x"));
  audiences_.join(late, "class");
  send("class", plain("2"));
  send("class", plain("3", Lane::kReplaceable, "x"));
  work_off();
  EXPECT_THAT(a.got, ElementsAre("23"));
  EXPECT_THAT(late.got, ElementsAre("23"));
  Reader later;
  send("class", plain("4"));
  audiences_.join(later, "class");
  work_off();
  EXPECT_THAT(later.got, IsEmpty());
  send("class", plain("5"));
  work_off();
  EXPECT_THAT(late.got, ElementsAre("23", "4", "5"));
  EXPECT_THAT(later.got, ElementsAre("5"));
}

TEST_F(AudiencesTest, OneAudienceAtATimeAndNothingIsKeptOfEmptyOnes) {
  Reader a;
  audiences_.join(a, "one");
  send("one", plain("1"));
  audiences_.join(a, "two");
  EXPECT_EQ(audiences_.size(), 1U);
  EXPECT_TRUE(audiences_.next().is_never());
  send("one", plain("2"));
  send("two", plain("3"));
  work_off();
  EXPECT_THAT(a.got, ElementsAre("3"));
  audiences_.leave(a);
  audiences_.leave(a);
  EXPECT_EQ(audiences_.size(), 0U);
}

TEST_F(AudiencesTest, ALargeAudienceIsServedInSlicesAndOthersBetween) {
  std::vector<std::unique_ptr<Reader>> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.push_back(std::make_unique<Reader>());
    audiences_.join(*crowd.back(), "crowd");
  }
  Reader small;
  audiences_.join(small, "small");
  send("crowd", plain("1"));
  send("small", plain("s"));
  work_off(Duration::milliseconds(5));
  const auto served = [&crowd] {
    return std::ranges::count_if(crowd, [](const auto& reader) { return !reader->got.empty(); });
  };
  EXPECT_GT(served(), 0);
  EXPECT_LT(served(), 1000);
  EXPECT_THAT(small.got, ElementsAre("s")) << "the small one does not wait for the crowd";
  send("crowd", plain("2"));
  for (int slices = 0; slices < 100 && !audiences_.next().is_never(); ++slices)
    work_off(Duration::milliseconds(5));
  for (const auto& reader : crowd) EXPECT_THAT(reader->got, ElementsAre("1", "2"));
}

// Whoever comes and goes while flights are handed out: each reader gets everything that was said
// while it was there, once and in order.
TEST_F(AudiencesTest, PropertyEachReaderGetsAllOfItsTimeOnceAndInOrder) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Rng rng(seed);
    audiences_.set_window(Duration::milliseconds(static_cast<std::int64_t>(rng.below(3)) * 10));
    struct Stay {
      std::unique_ptr<Reader> reader = std::make_unique<Reader>();
      std::string expected{};
      bool has_left = false;
    };
    std::vector<Stay> stays;
    char next = 'a';
    for (int step = 0; step < 400; ++step) {
      if (rng.chance(0.4)) {
        stays.push_back({});
        audiences_.join(*stays.back().reader, "class");
      }
      if (rng.chance(0.2) && !stays.empty()) {
        Stay& stay = stays[rng.below(stays.size())];
        audiences_.leave(*stay.reader);
        stay.has_left = true;
      }
      if (rng.chance(0.5)) {
        for (Stay& stay : stays)
          if (!stay.has_left) stay.expected += next;
        send("class", plain(std::string(1, next)));
        next = next == 'z' ? 'a' : static_cast<char>(next + 1);
      }
      pass(Duration::milliseconds(7));
      if (rng.chance(0.6))
        work_off(Duration::milliseconds(1 + static_cast<std::int64_t>(rng.below(2))));
    }
    pass(Duration::seconds(1));
    for (int slices = 0; slices < 10'000 && !audiences_.next().is_never(); ++slices) work_off();
    for (Stay& stay : stays) {
      std::string got;
      for (const std::string& piece : stay.reader->got) got += piece;
      // Who leaves does not wait for what is still on its way.
      EXPECT_TRUE(stay.has_left ? stay.expected.starts_with(got) : stay.expected == got)
          << "seed " << seed;
      audiences_.leave(*stay.reader);
    }
    EXPECT_EQ(audiences_.size(), 0U);
  }
}

}  // namespace
}  // namespace lectern::io
