#include "media/sdp/description.h"
#include "media/sdp/fault.h"
#include "media/sdp/section_parser.h"
#include "media/sdp/shared_attributes.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace lectern::sdp {
namespace {

class Parser {
 public:
  std::expected<Description, Fault> run(std::string_view text);

 private:
  Complaint line(std::string_view text);
  Complaint origin(std::string_view value);
  Complaint media_line(std::string_view value);
  Complaint attribute(std::string_view value);
  Complaint session_attribute(std::string_view key, std::string_view value);
  Complaint group(std::string_view value);
  void finish_section();
  void inherit_session_level();

  Description description_;
  Media session_;                         // what the session level says for all media sections
  std::optional<SectionParser> section_;  // the one in hand
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
  finish_section();
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
  description_.session_id = parse_number<uint64_t>(take_word(value)).value_or(0);
  description_.session_version = parse_number<uint64_t>(take_word(value)).value_or(0);
  return kFine;
}

Complaint Parser::media_line(std::string_view value) {
  finish_section();
  if (description_.media.size() == kMaxMedia)
    return "32 media sections are taken at most; leave out those that are not used";
  Media read = session_;
  read.extensions.clear();  // they come last: a section's own ids go before them
  read.kind = take_word(value);
  const auto port = parse_number<uint16_t>(cut(take_word(value), '/').first);
  read.protocol = take_word(value);
  if (read.kind.empty() || !port || read.protocol.empty())
    return "it has to be a kind, a port, a protocol and formats (video 9 UDP/TLS/RTP/SAVPF 96)";
  read.port = *port;
  while (!value.empty() && read.formats.size() < kMaxCodecs) {
    const std::string_view format = take_word(value);
    if (!format.empty()) read.formats.emplace_back(format);
  }
  section_.emplace(std::move(read));
  return kFine;
}

Complaint Parser::attribute(std::string_view text) {
  const auto [key, value] = cut(text, ':');
  return section_ ? section_->attribute(trimmed(key), trimmed(value))
                  : session_attribute(trimmed(key), trimmed(value));
}

Complaint Parser::session_attribute(std::string_view key, std::string_view value) {
  if (const auto done = read_transport(key, value, description_.transport)) return *done;
  if (const auto direction = direction_of(key)) session_.direction = *direction;
  if (key == "rtcp-mux") session_.has_rtcp_mux = true;
  if (key == "rtcp-rsize") session_.has_rtcp_rsize = true;
  if (key == "ice-lite") description_.is_ice_lite = true;
  if (key == "extmap") {
    const auto extension = read_extension(value);
    return extension ? add_extension(*extension, session_.extensions) : kFine;
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

void Parser::finish_section() {
  if (section_) description_.media.push_back(section_->finish(session_.extensions));
  section_.reset();
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
