#include "media/codec/h264_parameter_sets.h"

#include "media/codec/h264.h"

#include <algorithm>
#include <utility>

namespace lectern::codec::h264 {
namespace {

constexpr uint8_t kReferenceShift = 5;
constexpr uint8_t kReferenceMask = 0x60;
constexpr size_t kSizeOctets = 2;  // RFC 6184 §5.7.1: before each NAL unit of a STAP-A

}  // namespace

void ParameterSets::note(Bytes payload) {
  NalReader reader(payload);
  while (const auto nal = reader.next())
    if (nal->is_start && nal->is_end && (nal->type == kSps || nal->type == kPps)) take(*nal);
}

void ParameterSets::take(const NalUnit& nal) {
  const auto id = parameter_set_id(nal.type, nal.content);
  if (!id || nal.content.size() >= kMostOctets) return;
  Set set{.type = nal.type, .id = *id, .nal = {}};
  set.nal.push_back(static_cast<uint8_t>(nal.reference_idc << kReferenceShift | nal.type));
  set.nal.insert(set.nal.end(), nal.content.begin(), nal.content.end());
  std::erase_if(sets_, [&](const Set& known) { return known.type == nal.type && known.id == *id; });
  sets_.push_back(std::move(set));
  while (sets_.size() > kMostSets || octets() > kMostOctets) sets_.erase(sets_.begin());
}

size_t ParameterSets::octets() const {
  size_t sum = 0;
  for (const Set& set : sets_) sum += set.nal.size();
  return sum;
}

std::vector<uint8_t> ParameterSets::payload() const {
  std::vector<uint8_t> payload = {kStapA};
  for (const uint8_t type : {kSps, kPps}) {
    if (std::ranges::find(sets_, type, &Set::type) == sets_.end()) return {};
    for (const Set& set : sets_) {
      if (set.type != type) continue;
      // RFC 6184 §5.7: NRI is the highest of those inside.
      const auto reference = static_cast<uint8_t>(set.nal[0] & kReferenceMask);
      payload[0] = std::max(payload[0], static_cast<uint8_t>(reference | kStapA));
      const size_t at = payload.size();
      payload.resize(at + kSizeOctets);
      store_be16(payload.data() + at, static_cast<uint16_t>(set.nal.size()));
      payload.insert(payload.end(), set.nal.begin(), set.nal.end());
    }
  }
  return payload;
}

}  // namespace lectern::codec::h264
