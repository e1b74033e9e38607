// Responses as text (RFC 9112), and problem documents (RFC 9457).
#pragma once

#include "base/refusal_code.h"
#include "server/io/web_types.h"

#include <ctime>
#include <string>
#include <string_view>

namespace lectern::io {

// An error as this server says it: `detail` is one sentence that a person can act on.
[[nodiscard]] WebResponse problem(RefusalCode code, std::string_view detail);
// Likewise with another status than the code has by itself: of the many ways in which a request can
// be none that is understood.
[[nodiscard]] WebResponse problem(RefusalCode code, int status, std::string_view detail);
// One that passes: when to try again, and the number that goes with the code where it has one.
[[nodiscard]] WebResponse passing_problem(RefusalCode code, std::string_view detail,
                                          int retry_after_s, std::size_t number = 0);

// [P4] A problem as a person is told it whose browser asked for a page: here no page of ours is
// there to find the words. HTML of our own, in both languages of the pages.
struct Sentence {
  std::string_view english;
  std::string_view indonesian;
};
// The problem itself for whoever does not ask for `text/html`.
[[nodiscard]] WebResponse as_asked(WebResponse problem, const WebRequest& request,
                                   const Sentence& sentence);

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
