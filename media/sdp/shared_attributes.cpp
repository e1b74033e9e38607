#include "media/sdp/shared_attributes.h"

#include "media/sdp/candidate.h"
#include "media/sdp/text.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace lectern::sdp {
namespace {

Complaint read_fingerprint(std::string_view value, Transport& transport) {
  const auto [algorithm, digest] = cut(value, ' ');
  const std::string_view hex = trimmed(digest);
  if (algorithm.empty() || algorithm.size() > 16 || hex.empty() || hex.size() > 64 * 3)
    return "it has to be a hash function and its digest, sha-256 AB:CD:...";
  Fingerprint read;
  read.algorithm = in_lower_case(algorithm);
  std::ranges::transform(hex, std::back_inserter(read.value), in_upper_case);
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

}  // namespace

std::optional<Direction> direction_of(std::string_view word) {
  if (word == "sendrecv") return Direction::kSendRecv;
  if (word == "sendonly") return Direction::kSendOnly;
  if (word == "recvonly") return Direction::kRecvOnly;
  if (word == "inactive") return Direction::kInactive;
  return std::nullopt;
}

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

std::optional<Extension> read_extension(std::string_view value) {
  const auto [id_text, direction] = cut(take_word(value), '/');
  const auto id = parse_number<uint8_t>(id_text);
  const std::string_view uri = take_word(value);
  // RFC 8285 §5: ids above 255 only stand in offers, to be given a real one in the answer.
  if (!id || *id == 0 || uri.empty()) return std::nullopt;
  return Extension{*id, std::string(uri), direction_of(direction)};
}

Complaint add_extension(const Extension& extension, std::vector<Extension>& list) {
  const auto first = std::ranges::find(list, extension.id, &Extension::id);
  if (first == list.end()) {
    if (list.size() < kMaxExtensions) list.push_back(extension);
  } else if (first->uri != extension.uri) {
    return "an id stands for one header extension alone: give this one another";
  }
  return kFine;
}

}  // namespace lectern::sdp
