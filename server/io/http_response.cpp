#include "server/io/http_response.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <utility>

namespace lectern::io {
namespace {

// A year: what browsers want before they remember it (RFC 6797 section 6.1.1).
constexpr std::string_view kStrictTransport = "max-age=31536000";

constexpr std::array kPhrases = {
    std::pair{100, std::string_view("Continue")},
    std::pair{101, std::string_view("Switching Protocols")},
    std::pair{200, std::string_view("OK")},
    std::pair{201, std::string_view("Created")},
    std::pair{204, std::string_view("No Content")},
    std::pair{304, std::string_view("Not Modified")},
    std::pair{307, std::string_view("Temporary Redirect")},
    std::pair{400, std::string_view("Bad Request")},
    std::pair{401, std::string_view("Unauthorized")},
    std::pair{403, std::string_view("Forbidden")},
    std::pair{404, std::string_view("Not Found")},
    std::pair{405, std::string_view("Method Not Allowed")},
    std::pair{406, std::string_view("Not Acceptable")},
    std::pair{408, std::string_view("Request Timeout")},
    std::pair{409, std::string_view("Conflict")},
    std::pair{410, std::string_view("Gone")},
    std::pair{412, std::string_view("Precondition Failed")},
    std::pair{413, std::string_view("Content Too Large")},
    std::pair{414, std::string_view("URI Too Long")},
    std::pair{415, std::string_view("Unsupported Media Type")},
    std::pair{417, std::string_view("Expectation Failed")},
    std::pair{422, std::string_view("Unprocessable Content")},
    std::pair{426, std::string_view("Upgrade Required")},
    std::pair{429, std::string_view("Too Many Requests")},
    std::pair{431, std::string_view("Request Header Fields Too Large")},
    std::pair{500, std::string_view("Internal Server Error")},
    std::pair{501, std::string_view("Not Implemented")},
    std::pair{502, std::string_view("Bad Gateway")},
    std::pair{503, std::string_view("Service Unavailable")},
    std::pair{504, std::string_view("Gateway Timeout")},
    std::pair{505, std::string_view("HTTP Version Not Supported")}};

// A header that came from outside cannot begin a line of its own.
bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void add(std::string& head, std::string_view name, std::string_view value) {
  if (is_one_line(name) && is_one_line(value)) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
}

// [P130] `members`: of the JSON object, each with a comma before it. No text in it needs escaping:
// all of it is our own.
WebResponse problem_of(RefusalCode code, int status, std::string_view title,
                       std::string_view detail, std::string_view members) {
  std::string text = R"({"type":"about:blank","status":)" + std::to_string(status);
  for (const auto& [name, value] : {std::pair("code", kind_of(code).code),
                                    std::pair("title", title), std::pair("detail", detail)}) {
    text += std::string(",\"") + name + "\":\"" + std::string(value) + '"';
  }
  text += members;
  return {.status = status,
          .headers = {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}},
          .body = body_of(text + '}')};
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(kPhrases, status, &std::pair<int, std::string_view>::first);
  return found == kPhrases.end() ? std::string_view() : found->second;
}

bool is_bodiless(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::string http_date(std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

WebResponse problem(RefusalCode code, std::string_view detail) {
  return problem_of(code, kind_of(code).status, kind_of(code).title, detail, {});
}

WebResponse problem(RefusalCode code, int status, std::string_view detail) {
  return problem_of(code, status, reason_phrase(status), detail, {});
}

WebResponse passing_problem(RefusalCode code, std::string_view detail, int retry_after_s,
                            std::size_t number) {
  const RefusalKind& kind = kind_of(code);
  const std::string seconds = std::to_string(retry_after_s);
  std::string members = ",\"retry_after\":" + seconds;
  if (!kind.number.empty()) {
    members += ",\"" + std::string(kind.number) + "\":" + std::to_string(number);
  }
  WebResponse response = problem_of(code, kind.status, kind.title, detail, members);
  response.headers.emplace_back("retry-after", seconds);
  return response;
}

WebResponse as_asked(WebResponse problem, const WebRequest& request, const Sentence& sentence) {
  if (!request.header("accept").contains("text/html")) {
    return problem;
  }
  std::ranges::find(problem.headers, "content-type", &std::pair<std::string, std::string>::first)
      ->second = "text/html; charset=utf-8";
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>Lectern</title><p>";
  page += sentence.english;
  page += "</p><p lang=\"id\">";
  page += sentence.indonesian;
  problem.body = body_of(page + "</p></html>");
  return problem;
}

std::string response_head(const WebResponse& response, const HeadOptions& options) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += reason_phrase(response.status);
  head += "\r\n";
  if (!options.date.empty()) {
    add(head, "date", options.date);
  }
  for (const auto& [name, value] : response.headers) {
    add(head, name, value);
  }
  if (options.is_tls && response.status >= 200) {
    add(head, "strict-transport-security", kStrictTransport);
  }
  if (options.closes) {
    add(head, "connection", "close");
  } else if (options.is_1_0) {
    add(head, "connection", "keep-alive");
  }
  if (!is_bodiless(response.status)) {
    add(head, "content-length", std::to_string(response.body ? response.body->size() : 0));
  }
  return head + "\r\n";
}

}  // namespace lectern::io
