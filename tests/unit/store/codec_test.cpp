#include "store/codec.h"

#include <gtest/gtest.h>

#include <string>

namespace lectern::store {
namespace {

const Document kMath{.kind = "class", .key = "math", .body = "{}"};

TEST(StoreCodec, EveryMessageComesBackAsItWas) {
  const ToStore asks[] = {Put{.ticket = 7, .document = kMath},
                          Erase{.ticket = ~0ULL, .kind = "class", .key = "math"},
                          List{.ticket = 1, .kind = "class", .after = std::string("a\0b", 3)}};
  for (const ToStore& ask : asks) EXPECT_EQ(decode_to_store(encode(ask)), ask);
  const FromStore answers[] = {Welcome{.schema = 9, .trouble = "full"}, Done{.ticket = 3},
                               Failed{.ticket = 4, .reason = "why"},
                               Listing{.ticket = 5,
                                       .documents = {kMath, {.kind = "k", .key = "", .body = ""}},
                                       .has_more = true},
                               Trouble{.sentence = ""}};
  for (const FromStore& answer : answers) EXPECT_EQ(decode_from_store(encode(answer)), answer);
}

TEST(StoreCodec, ARecordThatEndsTooEarlyOrTooLateIsNone) {
  const std::string whole = encode(ToStore{Put{.ticket = 7, .document = kMath}});
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_EQ(decode_to_store(whole.substr(0, size)).error(), ParseError::kTruncated) << size;
  EXPECT_EQ(decode_to_store(whole + "x").error(), ParseError::kMalformed);
  EXPECT_EQ(decode_to_store("").error(), ParseError::kTruncated);
}

TEST(StoreCodec, AMemberOverItsBoundIsRefused) {
  std::string record = encode(ToStore{Erase{.ticket = 1, .kind = "class", .key = "math"}});
  record[9] = '\x01';  // the length of `kind`: over 16 million
  EXPECT_EQ(decode_to_store(record).error(), ParseError::kTooLong);
}

TEST(StoreCodec, ATypeThatIsNotKnownIsPassedOver) {
  EXPECT_EQ(decode_to_store("\x7f").error(), ParseError::kUnsupported);
  EXPECT_EQ(decode_from_store("\x7f").error(), ParseError::kUnsupported);
}

}  // namespace
}  // namespace lectern::store
