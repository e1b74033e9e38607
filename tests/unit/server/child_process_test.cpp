#include "server/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::server {
namespace {

using ::testing::ElementsAre;

TEST(ChildProcess, GetsVariablesThatTheOperatorHasNotSet) {
  EXPECT_THAT(joined_environment({"PATH=/bin"}, {"TUNED=1"}), ElementsAre("PATH=/bin", "TUNED=1"));
  EXPECT_THAT(joined_environment({"TUNED=0"}, {"TUNED=1"}), ElementsAre("TUNED=0"));
  EXPECT_THAT(joined_environment({"TUNED=", "TUNED_TOO=2"}, {"TUNED=1"}),
              ElementsAre("TUNED=", "TUNED_TOO=2"));
  EXPECT_THAT(joined_environment({"TUNED_TOO=2"}, {"TUNED=1"}),
              ElementsAre("TUNED_TOO=2", "TUNED=1"));
}

}  // namespace
}  // namespace lectern::server
