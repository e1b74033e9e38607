#include "base/ascii_case.h"
#include "media/sdp/candidate.h"
#include "media/sdp/description.h"
#include "media/sdp/fault.h"
#include "media/sdp/text.h"

#include <array>
#include <map>
#include <utility>

namespace lectern::sdp {
namespace {

constexpr size_t kMaxFeedback = 64;  // "nack pli"; the longest in use has 16

std::optional<Direction> direction_of(std::string_view word) {
  if (word == "sendrecv") return Direction::kSendRecv;
  if (word == "sendonly") return Direction::kSendOnly;
  if (word == "recvonly") return Direction::kRecvOnly;
  if (word == "inactive") return Direction::kInactive;
  return std::nullopt;
}

Complaint read_fingerprint(std::string_view value, Transport& transport) {
  const auto [algorithm, digest] = cut(value, ' ');
  const std::string_view hex = trimmed(digest);
  if (algorithm.empty() || algorithm.size() > 16 || hex.empty() || hex.size() > 64 * 3)
    return "it has to be a hash function and its digest, sha-256 AB:CD:...";
  Fingerprint read;
  read.algorithm = in_lower_case(algorithm);
  std::ranges::transform(hex, std::back_inserter(read.value), upper);
  // Peers may name several (RFC 8122 §5); sha-256 is the one that DTLS here checks.
  if (!transport.fingerprint || transport.fingerprint->algorithm != "sha-256")
    transport.fingerprint = read;
  return kFine;
}

Complaint read_setup(std::string_view value, Transport& transport) {
  if (equal_ignoring_case(value, "actpass"))
    transport.setup = Setup::kActPass;
  else if (equal_ignoring_case(value, "active"))
    transport.setup = Setup::kActive;
  else if (equal_ignoring_case(value, "passive"))
    transport.setup = Setup::kPassive;
  else if (equal_ignoring_case(value, "holdconn"))
    transport.setup = Setup::kHoldConn;
  else
    return "it has to be actpass, active or passive";
  return kFine;
}

// The attributes that may stand at both levels. nullopt: `key` is none of them.
std::optional<Complaint> read_transport(std::string_view key, std::string_view value,
                                        Transport& transport) {
  if (key == "ice-ufrag") {
    if (!is_ice_ufrag(value)) return kUfragRule;
    transport.ufrag = value;
    return kFine;
  }
  if (key == "ice-pwd") {
    if (!is_ice_pwd(value)) return kPwdRule;
    transport.pwd = value;
    return kFine;
  }
  if (key == "fingerprint") return read_fingerprint(value, transport);
  if (key == "setup") return read_setup(value, transport);
  if (key == "x-lectern-srtp") {
    transport.asks_for_gcm = value == "gcm";
    return kFine;
  }
  if (key == "candidate") {
    auto candidate = parse_candidate(value);
    if (candidate && transport.candidates.size() < kMaxCandidates) {
      transport.candidates.push_back(std::move(*candidate));
    }
    return kFine;
  }
  if (key == "end-of-candidates") {
    transport.end_of_candidates = true;
    return kFine;
  }
  return std::nullopt;
}

// A header extension; nothing where the value is of no use.
std::optional<Extension> read_extension(std::string_view value) {
  const auto [id_text, direction] = cut(take_word(value), '/');
  const auto id = number<uint8_t>(id_text);
  const std::string_view uri = take_word(value);
  // RFC 8285 §5: ids above 255 only stand in offers, to be given a real one in the answer.
  if (!id || *id == 0 || uri.empty()) return std::nullopt;
  return Extension{*id, std::string(uri), direction_of(direction)};
}

// RFC 8285 §5: an id is given once; the first to have it keeps it.
void add_extension(const Extension& extension, std::vector<Extension>& list) {
  const bool is_taken = std::ranges::find(list, extension.id, &Extension::id) != list.end();
  if (!is_taken && list.size() < kMaxExtensions) list.push_back(extension);
}

class Parser {
 public:
  std::expected<Description, Fault> run(std::string_view text);

 private:
  using Handler = Complaint (Parser::*)(std::string_view);

  Complaint line(std::string_view text);
  Complaint origin(std::string_view value);
  Complaint media_line(std::string_view value);
  Complaint attribute(std::string_view value);
  Complaint session_attribute(std::string_view key, std::string_view value);
  Complaint media_attribute(std::string_view key, std::string_view value);

  Complaint group(std::string_view value);
  Complaint rtpmap(std::string_view value);
  Complaint fmtp(std::string_view value);
  Complaint rtcp_fb(std::string_view value);
  Complaint extmap(std::string_view value);
  Complaint rid(std::string_view value);
  Complaint simulcast(std::string_view value);
  Complaint ssrc(std::string_view value);
  Complaint ssrc_group(std::string_view value);
  Complaint mid(std::string_view value);

  Media& media() { return description_.media.back(); }
  void finish_media();
  void finish_codecs();
  void finish_simulcast(std::string_view streams, std::vector<std::string>& rids);
  void inherit_session_level();

  Description description_;
  Media session_;  // what the session level says for all media sections
  // Payload types by the lines about them, which may come in any order (RFC 8866 §5).
  std::map<uint8_t, CodecLine> codecs_;
  std::vector<std::string> feedbacks_for_all_;
  std::string_view simulcast_send_;  // of the section in hand; the a=rid lines may come later
  std::string_view simulcast_recv_;
};

std::expected<Description, Fault> Parser::run(std::string_view text) {
  if (text.size() > kMaxText)
    return std::unexpected(Fault{ParseError::kTooLong, "it is longer than 16 KB."});
  bool has_version = false;
  for (size_t number = 1; !text.empty(); ++number) {
    auto [line_text, rest] = cut(text, '\n');
    text = rest;
    if (line_text.ends_with('\r')) line_text.remove_suffix(1);
    if (trimmed(line_text).empty()) continue;
    if (!std::exchange(has_version, true) && !line_text.starts_with("v=0"))
      return std::unexpected(fault_at(number, line_text, "a description begins with v=0"));
    if (const Complaint complaint = line(line_text); !complaint.empty())
      return std::unexpected(fault_at(number, line_text, complaint));
  }
  if (!has_version) return std::unexpected(Fault{ParseError::kMalformed, "it is empty."});
  finish_media();
  inherit_session_level();
  return std::move(description_);
}

Complaint Parser::line(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  if (std::ranges::any_of(text, is_control)) return "it has control characters";
  if (text.size() < 2 || text[1] != '=') return "a line is one letter, = and a value";
  switch (text[0]) {
    case 'o':
      return origin(text.substr(2));
    case 'm':
      return media_line(text.substr(2));
    case 'a':
      return attribute(text.substr(2));
    default:
      return kFine;
  }
}

Complaint Parser::origin(std::string_view value) {
  take_word(value);  // user name
  description_.session_id = number<uint64_t>(take_word(value)).value_or(0);
  description_.session_version = number<uint64_t>(take_word(value)).value_or(0);
  return kFine;
}

Complaint Parser::media_line(std::string_view value) {
  finish_media();
  if (description_.media.size() == kMaxMedia)
    return "32 media sections are taken at most; leave out those that are not used";
  Media read = session_;
  read.extensions.clear();  // they come last: a section's own ids go before them
  read.kind = take_word(value);
  const auto port = number<uint16_t>(cut(take_word(value), '/').first);
  read.protocol = take_word(value);
  if (read.kind.empty() || !port || read.protocol.empty())
    return "it has to be a kind, a port, a protocol and formats (video 9 UDP/TLS/RTP/SAVPF 96)";
  read.port = *port;
  while (!value.empty() && read.formats.size() < kMaxCodecs) {
    const std::string_view format = take_word(value);
    if (!format.empty()) read.formats.emplace_back(format);
  }
  description_.media.push_back(std::move(read));
  return kFine;
}

Complaint Parser::attribute(std::string_view text) {
  const auto [key, value] = cut(text, ':');
  if (description_.media.empty()) return session_attribute(trimmed(key), trimmed(value));
  return media_attribute(trimmed(key), trimmed(value));
}

Complaint Parser::session_attribute(std::string_view key, std::string_view value) {
  if (const auto done = read_transport(key, value, description_.transport)) return *done;
  if (const auto direction = direction_of(key)) session_.direction = *direction;
  if (key == "rtcp-mux") session_.has_rtcp_mux = true;
  if (key == "rtcp-rsize") session_.has_rtcp_rsize = true;
  if (key == "ice-lite") description_.is_ice_lite = true;
  if (key == "extmap") {
    if (const auto extension = read_extension(value))
      add_extension(*extension, session_.extensions);
  }
  if (key == "ice-options") {
    while (!value.empty() && description_.ice_options.size() < kMaxMedia) {
      const std::string_view option = take_word(value);
      if (!option.empty()) description_.ice_options.emplace_back(option);
    }
  }
  return key == "group" ? group(value) : kFine;
}

Complaint Parser::group(std::string_view value) {
  if (take_word(value) != "BUNDLE") return kFine;
  if (description_.bundles.size() == kMaxMedia) return "32 groups are taken at most";
  std::vector<std::string>& mids = description_.bundles.emplace_back();
  while (!value.empty() && mids.size() < kMaxMedia) {
    const std::string_view name = take_word(value);
    if (!name.empty()) mids.emplace_back(name);
  }
  return kFine;
}

Complaint Parser::media_attribute(std::string_view key, std::string_view value) {
  if (const auto done = read_transport(key, value, media().transport)) return *done;
  if (const auto direction = direction_of(key)) {
    media().direction = *direction;
    return kFine;
  }
  // RFC 8858 §3: mux-only stands beside mux, and says no less alone.
  if (key == "rtcp-mux" || key == "rtcp-mux-only") media().has_rtcp_mux = true;
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
  return found == kHandlers.end() ? kFine : (this->*found->second)(value);
}

Complaint Parser::rtpmap(std::string_view value) {
  const auto payload = number<uint8_t>(take_word(value));
  auto [name, rest] = cut(trimmed(value), '/');
  auto [rate, channels] = cut(rest, '/');
  const auto clock = number<uint32_t>(rate);
  if (!payload || *payload > 127 || name.empty() || name.size() > 64 || !clock)
    return "it has to be a payload type up to 127, a name and a clock rate (96 VP8/90000)";
  CodecLine& codec = codecs_[*payload];
  codec.name = name;
  codec.clock_rate = *clock;
  codec.channels = std::max<uint8_t>(1, number<uint8_t>(channels).value_or(1));
  return kFine;
}

Complaint Parser::fmtp(std::string_view value) {
  const auto payload = number<uint8_t>(take_word(value));
  if (payload && *payload <= 127) codecs_[*payload].fmtp = trimmed(value);
  return kFine;
}

Complaint Parser::rtcp_fb(std::string_view value) {
  const std::string_view payload = take_word(value);
  const std::string_view feedback = trimmed(value);
  if (feedback.size() > kMaxFeedback) return kFine;
  if (payload == "*") {
    if (feedbacks_for_all_.size() < kMaxFeedbacks) feedbacks_for_all_.emplace_back(feedback);
    return kFine;
  }
  const auto type = number<uint8_t>(payload);
  if (!type || *type > 127) return kFine;
  std::vector<std::string>& list = codecs_[*type].feedbacks;
  if (list.size() < kMaxFeedbacks) list.emplace_back(feedback);
  return kFine;
}

Complaint Parser::extmap(std::string_view value) {
  if (const auto extension = read_extension(value)) add_extension(*extension, media().extensions);
  return kFine;
}

Complaint Parser::rid(std::string_view value) {
  const std::string_view id = take_word(value);
  const std::string_view direction = take_word(value);
  // RFC 8852 §3.1 lets a rid be 1 to 16 bytes of ALPHA / DIGIT.
  if (id.empty() || id.size() > 16 || !is_ice_text(id))
    return "a rid has 1 to 16 letters and digits";
  if (direction != "send" && direction != "recv") return "a rid is one to send or one to recv";
  const std::string_view restrictions = trimmed(value);
  if (media().rids.size() == kMaxRids || restrictions.size() > kMaxRestrictions) return kFine;
  media().rids.push_back({std::string(id), direction == "send", std::string(restrictions)});
  return kFine;
}

Complaint Parser::simulcast(std::string_view value) {
  while (!value.empty()) {
    const std::string_view direction = take_word(value);
    const std::string_view streams = take_word(value);
    if (direction.empty()) break;
    if (direction != "send" && direction != "recv") return "it has to be send or recv and rids";
    (direction == "send" ? simulcast_send_ : simulcast_recv_) = streams;
  }
  return kFine;
}

Complaint Parser::ssrc(std::string_view value) {
  const auto id = number<uint32_t>(take_word(value));
  if (!id) return "an SSRC is a number of 32 bits";
  auto& list = media().ssrcs;
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

Complaint Parser::ssrc_group(std::string_view value) {
  if (media().ssrc_groups.size() == kMaxSsrcs) return kFine;
  SsrcGroup group;
  group.semantics = take_word(value);
  if (group.semantics.empty()) return "a group begins with its meaning (FID 1 2)";
  while (!value.empty() && group.ssrcs.size() < kMaxRids) {
    const std::string_view word = take_word(value);
    if (word.empty()) break;
    const auto id = number<uint32_t>(word);
    if (!id) return "an SSRC is a number of 32 bits";
    group.ssrcs.push_back(*id);
  }
  media().ssrc_groups.push_back(std::move(group));
  return kFine;
}

Complaint Parser::mid(std::string_view value) {
  // RFC 9143 §15.2 wants it short: it travels in every packet until acknowledged.
  if (value.empty() || value.size() > 32 || value.find(' ') != std::string_view::npos)
    return "a mid is one word of 1 to 32 characters";
  media().mid = value;
  return kFine;
}

void Parser::finish_media() {
  if (description_.media.empty()) return;
  finish_codecs();
  finish_simulcast(std::exchange(simulcast_send_, {}), media().simulcast_send);
  finish_simulcast(std::exchange(simulcast_recv_, {}), media().simulcast_recv);
  for (const Extension& extension : session_.extensions) {
    const auto is_same = [&](const Extension& own) { return own.uri == extension.uri; };
    if (std::ranges::none_of(media().extensions, is_same))
      add_extension(extension, media().extensions);
  }
}

// Brings the payload types into the m-line's order. Lines about a payload type that the m-line
// does not name are dropped (Firefox sends such a=rtcp-fb lines).
void Parser::finish_codecs() {
  for (const std::string& format : media().formats) {
    const auto payload = number<uint8_t>(format);
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
    media().codecs.push_back(std::move(codec));
  }
  codecs_.clear();
  feedbacks_for_all_.clear();
}

// RFC 8853 §5.1: streams by ";", alternatives of one stream by ",", "~" before a paused one.
void Parser::finish_simulcast(std::string_view streams, std::vector<std::string>& rids) {
  const auto is_described = [this](std::string_view id) {
    return std::ranges::find(media().rids, id, &Rid::id) != media().rids.end();
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

void Parser::inherit_session_level() {
  const Transport& session = description_.transport;
  for (Media& section : description_.media) {
    Transport& own = section.transport;
    if (own.ufrag.empty()) own.ufrag = session.ufrag;
    if (own.pwd.empty()) own.pwd = session.pwd;
    if (!own.fingerprint) own.fingerprint = session.fingerprint;
    if (!own.setup) own.setup = session.setup;
    own.asks_for_gcm |= session.asks_for_gcm;
    // RFC 9143 §6: it means something only for a member of a group.
    section.is_bundle_only &= std::ranges::any_of(description_.bundles, [&](const auto& mids) {
      return std::ranges::find(mids, section.mid) != mids.end();
    });
  }
}

}  // namespace

std::expected<Description, Fault> parse(std::string_view text) {
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
