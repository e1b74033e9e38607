// What nobody receives is not sent: not over a leg, and not by the publisher.
#include "media/rtp/header.h"
#include "media/worker/encoding_demand.h"
#include "media/worker/leg.h"
#include "media/worker/worker.h"
#include "tests/unit/media/worker/class_in_a_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace lectern::worker {
namespace {

using testing::ElementsAre;

// A class at worker 0, watched at worker 1.
class Demand : public testing::Test {
 protected:
  Demand() {
    box_.loses = [this](ClassInABox::Way way, Bytes datagram) {
      if (way != ClassInABox::Way::kLeg) return false;
      const Bytes packet = datagram.subspan(kLegHeaderSize);
      const auto view = rtp::is_rtcp(packet) ? std::nullopt : std::optional(rtp::parse(packet));
      if (view && *view) ++packets_[*leg_stream((*view)->header.ssrc)];
      return box_.rng.chance(leg_loss_);
    };
  }

  // Media packets over legs by stream: 0 the sound, 1 to 3 the camera's encodings.
  std::map<size_t, int> carried_in(Duration duration) {
    packets_.clear();
    box_.run_for(duration);
    return packets_;
  }
  void limit(const ClassInABox::Student& student, control::Limit limit, uint32_t height = 0) {
    box_.control(
        control::LimitTier{.session = student.session, .limit = limit, .max_height = height},
        student.worker);
  }
  [[nodiscard]] std::string rung(const ClassInABox::Student& student) const {
    const auto rung = box_.rung(student.session);
    return rung ? rung->rung : "";
  }

  ClassInABox box_{2};
  double leg_loss_ = 0;

 private:
  std::map<size_t, int> packets_;
};

TEST_F(Demand, ALegCarriesSoundAloneWhereNobodyWantsMore) {
  box_.teach(3, 0);
  auto* student = box_.watch({}, 1);
  limit(*student, control::Limit::kAudioOnly);
  box_.connect_workers(0, 1, 4711);
  const auto carried = carried_in(Duration::seconds(5));
  EXPECT_GT(carried.at(0), 200);
  EXPECT_EQ(carried.size(), 1U) << "sound alone";
  EXPECT_GT(box_.sound(*student).packets, 200U);
}

TEST_F(Demand, ALegCarriesTheEncodingsThatSomebodyReceives) {
  box_.teach(3, 0);
  auto* small = box_.watch({}, 1);
  limit(*small, control::Limit::kHeight, 180);
  box_.connect_workers(0, 1, 4711);
  box_.run_for(Duration::seconds(2));
  auto carried = carried_in(Duration::seconds(4));
  EXPECT_GT(carried[1], 90);
  EXPECT_EQ(carried[2], 0);
  EXPECT_EQ(carried[3], 0);

  auto* large = box_.watch({}, 1);
  box_.run_for(Duration::seconds(5));
  EXPECT_EQ(rung(*large), "720p");
  EXPECT_GT(carried_in(Duration::seconds(2))[3], 90);

  box_.leave(*large);
  box_.run_for(Duration::seconds(11));
  carried = carried_in(Duration::seconds(4));
  EXPECT_GT(carried[1], 90);
  EXPECT_EQ(carried[3], 0) << "nobody receives it any more";
  for (const auto* student : {small, large}) expect_unbroken(box_.camera(*student));
  EXPECT_EQ(box_.camera(*small).freezes, 0U);
}

TEST_F(Demand, WishesAndOffersThatAreLostAreSentAgain) {
  leg_loss_ = 0.3;
  box_.teach(3, 0);
  auto* student = box_.watch({}, 1);
  box_.connect_workers(0, 1, 4711);
  box_.run_for(Duration::seconds(10));
  leg_loss_ = 0;
  box_.run_for(Duration::seconds(5));
  EXPECT_EQ(rung(*student), "720p");
}

TEST_F(Demand, WhatNobodyReceivesIsNotAskedOfThePublisher) {
  const auto* teacher = box_.teach(3, 0);
  box_.run_for(EncodingDemand::kPatience + Duration::seconds(1));
  ASSERT_FALSE(box_.events_of<control::SourceDemand>().empty());
  const auto told = box_.events_of<control::SourceDemand>().back();
  EXPECT_EQ(told.session, teacher->session);
  EXPECT_THAT(told.camera, ElementsAre("0")) << "the smallest stays";
  box_.run_for(Duration::seconds(20));
  const auto tracks = box_.events_of<control::SourceState>().back().tracks;
  EXPECT_TRUE(tracks[kCamera].active);
  EXPECT_EQ(tracks[kCamera].encodings.size(), 3U) << "they can be had";

  auto* here = box_.watch({}, 0);
  box_.run_for(Duration::seconds(5));
  EXPECT_EQ(rung(*here), "720p");
  EXPECT_EQ(box_.camera(*here).freezes, 0U);
  expect_unbroken(box_.camera(*here));
  EXPECT_THAT(box_.events_of<control::SourceDemand>().back().camera, testing::Contains("2"));

  box_.leave(*here);
  box_.run_for(Duration::seconds(15));
  EXPECT_THAT(box_.events_of<control::SourceDemand>().back().camera, ElementsAre("0"));
}

TEST_F(Demand, AStudentBehindALegWakesWhatSleepsAtThePublisher) {
  box_.teach(3, 0);
  box_.run_for(Duration::seconds(15));
  auto* student = box_.watch({}, 1);
  box_.connect_workers(0, 1, 4711);
  box_.run_for(Duration::seconds(6));
  EXPECT_EQ(rung(*student), "720p");
  EXPECT_EQ(box_.camera(*student).freezes, 0U);
  expect_unbroken(box_.camera(*student));
  box_.run_for(Duration::seconds(20));
  EXPECT_EQ(rung(*student), "720p");
  EXPECT_THAT(box_.events_of<control::SourceDemand>().back().camera, ElementsAre("0", "2"));
}

TEST_F(Demand, WhatDoesNotComeWhenItIsWokenIsNoChoice) {
  auto* teacher = box_.teach(3, 0);
  box_.run_for(Duration::seconds(15));
  EXPECT_FALSE(teacher->is_active[2]);
  teacher->follows_demand = false;  // its link is too thin now
  auto* student = box_.watch({}, 0);
  box_.run_for(Duration::seconds(15));
  EXPECT_EQ(rung(*student), "180p");
  EXPECT_EQ(box_.camera(*student).freezes, 0U);
  EXPECT_EQ(box_.events_of<control::SourceState>().back().tracks[kCamera].encodings.size(), 1U);
  teacher->wants_keyframe[kCamera].fill(true);
  teacher->is_active.fill(true);
  box_.run_for(Duration::seconds(6));
  EXPECT_EQ(rung(*student), "720p");
  expect_unbroken(box_.camera(*student));
}

TEST_F(Demand, APublisherThatGoesOnSendingIsTaken) {
  auto* teacher = box_.teach(3, 0);
  teacher->follows_demand = false;
  box_.run_for(Duration::seconds(15));
  auto* student = box_.watch({}, 0);
  box_.run_for(Duration::seconds(4));
  EXPECT_EQ(rung(*student), "720p");
  expect_unbroken(box_.camera(*student));
}

TEST_F(Demand, ACameraThatIsOffOffersNothing) {
  auto* teacher = box_.teach(3, 0);
  box_.run_for(Duration::seconds(15));
  teacher->sends_camera = false;
  box_.run_for(Duration::seconds(6));
  EXPECT_FALSE(box_.events_of<control::SourceState>().back().tracks[kCamera].active);
  teacher->sends_camera = true;
  teacher->wants_keyframe[kCamera].fill(true);
  box_.run_for(Duration::seconds(3));
  EXPECT_EQ(box_.events_of<control::SourceState>().back().tracks[kCamera].encodings.size(), 3U);
}

TEST_F(Demand, ASignalingThatComesBackIsTold) {
  box_.teach(3, 0);
  box_.run_for(Duration::seconds(15));
  const auto records = box_.workers[0]->handle_control_connected(box_.now);
  const auto* told = std::get_if<control::SourceDemand>(&records.back());
  ASSERT_NE(told, nullptr);
  EXPECT_THAT(told->camera, ElementsAre("0"));
}

TEST(LegMessages, ComeBackAsWritten) {
  std::array<uint8_t, 256> buffer{};
  ByteWriter out(buffer);
  LegOffers offers;
  offers[1] = forward::Track::Offer{.rate = DataRate::kbps(150), .height = 180, .fps = 15};
  offers[6] = forward::Track::Offer{
      .rate = DataRate::kbps(2'500), .height = 1080, .fps = 5, .is_asleep = true};
  ASSERT_TRUE(write_leg_wish(1, LegWish(0b1000011), out));
  ASSERT_TRUE(write_leg_offers(1, offers, out));
  rtcp::CompoundReader reader(out.written());
  const auto wish = reader.next().value();
  EXPECT_EQ(parse_leg_wish(wish), LegWish(0b1000011));
  EXPECT_FALSE(parse_leg_offers(wish).has_value());
  EXPECT_EQ(parse_leg_offers(reader.next().value()), offers);
}

TEST(LegMessages, EveryStreamHasAnSsrcOfItsOwn) {
  for (size_t stream = 0; stream < kLegStreams; ++stream)
    EXPECT_EQ(leg_stream(leg_ssrc(stream)), stream);
  EXPECT_FALSE(leg_stream(0x4C00FFFF).has_value());
}

}  // namespace
}  // namespace lectern::worker
