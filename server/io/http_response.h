// Responses as text (RFC 9112), and problem documents (RFC 9457).
#pragma once

#include "server/io/web_types.h"

#include <ctime>
#include <string>
#include <string_view>

namespace lectern::io {

// An error as this server says it: `detail` is one sentence that a person can act on.
[[nodiscard]] WebResponse problem(int status, std::string_view detail);

struct HeadOptions {
  std::string_view date{};  // RFC 9110 section 6.6.1; empty: not said
  bool closes = false;      // the connection ends after this response
  bool is_1_0 = false;      // to a request of HTTP/1.0: a kept connection is said
  // Strict-Transport-Security is said (RFC 6797 section 7.2: never in the clear).
  bool is_tls = false;
};

// As the Date header has it.
[[nodiscard]] std::string http_date(std::time_t seconds);

[[nodiscard]] std::string response_head(const WebResponse& response, const HeadOptions& options);

// Whether the status has no body by definition (RFC 9112 section 6.3).
[[nodiscard]] bool is_bodiless(int status);

// Reason phrase; empty for a status that we do not know.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace lectern::io
