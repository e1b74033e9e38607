#include "media/sdp/section_parser.h"

#include "media/sdp/shared_attributes.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <array>

namespace lectern::sdp {
namespace {

constexpr size_t kMaxFeedback = 64;  // "nack pli"; the longest in use has 16

}  // namespace

Complaint SectionParser::attribute(std::string_view key, std::string_view value) {
  if (const auto done = read_transport(key, value, media_.transport)) return *done;
  if (const auto direction = direction_of(key)) {
    media_.direction = *direction;
    return kFine;
  }
  // RFC 8858 §3: mux-only stands beside mux, and says no less alone.
  if (key == "rtcp-mux" || key == "rtcp-mux-only") media_.has_rtcp_mux = true;
  if (key == "rtcp-rsize") media_.has_rtcp_rsize = true;
  if (key == "bundle-only") media_.is_bundle_only = true;
  if (key == "content") media_.content = value;
  if (key == "msid") media_.msid = value;
  static constexpr std::array<std::pair<std::string_view, Handler>, 9> kHandlers{{
      {"rtpmap", &SectionParser::rtpmap},
      {"fmtp", &SectionParser::fmtp},
      {"rtcp-fb", &SectionParser::rtcp_fb},
      {"extmap", &SectionParser::extmap},
      {"rid", &SectionParser::rid},
      {"simulcast", &SectionParser::simulcast},
      {"ssrc", &SectionParser::ssrc},
      {"ssrc-group", &SectionParser::ssrc_group},
      {"mid", &SectionParser::mid},
  }};
  const auto found =
      std::ranges::find(kHandlers, key, &std::pair<std::string_view, Handler>::first);
  return found == kHandlers.end() ? kFine : (this->*found->second)(value);
}

Complaint SectionParser::rtpmap(std::string_view value) {
  const auto payload = parse_number<uint8_t>(take_word(value));
  auto [name, rest] = cut(trimmed(value), '/');
  auto [rate, channels] = cut(rest, '/');
  const auto clock = parse_number<uint32_t>(rate);
  if (!payload || *payload > 127 || name.empty() || name.size() > 64 || !clock)
    return "it has to be a payload type up to 127, a name and a clock rate (96 VP8/90000)";
  CodecLine& codec = codecs_[*payload];
  codec.name = name;
  codec.clock_rate = *clock;
  codec.channels = std::max<uint8_t>(1, parse_number<uint8_t>(channels).value_or(1));
  return kFine;
}

Complaint SectionParser::fmtp(std::string_view value) {
  const auto payload = parse_number<uint8_t>(take_word(value));
  if (payload && *payload <= 127) codecs_[*payload].fmtp = trimmed(value);
  return kFine;
}

Complaint SectionParser::rtcp_fb(std::string_view value) {
  const std::string_view payload = take_word(value);
  const std::string_view feedback = trimmed(value);
  if (feedback.size() > kMaxFeedback) return kFine;
  if (payload == "*") {
    if (feedbacks_for_all_.size() < kMaxFeedbacks) feedbacks_for_all_.emplace_back(feedback);
    return kFine;
  }
  const auto type = parse_number<uint8_t>(payload);
  if (!type || *type > 127) return kFine;
  std::vector<std::string>& list = codecs_[*type].feedbacks;
  if (list.size() < kMaxFeedbacks) list.emplace_back(feedback);
  return kFine;
}

Complaint SectionParser::extmap(std::string_view value) {
  const auto extension = read_extension(value);
  return extension ? add_extension(*extension, media_.extensions) : kFine;
}

Complaint SectionParser::rid(std::string_view value) {
  const std::string_view id = take_word(value);
  const std::string_view direction = take_word(value);
  // RFC 8852 §3.1 lets a rid be 1 to 16 bytes of ALPHA / DIGIT.
  if (id.empty() || id.size() > 16 || !is_ice_text(id))
    return "a rid has 1 to 16 letters and digits";
  if (direction != "send" && direction != "recv") return "a rid is one to send or one to recv";
  const std::string_view restrictions = trimmed(value);
  if (media_.rids.size() == kMaxRids || restrictions.size() > kMaxRestrictions) return kFine;
  media_.rids.push_back({std::string(id), direction == "send", std::string(restrictions)});
  return kFine;
}

Complaint SectionParser::simulcast(std::string_view value) {
  while (!value.empty()) {
    const std::string_view direction = take_word(value);
    const std::string_view streams = take_word(value);
    if (direction.empty()) break;
    if (direction != "send" && direction != "recv") return "it has to be send or recv and rids";
    (direction == "send" ? simulcast_send_ : simulcast_recv_) = streams;
  }
  return kFine;
}

Complaint SectionParser::ssrc(std::string_view value) {
  const auto id = parse_number<uint32_t>(take_word(value));
  if (!id) return "an SSRC is a number of 32 bits";
  auto& list = media_.ssrcs;
  auto entry = std::ranges::find(list, *id, &SsrcLine::ssrc);
  if (entry == list.end()) {
    if (list.size() == kMaxSsrcs) return kFine;
    list.push_back({*id, {}, {}});
    entry = list.end() - 1;
  }
  const auto [key, text] = cut(value, ':');
  if (key == "cname") entry->cname = text;
  if (key == "msid") entry->msid = text;
  return kFine;
}

Complaint SectionParser::ssrc_group(std::string_view value) {
  if (media_.ssrc_groups.size() == kMaxSsrcs) return kFine;
  SsrcGroup group;
  group.semantics = take_word(value);
  if (group.semantics.empty()) return "a group begins with its meaning (FID 1 2)";
  while (!value.empty() && group.ssrcs.size() < kMaxRids) {
    const std::string_view word = take_word(value);
    if (word.empty()) break;
    const auto id = parse_number<uint32_t>(word);
    if (!id) return "an SSRC is a number of 32 bits";
    group.ssrcs.push_back(*id);
  }
  media_.ssrc_groups.push_back(std::move(group));
  return kFine;
}

Complaint SectionParser::mid(std::string_view value) {
  // RFC 9143 §15.2 wants it short: it travels in every packet until acknowledged.
  if (value.empty() || value.size() > 32 || value.find(' ') != std::string_view::npos)
    return "a mid is one word of 1 to 32 characters";
  media_.mid = value;
  return kFine;
}

Media SectionParser::finish(const std::vector<Extension>& inherited) {
  finish_codecs();
  finish_simulcast(simulcast_send_, media_.simulcast_send);
  finish_simulcast(simulcast_recv_, media_.simulcast_recv);
  for (const Extension& extension : inherited) {
    const auto is_same = [&](const Extension& own) { return own.uri == extension.uri; };
    if (std::ranges::none_of(media_.extensions, is_same))
      (void)add_extension(extension, media_.extensions);  // the section's own ids go first
  }
  return std::move(media_);
}

// Brings the payload types into the m-line's order. Lines about a payload type that the m-line
// does not name are dropped (Firefox sends such a=rtcp-fb lines).
void SectionParser::finish_codecs() {
  for (const std::string& format : media_.formats) {
    const auto payload = parse_number<uint8_t>(format);
    if (!payload) continue;
    const auto found = codecs_.find(*payload);
    if (found == codecs_.end() || found->second.name.empty()) continue;
    CodecLine codec = std::move(found->second);
    codecs_.erase(found);
    codec.payload_type = *payload;
    const bool is_rtx = equal_ignoring_case(codec.name, "rtx");
    for (const std::string& feedback : feedbacks_for_all_) {
      if (codec.feedbacks.size() < kMaxFeedbacks && !is_rtx) codec.feedbacks.push_back(feedback);
    }
    media_.codecs.push_back(std::move(codec));
  }
}

// RFC 8853 §5.1: streams by ";", alternatives of one stream by ",", "~" before a paused one.
void SectionParser::finish_simulcast(std::string_view streams, std::vector<std::string>& rids) {
  const auto is_described = [this](std::string_view id) {
    return std::ranges::find(media_.rids, id, &Rid::id) != media_.rids.end();
  };
  while (!streams.empty() && rids.size() < kMaxRids) {
    std::string_view alternatives = take_word(streams, ';');
    std::string_view chosen;
    while (!alternatives.empty()) {
      std::string_view id = take_word(alternatives, ',');
      while (id.starts_with('~')) id.remove_prefix(1);
      if (id.empty()) continue;
      if (chosen.empty() || is_described(id)) chosen = id;
      if (is_described(chosen)) break;
    }
    if (!chosen.empty()) rids.emplace_back(chosen);
  }
}

}  // namespace lectern::sdp
