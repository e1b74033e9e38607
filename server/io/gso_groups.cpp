#include "server/io/gso_groups.h"

namespace lectern::io {
namespace {

// Length of the run that starts with the first of `rest`.
std::size_t run_length(std::span<const SendBatch::Datagram> rest) {
  const SendBatch::Datagram& first = rest.front();
  std::size_t bytes = first.size;
  std::size_t length = 1;
  while (length < rest.size()) {
    const SendBatch::Datagram& previous = rest[length - 1];
    const SendBatch::Datagram& next = rest[length];
    const bool adjoins = next.offset == previous.offset + previous.size;
    if (previous.size != first.size || next.size > first.size || !adjoins ||
        next.path != first.path || bytes + next.size > kMaxGsoBytes) {
      break;
    }
    bytes += next.size;
    ++length;
  }
  return length;
}

}  // namespace

SendGroups group_datagrams(std::span<const SendBatch::Datagram> datagrams, bool use_gso) {
  SendGroups result;
  std::size_t first = 0;
  while (first < datagrams.size()) {
    const std::size_t count = use_gso ? run_length(datagrams.subspan(first)) : 1;
    result.groups[result.count++] = {first, count};
    first += count;
  }
  return result;
}

}  // namespace lectern::io
