// Who asks, once a token has been checked (gate/permissions.h does that).
#pragma once

#include "signaling/terms/token.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace lectern::signaling {

// What a page is in its class.
enum class PageRole : std::uint8_t { kStudent, kTeacher };

struct Caller {
  Token token;          // for --dev: every grant for every class, subject `dev`
  bool is_dev = false;  // no token was shown, and none was needed
  // A digest of Token::person(): of one size whatever the issuer calls people, and what a worker
  // keeps with a session says no name.
  std::string person;

  // Whether this caller may bring a class into being by teaching it ([P17]).
  [[nodiscard]] bool may_create_class(std::string_view class_id) const {
    return is_dev || (token.grants.publish && token.class_id == class_id);
  }
  // [P71] Whether this caller may change or end what `owner` (a `person`) has made.
  [[nodiscard]] bool may_change(std::string_view owner) const {
    return token.grants.admin || (!owner.empty() && owner == person);
  }
};

// How long after the end of all renewals ([P72]) a page and its media may stay, for clocks that
// differ.
inline constexpr std::int64_t kAuthLeeway = 5;

}  // namespace lectern::signaling
