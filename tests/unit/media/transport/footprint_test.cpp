// What a connected viewer keeps: the bar of the design is 32 KB a viewer in all, and the transport
// must not be the one to use it up (OpenSSL's DTLS object alone would be 75 KB).

#include "tests/unit/heap_bytes.h"
#include "tests/unit/media/transport/transport_pair.h"

#include <gtest/gtest.h>

namespace lectern::transport {
namespace {

TEST(Footprint, OfAConnectedViewerIsAFewKilobytes) {
  constexpr size_t kViewers = 50;
  const auto make = [](std::vector<std::unique_ptr<Transport>>& into) {
    for (size_t i = 0; i < kViewers; ++i) {
      TransportPair pair(dtls::Role::kClient, dtls::Profiles::kGcmOnly, srtp::Inbound::kRtcpOnly);
      ASSERT_TRUE(pair.connect());
      pair.send_rtcp(pair.client);
      pair.run(Duration::milliseconds(50));
      ASSERT_EQ(pair.server.rtcp.size(), 1U);
      into.push_back(std::move(pair.server.transport));
    }
  };
  std::vector<std::unique_ptr<Transport>> warm_up;
  std::vector<std::unique_ptr<Transport>> viewers;
  warm_up.reserve(kViewers);
  viewers.reserve(kViewers);
  make(warm_up);
  const size_t before = heap_bytes();
  make(viewers);
  const size_t each = (heap_bytes() - before) / kViewers;
  RecordProperty("bytes_per_viewer", std::to_string(each));
  EXPECT_GT(each, 1'000U) << "the measure does not measure";
  EXPECT_LT(each, 5'000U);
}

}  // namespace
}  // namespace lectern::transport
