#include "media/sdp/candidate.h"

#include "base/endpoint.h"
#include "media/sdp/text.h"

namespace lectern::sdp {

std::optional<Candidate> parse_candidate(std::string_view value) {
  Candidate candidate;
  const std::string_view foundation = take_word(value);
  const auto component = parse_number<uint8_t>(take_word(value));
  const std::string_view protocol = take_word(value);
  const auto priority = parse_number<uint32_t>(take_word(value));
  const std::string_view address = take_word(value);
  const auto port = parse_number<uint16_t>(take_word(value));
  const std::string_view typ = take_word(value);
  const std::string_view type = take_word(value);
  if (foundation.empty() || foundation.size() > 32 || !component || !priority || !port) return {};
  if (!equal_ignoring_case(protocol, "udp") || typ != "typ" || type.empty() || type.size() > 8) {
    return {};
  }
  if (!Endpoint::parse(address, *port)) return {};
  candidate.foundation = foundation;
  candidate.component = *component;
  candidate.priority = *priority;
  candidate.address = address;
  candidate.port = *port;
  candidate.type = type;
  return candidate;
}

std::string write_candidate(const Candidate& candidate) {
  return "a=candidate:" + candidate.foundation + ' ' + std::to_string(candidate.component) +
         " udp " + std::to_string(candidate.priority) + ' ' + candidate.address + ' ' +
         std::to_string(candidate.port) + " typ " + candidate.type + "\r\n";
}

uint32_t host_priority(size_t place) {
  constexpr uint32_t kHostPreference = 126;  // RFC 8445 §5.1.2.2
  const uint32_t local = 65535 - static_cast<uint32_t>(std::min<size_t>(place, 65535));
  return kHostPreference << 24 | local << 8 | (256 - 1);
}

}  // namespace lectern::sdp
