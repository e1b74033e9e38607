// Names that come from outside: of classes, of clients, of media sessions ([P1], [P2], [P16]).
#pragma once

#include "media/control/messages.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::signaling {

[[nodiscard]] bool is_class_name(std::string_view text);
[[nodiscard]] bool is_client_name(std::string_view text);

// `w{worker}-{32 hex digits}`: routable without any table.
struct SessionName {
  control::WorkerNumber worker = 0;
  std::string id;

  // The name itself or a path that ends with it, as Location gives it.
  [[nodiscard]] static std::optional<SessionName> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const SessionName&, const SessionName&) = default;
};

// The owner of a session as a worker keeps it: the person, the page's `client` if it named itself,
// and when the person's rights end ([P72], seconds since 1970).
struct OwnerTag {
  std::string person;
  std::string client{};
  std::optional<std::int64_t> auth_until{};
  [[nodiscard]] static OwnerTag parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
};

}  // namespace lectern::signaling
