#include "base/send_batch.h"

#include <gtest/gtest.h>

namespace lectern {
namespace {

const Path kPath{Endpoint::v4(192, 0, 2, 1, 5000), Endpoint::v4(192, 0, 2, 2, 9000)};

TEST(SendBatch, DatagramsLieOneAfterAnother) {
  SendBatch batch;
  batch.next()[0] = 1;
  batch.commit(100, kPath);
  batch.next()[0] = 2;
  batch.commit(50, kPath);
  ASSERT_EQ(batch.count(), 2U);
  const auto datagrams = batch.datagrams();
  EXPECT_EQ(datagrams[1].offset, 100U);
  EXPECT_EQ(batch.bytes(datagrams[0]).data() + 100, batch.bytes(datagrams[1]).data());
  EXPECT_EQ(batch.bytes(datagrams[1])[0], 2);
  EXPECT_EQ(batch.bytes(datagrams[1]).size(), 50U);
}

TEST(SendBatch, HoldsItsFullCountOfLargestDatagrams) {
  SendBatch batch;
  for (size_t i = 0; i < SendBatch::kMaxDatagrams; ++i) {
    ASSERT_FALSE(batch.is_full());
    batch.next().back() = 1;
    batch.commit(SendBatch::kMaxDatagramSize, kPath);
  }
  EXPECT_TRUE(batch.is_full());
  batch.clear();
  EXPECT_TRUE(batch.is_empty());
}

TEST(SendBatchDeathTest, RefusesToOverflow) {
  SendBatch batch;
  for (size_t i = 0; i < SendBatch::kMaxDatagrams; ++i) batch.commit(1, kPath);
  EXPECT_DEATH(batch.next(), "broken invariant");
  batch.clear();
  EXPECT_DEATH(batch.commit(SendBatch::kMaxDatagramSize + 1, kPath), "broken invariant");
}

}  // namespace
}  // namespace lectern
