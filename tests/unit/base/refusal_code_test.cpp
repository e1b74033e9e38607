#include "base/refusal_code.h"

#include <gtest/gtest.h>

#include <set>

namespace lectern {
namespace {

TEST(RefusalCode, P130EachCodeIsThereOnceWithAStatusAndATitle) {
  std::set<std::string_view> codes;
  for (const RefusalKind& kind : kRefusalKinds) {
    EXPECT_TRUE(codes.insert(kind.code).second) << kind.code;
    EXPECT_TRUE(kind.status >= 400 && kind.status < 600) << kind.code;
    EXPECT_TRUE(kind.close == 0 || (kind.close >= 4400 && kind.close < 5000)) << kind.code;
    EXPECT_FALSE(kind.title.empty()) << kind.code;
    EXPECT_TRUE(kind.number.empty() || kind.number == "limit" || kind.number == "rate")
        << kind.code;
  }
  EXPECT_EQ(kind_of(RefusalCode::kNoKey).code, "no-key");
}

}  // namespace
}  // namespace lectern
