#include "server/tools/arrivals.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace lectern::tools {
namespace {

constexpr size_t kMostMedia = 500'000;

// A delay, and of how many packets.
using Weighed = std::vector<std::pair<Duration, uint64_t>>;

Arrivals::Delays delays_of(Weighed values) {
  Arrivals::Delays delays;
  if (values.empty()) return delays;
  std::ranges::sort(values);
  for (const auto& value : values) delays.packets += value.second;
  const auto at = [&](double part) {
    const double wanted = part * static_cast<double>(delays.packets);
    uint64_t seen = 0;
    const auto found = std::ranges::find_if(values, [&](const auto& value) {
      seen += value.second;
      return static_cast<double>(seen) >= wanted;
    });
    return found == values.end() ? values.back().first : found->first;
  };
  delays.median = at(0.5);
  delays.p99 = at(0.99);
  delays.most = values.back().first;
  return delays;
}

// What all viewers read of one sound or picture.
struct Gathered {
  std::optional<SendStamp> stamp;
  Instant first = Instant::never();
  Instant last;
  uint64_t packets = 0;

  void add(const Arrivals::Medium& medium) {
    stamp = medium.stamp;
    for (const Arrivals::Medium::Read& read : medium.reads) {
      first = std::min(first, read.at);
      last = std::max(last, read.at);
      packets += read.packets;
    }
  }
};

}  // namespace

Arrivals::Medium* Arrivals::note(Instant now, size_t viewer, Bytes datagram) {
  if (datagram.size() < 12) return nullptr;
  const auto payload_type = static_cast<uint8_t>(datagram[1] & 0x7f);
  uint64_t key = uint64_t{payload_type} << 32 | load_be32(datagram.data() + 4);
  if (is_shifted_) key |= uint64_t{viewer} << 40;
  const auto found = media_.find(key);
  if (found == media_.end() && media_.size() == kMostMedia) return nullptr;
  Medium& medium = found == media_.end() ? media_[key] : found->second;
  if (medium.reads.empty()) {
    medium.payload_type = payload_type;
    medium.first_viewer = viewer;
  }
  medium.is_shared |= viewer != medium.first_viewer;
  if (medium.reads.empty() || medium.reads.back().at != now) medium.reads.push_back({now, 0});
  ++medium.reads.back().packets;
  return &medium;
}

void Arrivals::note_stamp(Medium& medium, const SendStamp& stamp) {
  if (!medium.stamp) {
    medium.stamp = stamp;
  } else if (*medium.stamp != stamp && !is_shifted_) {
    is_shifted_ = true;
    media_.clear();
  }
}

Arrivals::Summary Arrivals::summary(Instant from, Instant until) const {
  Weighed transit;
  std::map<std::pair<uint8_t, Instant>, Gathered> stamped;
  std::vector<Gathered> all;
  for (const auto& [key, medium] : media_) {
    if (!medium.stamp) {
      if (medium.is_shared) all.emplace_back().add(medium);
      continue;
    }
    const Instant sent = medium.stamp->sent;
    stamped[{medium.payload_type, sent}].add(medium);
    if (sent < from || sent >= until) continue;
    for (const Medium::Read& read : medium.reads)
      transit.emplace_back(read.at - sent, read.packets);
  }
  for (const auto& [key, gathered] : stamped) all.push_back(gathered);
  Weighed last_viewer;
  Weighed last_viewer_of_key;
  Weighed spread;
  for (const Gathered& gathered : all) {
    const Instant began = gathered.stamp ? gathered.stamp->sent : gathered.first;
    if (began < from || began >= until) continue;
    spread.emplace_back(gathered.last - gathered.first, gathered.packets);
    if (!gathered.stamp) continue;
    last_viewer.emplace_back(gathered.last - began, gathered.packets);
    if (gathered.stamp->is_keyframe) last_viewer_of_key.push_back(last_viewer.back());
  }
  return {.transit = delays_of(std::move(transit)),
          .last_viewer = delays_of(std::move(last_viewer)),
          .last_viewer_of_key = delays_of(std::move(last_viewer_of_key)),
          .spread = delays_of(std::move(spread))};
}

}  // namespace lectern::tools
