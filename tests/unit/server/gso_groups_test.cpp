#include "server/io/gso_groups.h"

#include "base/send_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lectern::io {
namespace {

const Path kAni{Endpoint::v4(192, 0, 2, 1, 5000), Endpoint::v4(192, 0, 2, 9, 9000)};
const Path kBudi{Endpoint::v4(192, 0, 2, 2, 5000), Endpoint::v4(192, 0, 2, 9, 9000)};

void put(SendBatch& batch, std::size_t size, const Path& path) {
  std::ranges::fill(batch.next().first(size), static_cast<std::uint8_t>(batch.count()));
  batch.commit(size, path);
}

std::vector<std::size_t> group_sizes(const SendBatch& batch, bool use_gso = true) {
  const SendGroups groups = group_datagrams(batch.datagrams(), use_gso);
  std::vector<std::size_t> sizes;
  std::size_t next = 0;
  for (std::size_t i = 0; i < groups.count; ++i) {
    EXPECT_EQ(groups.groups[i].first, next);
    next += groups.groups[i].count;
    sizes.push_back(groups.groups[i].count);
  }
  EXPECT_EQ(next, batch.count());
  return sizes;
}

TEST(GsoGroups, EqualSizesToOnePathAreOneGroupAndTheLastMayBeShorter) {
  SendBatch batch;
  for (const std::size_t size : {1100U, 1100U, 1100U, 400U}) {
    put(batch, size, kAni);
  }
  EXPECT_EQ(group_sizes(batch), (std::vector<std::size_t>{4}));
}

TEST(GsoGroups, AShorterOneEndsTheGroupAndALongerOneBeginsAnother) {
  SendBatch batch;
  for (const std::size_t size : {1000U, 1000U, 900U, 900U, 901U, 901U}) {
    put(batch, size, kAni);
  }
  EXPECT_EQ(group_sizes(batch), (std::vector<std::size_t>{3, 1, 2}));
}

TEST(GsoGroups, EachPathHasItsOwnGroups) {
  SendBatch batch;
  put(batch, 500, kAni);
  put(batch, 500, kAni);
  put(batch, 500, kBudi);
  put(batch, 500, kAni);
  EXPECT_EQ(group_sizes(batch), (std::vector<std::size_t>{2, 1, 1}));
}

TEST(GsoGroups, AnotherLocalAddressIsAnotherPath) {
  SendBatch batch;
  put(batch, 500, kAni);
  put(batch, 500, Path{kAni.remote, Endpoint::v4(127, 0, 0, 1, 9000)});
  EXPECT_EQ(group_sizes(batch), (std::vector<std::size_t>{1, 1}));
}

TEST(GsoGroups, AMessageStaysUnderTheKernelsLimit) {
  SendBatch batch;
  while (!batch.is_full()) {
    put(batch, 1500, kAni);
  }
  const auto sizes = group_sizes(batch);
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_EQ(sizes[0], kMaxGsoBytes / 1500);
}

TEST(GsoGroups, WithoutGsoEveryDatagramIsAlone) {
  SendBatch batch;
  put(batch, 500, kAni);
  put(batch, 500, kAni);
  EXPECT_EQ(group_sizes(batch, false), (std::vector<std::size_t>{1, 1}));
}

TEST(GsoGroups, AnEmptyBatchHasNoGroup) {
  const SendBatch batch;
  EXPECT_TRUE(group_sizes(batch).empty());
}

}  // namespace
}  // namespace lectern::io
