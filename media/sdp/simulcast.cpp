#include "media/sdp/simulcast.h"

#include "media/sdp/text.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace lectern::sdp {
namespace {

const Rid* sent_rid(const Media& media, std::string_view id) {
  const auto found = std::ranges::find_if(
      media.rids, [id](const Rid& rid) { return rid.is_send && rid.id == id; });
  return found == media.rids.end() ? nullptr : &*found;
}

// The payload types of a list "96,97" that are accepted, as such a list.
std::string accepted_of(std::string_view list, const NegotiatedMedia& accepted) {
  std::string kept;
  while (!list.empty()) {
    const std::string_view word = take_word(list, ',');
    const auto payload_type = parse_number<uint8_t>(trimmed(word));
    if (!payload_type || accepted.codec_of(*payload_type) == nullptr) continue;
    if (!kept.empty()) kept += ',';
    kept += trimmed(word);
  }
  return kept;
}

// `restrictions` for the answer; nothing where none of the payload types of pt= is accepted.
std::optional<std::string> answered(std::string_view restrictions,
                                    const NegotiatedMedia& accepted) {
  std::string kept;
  while (!restrictions.empty()) {
    const std::string_view entry = trimmed(take_word(restrictions, ';'));
    if (entry.empty()) continue;
    if (!kept.empty()) kept += ';';
    if (!entry.starts_with("pt=")) {
      kept += entry;
      continue;
    }
    const std::string payload_types = accepted_of(entry.substr(3), accepted);
    if (payload_types.empty()) return std::nullopt;
    kept += "pt=" + payload_types;
  }
  return kept;
}

}  // namespace

std::vector<std::string> usable_rids(const Media& media, const NegotiatedMedia& accepted,
                                     bool is_only_picture) {
  std::vector<std::string> rids;
  // RFC 8853 §6.2: without the header extensions nothing in a packet says which stream it is of.
  const bool has_mid = accepted.extensions.mid != 0 && !media.mid.empty();
  if (accepted.extensions.rid == 0 || (!has_mid && !is_only_picture)) return rids;
  for (const std::string& id : media.simulcast_send) {
    // RFC 8853 §5.2: a stream that no a=rid line describes is none.
    const Rid* rid = sent_rid(media, id);
    if (rid == nullptr || !answered(rid->restrictions, accepted)) continue;
    if (std::ranges::find(rids, id) == rids.end()) rids.push_back(id);
  }
  return rids;
}

std::vector<Rid> answered_rids(const Media& offered, const NegotiatedMedia& accepted) {
  std::vector<Rid> rids;
  for (const std::string& id : accepted.rids) {
    const Rid* rid = sent_rid(offered, id);
    if (rid == nullptr) continue;
    rids.push_back({id, false, answered(rid->restrictions, accepted).value_or("")});
  }
  return rids;
}

}  // namespace lectern::sdp
