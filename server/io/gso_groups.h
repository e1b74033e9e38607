// How a batch is cut into UDP GSO messages (UDP_SEGMENT, Linux 4.18): a pure function.
//
// One GSO message is one pass through the kernel's stack for a whole video frame of a viewer; sent
// one by one its packets cost up to five times as much (research: limits, section 2).
#pragma once

#include "base/send_batch.h"

#include <array>
#include <cstddef>
#include <span>

namespace lectern::io {

// The kernel takes 64 segments and 65,535 bytes, headers included.
inline constexpr std::size_t kMaxGsoBytes = 65'000;

struct SendGroup {
  std::size_t first = 0;  // index of its first datagram
  std::size_t count = 0;  // datagrams; the first one's size is the segment size
};

struct SendGroups {
  std::array<SendGroup, SendBatch::kMaxDatagrams> groups;
  std::size_t count = 0;
};

// Runs of datagrams that go to one path, lie one after another in the arena and are equally long;
// the last of a run may be shorter. With `use_gso` false every datagram is a group of its own.
[[nodiscard]] SendGroups group_datagrams(std::span<const SendBatch::Datagram> datagrams,
                                         bool use_gso);

}  // namespace lectern::io
