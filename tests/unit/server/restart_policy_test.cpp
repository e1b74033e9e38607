#include "server/restart_policy.h"

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

TEST(RestartPolicy, TheFirstRestartIsAtOnce) {
  RestartPolicy policy;
  EXPECT_EQ(policy.on_exit(Duration::milliseconds(5)), Duration::zero());
}

TEST(RestartPolicy, PausesDoubleUpToALimitWhileTheChildDiesYoung) {
  RestartPolicy policy;
  (void)policy.on_exit(Duration::zero());
  EXPECT_EQ(policy.on_exit(Duration::zero()), Duration::milliseconds(100));
  EXPECT_EQ(policy.on_exit(Duration::zero()), Duration::milliseconds(200));
  for (int i = 0; i < 10; ++i) {
    (void)policy.on_exit(Duration::zero());
  }
  EXPECT_EQ(policy.on_exit(Duration::zero()), RestartPolicy::kLongestPause);
}

TEST(RestartPolicy, ALongLifeForgives) {
  RestartPolicy policy;
  for (int i = 0; i < 5; ++i) {
    (void)policy.on_exit(Duration::zero());
  }
  EXPECT_EQ(policy.on_exit(RestartPolicy::kLongLife), Duration::zero());
  EXPECT_EQ(policy.on_exit(Duration::zero()), RestartPolicy::kFirstPause);
}

}  // namespace
}  // namespace lectern::server
