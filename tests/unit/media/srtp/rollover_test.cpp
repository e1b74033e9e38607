#include "media/srtp/protector.h"
#include "media/srtp/unprotector.h"
#include "tests/unit/media/srtp/srtp_packets.h"

#include <gtest/gtest.h>

namespace lectern::srtp {
namespace {

constexpr uint32_t kSsrc = 77;

class Rollover : public testing::TestWithParam<Inbound> {
 protected:
  static constexpr Profile kProfile = Profile::kAesCm128HmacSha1_80;

  Unprotected receive(uint64_t index) {
    last_ = protect(*protector_, random_rtp(rng_, kSsrc, static_cast<uint16_t>(index)), index);
    return receiver_->unprotect_rtp(last_);
  }

  Rng rng_{1};
  MasterKey master_ = random_key(rng_, kProfile);
  std::unique_ptr<Protector> protector_ = make_protector(kProfile, master_);
  std::unique_ptr<Unprotector> receiver_ = make_unprotector(GetParam(), kProfile, master_);
  Packet last_;
};

TEST_P(Rollover, FollowsTheCounterAcrossTheWrap) {
  for (const uint64_t index : {65'533ULL, 65'534ULL, 65'535ULL, 65'536ULL, 65'537ULL}) {
    EXPECT_TRUE(receive(index)) << index;
  }
}

TEST_P(Rollover, TakesAPacketFromBeforeTheWrapAfterIt) {
  EXPECT_TRUE(receive(65'530));
  EXPECT_TRUE(receive(65'540));
  EXPECT_TRUE(receive(65'535));
  EXPECT_TRUE(receive(65'541));
}

TEST_P(Rollover, TakesAnEarlierPacketWhileTheFirstCounterLasts) {
  EXPECT_TRUE(receive(5));
  EXPECT_TRUE(receive(2));
  EXPECT_TRUE(receive(0));
  EXPECT_TRUE(receive(6));
}

TEST_P(Rollover, SurvivesALossOfAlmostHalfTheCircle) {
  EXPECT_TRUE(receive(10));
  EXPECT_TRUE(receive(10 + 32'000));
  EXPECT_TRUE(receive(10 + 64'000));
  EXPECT_TRUE(receive(10 + 96'000));
}

INSTANTIATE_TEST_SUITE_P(Receivers, Rollover, testing::Values(Inbound::kLibsrtp, Inbound::kOwn),
                         [](const auto& kind) {
                           return kind.param == Inbound::kLibsrtp ? "Libsrtp" : "Own";
                         });

}  // namespace
}  // namespace lectern::srtp
