#include "media/sdp/fragment.h"

#include "media/sdp/candidate.h"
#include "media/sdp/fault.h"
#include "media/sdp/text.h"

namespace lectern::sdp {
namespace {

// RFC 8840 §9.1: at session level, or the same in each bundled section.
Complaint read_credential(std::string_view value, bool is_right, Complaint rule,
                          std::string& kept) {
  if (!is_right) return rule;
  if (!kept.empty() && kept != value) return "all sections of a bundle have the same one";
  kept = value;
  return kFine;
}

Complaint read_attribute(std::string_view key, std::string_view value, Fragment& fragment) {
  if (key == "ice-lite") fragment.is_ice_lite = true;
  if (key == "end-of-candidates") fragment.end_of_candidates = true;
  if (key == "mid" && fragment.mid.empty()) fragment.mid = value;
  if (key == "ice-ufrag")
    return read_credential(value, is_ice_ufrag(value), kUfragRule, fragment.ufrag);
  if (key == "ice-pwd") return read_credential(value, is_ice_pwd(value), kPwdRule, fragment.pwd);
  if (key == "candidate" && fragment.candidates.size() < kMaxCandidates) {
    if (auto candidate = parse_candidate(value)) fragment.candidates.push_back(*candidate);
  }
  return kFine;
}

Complaint read_line(std::string_view line, Fragment& fragment) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  if (std::ranges::any_of(line, is_control)) return "it has control characters";
  if (line.size() < 2 || line[1] != '=') return "a line is one letter, = and a value";
  if (line[0] != 'a') return kFine;
  const auto [key, value] = cut(line.substr(2), ':');
  return read_attribute(trimmed(key), trimmed(value), fragment);
}

}  // namespace

std::expected<Fragment, Fault> parse_fragment(std::string_view text) {
  if (text.size() > kMaxText)
    return std::unexpected(Fault{ParseError::kTooLong, "it is longer than 16 KB."});
  Fragment fragment;
  for (size_t number = 1; !text.empty(); ++number) {
    auto [line, rest] = cut(text, '\n');
    text = rest;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trimmed(line).empty()) continue;
    if (const Complaint complaint = read_line(line, fragment); !complaint.empty())
      return std::unexpected(fault_at(number, line, complaint));
  }
  // RFC 8840 §4.4: which ICE session it is about takes both.
  if (fragment.ufrag.empty() != fragment.pwd.empty()) {
    return std::unexpected(Fault{ParseError::kMalformed,
                                 "a=ice-ufrag and a=ice-pwd come together, and one is missing."});
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
