#include "media/sdp/candidate.h"
#include "media/sdp/description.h"
#include "media/sdp/text.h"

#include <array>
#include <map>

namespace lectern::sdp {
namespace {

constexpr size_t kMaxFeedback = 64;  // "nack pli"; the longest in use has 16

// What a line's handler says: false when the line makes the whole description unusable.
using Ok = bool;

std::optional<Direction> direction_of(std::string_view word) {
  if (word == "sendrecv") return Direction::kSendRecv;
  if (word == "sendonly") return Direction::kSendOnly;
  if (word == "recvonly") return Direction::kRecvOnly;
  if (word == "inactive") return Direction::kInactive;
  return std::nullopt;
}

Ok read_fingerprint(std::string_view value, Transport& transport) {
  const auto [algorithm, digest] = cut(value, ' ');
  const std::string_view hex = trimmed(digest);
  if (algorithm.empty() || algorithm.size() > 16 || hex.empty() || hex.size() > 64 * 3) {
    return false;
  }
  Fingerprint read;
  std::ranges::transform(algorithm, std::back_inserter(read.algorithm), lower);
  std::ranges::transform(hex, std::back_inserter(read.value), upper);
  // Peers may name several (RFC 8122 §5); sha-256 is the one that DTLS here checks.
  if (!transport.fingerprint || read.algorithm == "sha-256") transport.fingerprint = read;
  return true;
}

Ok read_setup(std::string_view value, Transport& transport) {
  if (value == "actpass")
    transport.setup = Setup::kActPass;
  else if (value == "active")
    transport.setup = Setup::kActive;
  else if (value == "passive")
    transport.setup = Setup::kPassive;
  else
    return false;
  return true;
}

// The attributes that may stand at both levels. nullopt: `key` is none of them.
std::optional<Ok> read_transport(std::string_view key, std::string_view value,
                                 Transport& transport) {
  if (key == "ice-ufrag" || key == "ice-pwd") {
    // RFC 8839 §5.4: 4..256 and 22..256 characters.
    const size_t least = key == "ice-ufrag" ? 4 : 22;
    if (value.size() < least || value.size() > 256 || !is_ice_text(value)) return false;
    (key == "ice-ufrag" ? transport.ufrag : transport.pwd) = value;
    return true;
  }
  if (key == "fingerprint") return read_fingerprint(value, transport);
  if (key == "setup") return read_setup(value, transport);
  if (key == "x-lectern-srtp") {
    transport.asks_for_gcm = value == "gcm";
    return true;
  }
  if (key == "candidate") {
    auto candidate = parse_candidate(value);
    if (candidate && transport.candidates.size() < kMaxCandidates) {
      transport.candidates.push_back(std::move(*candidate));
    }
    return true;
  }
  if (key == "end-of-candidates") {
    transport.end_of_candidates = true;
    return true;
  }
  return std::nullopt;
}

class Parser {
 public:
  Parsed<Description> run(std::string_view text);

 private:
  using Handler = Ok (Parser::*)(std::string_view);

  Ok line(char type, std::string_view value);
  Ok origin(std::string_view value);
  Ok media_line(std::string_view value);
  Ok attribute(std::string_view value);
  Ok session_attribute(std::string_view key, std::string_view value);
  Ok media_attribute(std::string_view key, std::string_view value);

  Ok rtpmap(std::string_view value);
  Ok fmtp(std::string_view value);
  Ok rtcp_fb(std::string_view value);
  Ok extmap(std::string_view value);
  Ok rid(std::string_view value);
  Ok simulcast(std::string_view value);
  Ok ssrc(std::string_view value);
  Ok ssrc_group(std::string_view value);
  Ok mid(std::string_view value);

  Media& media() { return description_.media.back(); }
  void for_payload(std::string_view payload, std::string_view feedback);
  void finish_media();
  void inherit_session_level();

  Description description_;
  // Payload types by the lines about them, which may come in any order (RFC 8866 §5).
  std::map<uint8_t, CodecLine> codecs_;
  std::vector<std::string> feedbacks_for_all_;
};

Parsed<Description> Parser::run(std::string_view text) {
  if (text.size() > kMaxText) return parse_error(ParseError::kTooLong);
  if (!text.starts_with("v=0")) return parse_error(ParseError::kMalformed);
  while (!text.empty()) {
    auto [line_text, rest] = cut(text, '\n');
    text = rest;
    if (line_text.ends_with('\r')) line_text.remove_suffix(1);
    if (line_text.empty()) continue;
    if (line_text.size() > kMaxLine) return parse_error(ParseError::kTooLong);
    if (line_text.size() < 2 || line_text[1] != '=') return parse_error(ParseError::kMalformed);
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\t';
    };
    if (std::ranges::any_of(line_text, is_control)) return parse_error(ParseError::kMalformed);
    if (!line(line_text[0], line_text.substr(2))) return parse_error(ParseError::kMalformed);
  }
  finish_media();
  inherit_session_level();
  return std::move(description_);
}

Ok Parser::line(char type, std::string_view value) {
  switch (type) {
    case 'o':
      return origin(value);
    case 'm':
      return media_line(value);
    case 'a':
      return attribute(value);
    default:
      return true;
  }
}

Ok Parser::origin(std::string_view value) {
  take_word(value);  // user name
  description_.session_id = number<uint64_t>(take_word(value)).value_or(0);
  description_.session_version = number<uint64_t>(take_word(value)).value_or(0);
  return true;
}

Ok Parser::media_line(std::string_view value) {
  finish_media();
  if (description_.media.size() == kMaxMedia) return false;
  Media read;
  read.kind = take_word(value);
  const auto port = number<uint16_t>(cut(take_word(value), '/').first);
  read.protocol = take_word(value);
  if (read.kind.empty() || !port || read.protocol.empty()) return false;
  read.port = *port;
  while (!value.empty()) {
    const std::string_view format = take_word(value);
    if (format.empty()) break;
    if (read.formats.size() == kMaxCodecs) return false;
    read.formats.emplace_back(format);
  }
  description_.media.push_back(std::move(read));
  return true;
}

Ok Parser::attribute(std::string_view text) {
  const auto [key, value] = cut(text, ':');
  if (description_.media.empty()) return session_attribute(key, trimmed(value));
  return media_attribute(key, trimmed(value));
}

Ok Parser::session_attribute(std::string_view key, std::string_view value) {
  if (const auto done = read_transport(key, value, description_.transport)) return *done;
  if (key == "ice-lite") description_.is_ice_lite = true;
  if (key == "ice-options") {
    while (!value.empty() && description_.ice_options.size() < kMaxMedia) {
      const std::string_view option = take_word(value);
      if (!option.empty()) description_.ice_options.emplace_back(option);
    }
  }
  if (key != "group" || take_word(value) != "BUNDLE") return true;
  if (description_.bundles.size() == kMaxMedia) return false;
  std::vector<std::string>& mids = description_.bundles.emplace_back();
  while (!value.empty() && mids.size() < kMaxMedia) {
    const std::string_view name = take_word(value);
    if (!name.empty()) mids.emplace_back(name);
  }
  return true;
}

Ok Parser::media_attribute(std::string_view key, std::string_view value) {
  if (const auto done = read_transport(key, value, media().transport)) return *done;
  if (const auto direction = direction_of(key)) {
    media().direction = *direction;
    return true;
  }
  if (key == "rtcp-mux") media().has_rtcp_mux = true;
  if (key == "rtcp-rsize") media().has_rtcp_rsize = true;
  if (key == "bundle-only") media().is_bundle_only = true;
  if (key == "content") media().content = value;
  if (key == "msid") media().msid = value;
  static constexpr std::array<std::pair<std::string_view, Handler>, 9> kHandlers{{
      {"rtpmap", &Parser::rtpmap},
      {"fmtp", &Parser::fmtp},
      {"rtcp-fb", &Parser::rtcp_fb},
      {"extmap", &Parser::extmap},
      {"rid", &Parser::rid},
      {"simulcast", &Parser::simulcast},
      {"ssrc", &Parser::ssrc},
      {"ssrc-group", &Parser::ssrc_group},
      {"mid", &Parser::mid},
  }};
  const auto found =
      std::ranges::find(kHandlers, key, &std::pair<std::string_view, Handler>::first);
  return found == kHandlers.end() || (this->*found->second)(value);
}

Ok Parser::rtpmap(std::string_view value) {
  const auto payload = number<uint8_t>(take_word(value));
  auto [name, rest] = cut(trimmed(value), '/');
  auto [rate, channels] = cut(rest, '/');
  const auto clock = number<uint32_t>(rate);
  if (!payload || *payload > 127 || name.empty() || name.size() > 64 || !clock) return false;
  CodecLine& codec = codecs_[*payload];
  codec.name = name;
  codec.clock_rate = *clock;
  codec.channels = std::max<uint8_t>(1, number<uint8_t>(channels).value_or(1));
  return true;
}

Ok Parser::fmtp(std::string_view value) {
  const auto payload = number<uint8_t>(take_word(value));
  if (!payload || *payload > 127) return true;
  codecs_[*payload].fmtp = trimmed(value);
  return true;
}

Ok Parser::rtcp_fb(std::string_view value) {
  const std::string_view payload = take_word(value);
  const std::string_view feedback = trimmed(value);
  if (feedback.size() > kMaxFeedback) return true;
  if (payload == "*") {
    if (feedbacks_for_all_.size() < kMaxFeedbacks) feedbacks_for_all_.emplace_back(feedback);
    return true;
  }
  const auto type = number<uint8_t>(payload);
  if (!type || *type > 127) return true;
  std::vector<std::string>& list = codecs_[*type].feedbacks;
  if (list.size() < kMaxFeedbacks) list.emplace_back(feedback);
  return true;
}

Ok Parser::extmap(std::string_view value) {
  const auto [id_text, direction] = cut(take_word(value), '/');
  const auto id = number<uint8_t>(id_text);
  const std::string_view uri = take_word(value);
  // RFC 8285 §5: ids above 255 only stand in offers, to be given a real one in the answer.
  if (!id || *id == 0 || uri.empty()) return true;
  if (media().extensions.size() == kMaxExtensions) return false;
  media().extensions.push_back({*id, std::string(uri), direction_of(direction)});
  return true;
}

Ok Parser::rid(std::string_view value) {
  const std::string_view id = take_word(value);
  const std::string_view direction = take_word(value);
  // RFC 8852 §3.1 lets a rid be 1 to 16 bytes of ALPHA / DIGIT.
  if (id.empty() || id.size() > 16 || !is_ice_text(id)) return false;
  if (direction != "send" && direction != "recv") return false;
  if (media().rids.size() == kMaxRids) return false;
  media().rids.push_back({std::string(id), direction == "send"});
  return true;
}

Ok Parser::simulcast(std::string_view value) {
  while (!value.empty()) {
    const std::string_view direction = take_word(value);
    std::string_view streams = take_word(value);
    if (direction.empty()) break;
    if (direction != "send" && direction != "recv") return false;
    auto& list = direction == "send" ? media().simulcast_send : media().simulcast_recv;
    while (!streams.empty() && list.size() < kMaxRids) {
      std::string_view id = cut(take_word(streams, ';'), ',').first;
      while (id.starts_with('~')) id.remove_prefix(1);
      if (!id.empty()) list.emplace_back(id);
    }
  }
  return true;
}

Ok Parser::ssrc(std::string_view value) {
  const auto id = number<uint32_t>(take_word(value));
  if (!id) return false;
  auto& list = media().ssrcs;
  auto entry = std::ranges::find(list, *id, &SsrcLine::ssrc);
  if (entry == list.end()) {
    if (list.size() == kMaxSsrcs) return true;
    list.push_back({*id, {}, {}});
    entry = list.end() - 1;
  }
  const auto [key, text] = cut(value, ':');
  if (key == "cname") entry->cname = text;
  if (key == "msid") entry->msid = text;
  return true;
}

Ok Parser::ssrc_group(std::string_view value) {
  if (media().ssrc_groups.size() == kMaxSsrcs) return true;
  SsrcGroup group;
  group.semantics = take_word(value);
  if (group.semantics.empty()) return false;
  while (!value.empty() && group.ssrcs.size() < kMaxRids) {
    const std::string_view word = take_word(value);
    if (word.empty()) break;
    const auto id = number<uint32_t>(word);
    if (!id) return false;
    group.ssrcs.push_back(*id);
  }
  media().ssrc_groups.push_back(std::move(group));
  return true;
}

Ok Parser::mid(std::string_view value) {
  // RFC 8859 and RFC 8843 §15.2 want it short: it travels in every packet until acknowledged.
  if (value.empty() || value.size() > 32 || value.find(' ') != std::string_view::npos) return false;
  media().mid = value;
  return true;
}

// Brings the payload types into the m-line's order. Lines about a payload type that the m-line
// does not name are dropped (Firefox sends such a=rtcp-fb lines).
void Parser::finish_media() {
  if (description_.media.empty()) return;
  for (const std::string& format : media().formats) {
    const auto payload = number<uint8_t>(format);
    if (!payload) continue;
    const auto found = codecs_.find(*payload);
    if (found == codecs_.end() || found->second.name.empty()) continue;
    CodecLine codec = std::move(found->second);
    codecs_.erase(found);
    codec.payload_type = *payload;
    for (const std::string& feedback : feedbacks_for_all_) {
      if (codec.feedbacks.size() < kMaxFeedbacks && codec.name != "rtx") {
        codec.feedbacks.push_back(feedback);
      }
    }
    media().codecs.push_back(std::move(codec));
  }
  codecs_.clear();
  feedbacks_for_all_.clear();
}

void Parser::inherit_session_level() {
  const Transport& session = description_.transport;
  for (Media& section : description_.media) {
    Transport& own = section.transport;
    if (own.ufrag.empty()) own.ufrag = session.ufrag;
    if (own.pwd.empty()) own.pwd = session.pwd;
    if (!own.fingerprint) own.fingerprint = session.fingerprint;
    if (!own.setup) own.setup = session.setup;
    own.asks_for_gcm |= session.asks_for_gcm;
  }
}

}  // namespace

Parsed<Description> parse(std::string_view text) {
  return Parser().run(text);
}

std::optional<std::string_view> fmtp_value(std::string_view list, std::string_view key) {
  while (!list.empty()) {
    const auto [name, value] = cut(take_word(list, ';'), '=');
    if (equal_ignoring_case(trimmed(name), key)) return trimmed(value);
  }
  return std::nullopt;
}

}  // namespace lectern::sdp
