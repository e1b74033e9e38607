#include "media/sdp/fragment.h"

#include "media/sdp/candidate.h"
#include "media/sdp/text.h"

namespace lectern::sdp {
namespace {

// False when the attribute contradicts the grammar.
bool read_attribute(std::string_view key, std::string_view value, Fragment& fragment) {
  if (key == "ice-lite") fragment.is_ice_lite = true;
  if (key == "end-of-candidates") fragment.end_of_candidates = true;
  if (key == "mid" && fragment.mid.empty()) fragment.mid = value;
  if (key == "ice-ufrag" || key == "ice-pwd") {
    const bool is_ufrag = key == "ice-ufrag";
    if (value.size() < (is_ufrag ? 4U : 22U) || value.size() > 256 || !is_ice_text(value)) {
      return false;
    }
    // RFC 8840 §9.1: at session level, or the same in each bundled section.
    std::string& kept = is_ufrag ? fragment.ufrag : fragment.pwd;
    if (kept.empty()) kept = value;
  }
  if (key == "candidate" && fragment.candidates.size() < kMaxCandidates) {
    if (auto candidate = parse_candidate(value)) fragment.candidates.push_back(*candidate);
  }
  return true;
}

}  // namespace

Parsed<Fragment> parse_fragment(std::string_view text) {
  if (text.size() > kMaxText) return parse_error(ParseError::kTooLong);
  Fragment fragment;
  while (!text.empty()) {
    auto [line, rest] = cut(text, '\n');
    text = rest;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.size() > kMaxLine) return parse_error(ParseError::kTooLong);
    const bool is_known = line.starts_with("a=") || line.starts_with("m=");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (!is_known || std::ranges::any_of(line, is_control)) {
      return parse_error(ParseError::kMalformed);
    }
    if (line[0] == 'm') continue;
    const auto [key, value] = cut(line.substr(2), ':');
    if (!read_attribute(key, trimmed(value), fragment)) return parse_error(ParseError::kMalformed);
  }
  return fragment;
}

std::string write_fragment(const Fragment& fragment) {
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text.append(name).append(value).append("\r\n");
  };
  if (fragment.is_ice_lite) text += "a=ice-lite\r\n";
  line("a=ice-ufrag:", fragment.ufrag);
  line("a=ice-pwd:", fragment.pwd);
  // RFC 8840 §9.2: a pseudo m-line opens the section that candidates stand in.
  if (!fragment.candidates.empty() || !fragment.mid.empty() || fragment.end_of_candidates) {
    text += "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  }
  line("a=mid:", fragment.mid);
  for (const Candidate& candidate : fragment.candidates) text += write_candidate(candidate);
  if (fragment.end_of_candidates) text += "a=end-of-candidates\r\n";
  return text;
}

}  // namespace lectern::sdp
