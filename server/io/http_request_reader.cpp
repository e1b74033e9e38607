#include "server/io/http_request_reader.h"

#include "base/text.h"
#include "server/io/http_syntax.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lectern::io {
namespace {

constexpr std::size_t kMaxMethod = 32;      // the longest registered one has 17 (UPDATEREDIRECTREF)
constexpr std::size_t kMaxSizeLine = 1024;  // a chunk's size and extensions
constexpr std::size_t kMaxFraming = 256 * 1024;  // chunk lines and trailers of one body
constexpr std::size_t kMaxChunkDigits = 12;      // hexadecimal, without zeros before them

enum class Kind : std::uint8_t {
  kOne,   // a second one is refused: two readers might believe different ones
  kList,  // several lines are one list (RFC 9110 section 5.3)
};

struct KnownHeader {
  std::string_view name;
  Kind kind;
};

// What we read; all else is checked for its form and forgotten, so that it costs no memory.
constexpr std::array kKnownHeaders = {KnownHeader{"host", Kind::kOne},
                                      KnownHeader{"origin", Kind::kOne},
                                      KnownHeader{"authorization", Kind::kOne},
                                      KnownHeader{"content-type", Kind::kOne},
                                      KnownHeader{"content-length", Kind::kOne},
                                      KnownHeader{"sec-websocket-key", Kind::kOne},
                                      KnownHeader{"sec-websocket-version", Kind::kOne},
                                      KnownHeader{"transfer-encoding", Kind::kList},
                                      KnownHeader{"connection", Kind::kList},
                                      KnownHeader{"upgrade", Kind::kList},
                                      KnownHeader{"expect", Kind::kList},
                                      KnownHeader{"content-encoding", Kind::kList},
                                      KnownHeader{"content-range", Kind::kList},
                                      KnownHeader{"accept", Kind::kList},
                                      KnownHeader{"accept-encoding", Kind::kList},
                                      KnownHeader{"if-match", Kind::kList},
                                      KnownHeader{"if-none-match", Kind::kList},
                                      KnownHeader{"forwarded", Kind::kList},
                                      KnownHeader{"via", Kind::kList},
                                      KnownHeader{"x-forwarded-for", Kind::kList},
                                      KnownHeader{"x-forwarded-host", Kind::kList},
                                      KnownHeader{"x-forwarded-port", Kind::kList},
                                      KnownHeader{"x-forwarded-proto", Kind::kList},
                                      KnownHeader{"x-forwarded-server", Kind::kList},
                                      KnownHeader{"x-real-ip", Kind::kList},
                                      KnownHeader{"sec-websocket-protocol", Kind::kList}};

constexpr HttpFault kHeadTooLong{431, "The header lines exceed 16 KB; send fewer or shorter ones."};
constexpr HttpFault kUnknownMethod{501, "The method is not known."};
constexpr HttpFault kTargetTooLong{414, "The address exceeds 8 KB; shorten it."};
constexpr HttpFault kSizeLineTooLong{
    400, "A line around a body's chunks (a size, or a trailer) exceeds 1 KB."};
constexpr HttpFault kTooManyLines{
    400, "The lines around a body's chunks exceed 256 KB; send fewer and larger chunks."};
constexpr std::string_view kBareLineEnd = "A line must end in CR LF, and hold no other CR or LF.";

}  // namespace

bool HttpRequestReader::keeps_connection() const {
  const std::string_view connection = request_.header("connection");
  if (lists_token(connection, "close")) {
    return false;
  }
  return is_1_1_ || lists_token(connection, "keep-alive");  // RFC 9112 section 9.3
}

void HttpRequestReader::refuse(int status, std::string_view detail) {
  state_ = State::kRefused;
  fault_ = {.status = status, .detail = detail};
}

std::size_t HttpRequestReader::read(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    if (state_ == State::kIdle) {
      state_ = State::kHead;
    }
    if (state_ == State::kHead) {
      const bool is_first = !has_request_line_;
      taken += read_line(rest, is_first ? kMaxTarget + kMaxMethod : kMaxHead,
                         is_first ? kTargetTooLong : kHeadTooLong);
    } else if (state_ == State::kBody) {
      taken += part_ == BodyPart::kData ? read_data(rest)
                                        : read_line(rest, kMaxSizeLine, kSizeLineTooLong);
    } else {
      break;
    }
  }
  return taken;
}

// Takes what belongs to the present line, and handles it when its end has come.
std::size_t HttpRequestReader::read_line(std::string_view bytes, std::size_t limit,
                                         HttpFault too_long) {
  const std::size_t end = bytes.find('\n');
  const bool is_whole = end != std::string_view::npos;
  const std::string_view piece = bytes.substr(0, is_whole ? end + 1 : bytes.size());
  lines_size_ += piece.size();
  const bool is_head = state_ == State::kHead;
  if (line_.size() + piece.size() > limit) {
    line_ += piece;
    const bool is_method = is_head && !has_request_line_ && line_.find(' ') > kMaxMethod;
    const HttpFault& fault = is_method ? kUnknownMethod : too_long;
    refuse(fault.status, fault.detail);
  } else if (lines_size_ > (is_head ? kMaxHead : kMaxFraming)) {
    const HttpFault& fault = is_head ? kHeadTooLong : kTooManyLines;
    refuse(fault.status, fault.detail);
  } else if (!is_whole) {
    line_ += piece;
  } else {
    line_ += piece.substr(0, line_.empty() ? 0 : piece.size());
    const std::string whole = std::exchange(line_, {});
    std::string_view line = whole.empty() ? piece : std::string_view(whole);
    line.remove_suffix(1);
    if (!line.ends_with('\r') || line.find('\r') != line.size() - 1) {
      refuse(400, kBareLineEnd);
    } else {
      line.remove_suffix(1);
      is_head ? take_line(line) : take_body_line(line);
    }
  }
  return piece.size();
}

void HttpRequestReader::take_line(std::string_view line) {
  if (!has_request_line_) {
    // RFC 9112 section 2.2: empty lines before a request are passed over.
    if (line.empty()) {
      state_ = State::kIdle;
    } else {
      take_request_line(line);
    }
  } else if (line.empty()) {
    finish_head();
  } else {
    take_header_line(line);
  }
}

void HttpRequestReader::take_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last == first || line.find(' ', first + 1) != last) {
    return refuse(400, "A request begins with a method, an address and HTTP/1.1.");
  }
  const std::string_view method = line.substr(0, first);
  if (!is_token(method)) {
    return refuse(400, "The method must be a token.");
  }
  if (method.size() > kMaxMethod) {
    return refuse(kUnknownMethod.status, kUnknownMethod.detail);
  }
  if (!take_version(line.substr(last + 1))) {
    return;
  }
  request_.method = method;
  raw_target_ = line.substr(first + 1, last - first - 1);
  has_request_line_ = true;
}

bool HttpRequestReader::take_version(std::string_view version) {
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                          version[6] == '.' && version[5] >= '0' && version[5] <= '9' &&
                          version[7] >= '0' && version[7] <= '9';
  if (!is_version) {
    refuse(400, "A request line ends in HTTP/1.1.");
    return false;
  }
  if (version[5] != '1') {
    refuse(505, "This server speaks HTTP/1.1.");
    return false;
  }
  is_1_1_ = version[7] != '0';  // a later minor version is read as ours (RFC 9110 section 2.5)
  return true;
}

void HttpRequestReader::take_header_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(400, "A header line must not be folded.");  // RFC 9112 sections 2.2, 5.2
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) {
    // With white space before the colon: RFC 9112 section 5.1.
    return refuse(400, "A header line is a name, directly followed by a colon, and a value.");
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value)) {
    return refuse(400, "A header's value holds an octet that is not allowed.");
  }
  keep_header(in_lower_case(name), value);
}

void HttpRequestReader::keep_header(std::string name, std::string_view value) {
  const auto known = std::ranges::find(kKnownHeaders, std::string_view(name), &KnownHeader::name);
  if (known == kKnownHeaders.end()) {
    return;
  }
  const auto earlier = std::ranges::find(request_.headers, name, &HeaderList::value_type::first);
  if (earlier == request_.headers.end()) {
    request_.headers.emplace_back(std::move(name), value);
  } else if (known->kind == Kind::kOne) {
    refuse(400, "A header that may be there once is there twice.");
  } else {
    earlier->second += ", ";
    earlier->second += value;
  }
}

void HttpRequestReader::finish_head() {
  if (request_.method == "CONNECT") {
    return refuse(501, "This server is no proxy.");
  }
  auto target = parse_target(raw_target_);
  if (!target || (target->path == "*" && request_.method != "OPTIONS")) {
    return refuse(400, "The address of the request is malformed.");
  }
  if (!judge_host() || !judge_transfer_coding() || !judge_length()) {
    return;
  }
  if (!target->authority.empty()) {
    // RFC 9112 section 3.2.2: the address in the request line counts, not Host.
    std::erase_if(request_.headers, [](const auto& header) { return header.first == "host"; });
    request_.headers.emplace_back("host", target->authority);
  }
  request_.path = std::move(target->path);
  request_.query = std::move(target->query);
  is_body_too_long_ = length_.value_or(0) > max_body_;
  raw_target_ = {};
  state_ = State::kHeadDone;
}

// RFC 9112 section 3.2: exactly one in HTTP/1.1, and a valid one.
bool HttpRequestReader::judge_host() {
  const std::string* const host = request_.find_header("host");
  if (host != nullptr ? is_host(*host) : !is_1_1_) {
    return true;
  }
  refuse(400, host != nullptr ? "Host must be a name or an address, with a port or without."
                              : "HTTP/1.1 needs a Host header.");
  return false;
}

// RFC 9112 sections 6.1 and 6.3.
bool HttpRequestReader::judge_transfer_coding() {
  const std::string* const coding = request_.find_header("transfer-encoding");
  if (coding == nullptr) {
    return true;
  }
  std::string_view codings = *coding;
  const auto first = next_element(codings);
  const bool is_only = !next_element(codings);
  if (!is_1_1_) {
    refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
  } else if (!first || request_.find_header("content-length") != nullptr) {
    refuse(400, "A request has either a Content-Length or a Transfer-Encoding.");
  } else if (!is_only || !equal_ignoring_case(*first, "chunked")) {
    const bool is_chunked_twice = equal_ignoring_case(*first, "chunked");
    refuse(is_chunked_twice ? 400 : 501, "The only transfer coding known is chunked, once.");
  } else {
    is_chunked_ = true;
  }
  return is_chunked_;
}

bool HttpRequestReader::judge_length() {
  const std::string* const found = request_.find_header("content-length");
  if (found == nullptr) {
    return true;
  }
  const auto length = parse_number<std::uint64_t>(*found);
  if (!length) {
    refuse(400, "Content-Length must be one decimal number.");
    return false;
  }
  length_ = length;
  return true;
}

void HttpRequestReader::read_body() {
  if (state_ != State::kHeadDone) {
    return;
  }
  state_ = has_body() ? State::kBody : State::kDone;
  part_ = is_chunked_ ? BodyPart::kSizeLine : BodyPart::kData;
  lines_size_ = 0;
  if (!is_chunked_ && has_body()) {
    expect_data(*length_);
  }
}

void HttpRequestReader::expect_data(std::uint64_t size) {
  body_size_ += size;
  data_left_ = size;
  is_body_too_long_ = body_size_ > max_body_;
  part_ = BodyPart::kData;
  if (body_size_ > kMaxDiscarded) {
    refuse(413, "The body is too long.");
  }
}

std::size_t HttpRequestReader::read_data(std::string_view bytes) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(data_left_, bytes.size()));
  if (is_body_too_long_) {
    request_.body = {};
  } else {
    request_.body += bytes.substr(0, size);
  }
  data_left_ -= size;
  if (data_left_ == 0) {
    part_ = BodyPart::kDataEnd;
    state_ = is_chunked_ ? State::kBody : State::kDone;
  }
  return size;
}

void HttpRequestReader::take_body_line(std::string_view line) {
  if (part_ == BodyPart::kSizeLine) {
    take_size_line(line);
  } else if (part_ == BodyPart::kDataEnd) {
    part_ = BodyPart::kSizeLine;
    if (!line.empty()) {
      refuse(400, "A chunk is longer than it says.");
    }
  } else if (line.empty()) {
    state_ = State::kDone;
  } else if (const std::size_t colon = line.find(':'); colon == std::string_view::npos ||
                                                       !is_token(line.substr(0, colon)) ||
                                                       !is_field_value(line)) {
    refuse(400, "A trailer line is malformed.");
  }
}

// RFC 9112 section 7.1: `chunk-size [chunk-ext]`; extensions are ignored.
void HttpRequestReader::take_size_line(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of("; \t"), line.size());
  const std::string_view digits = line.substr(0, end);
  const std::string_view extension = line.substr(end);
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  const auto parsed = parse_number<std::uint64_t>(digits, 16);
  const std::uint64_t size = parsed.value_or(0);
  const bool is_number = parsed && digits.size() - zeros <= kMaxChunkDigits;
  if (!is_number || !is_field_value(extension) || !is_chunk_extension(extension)) {
    return refuse(400, "A chunk begins with its size in hexadecimal digits.");
  }
  if (size == 0) {
    part_ = BodyPart::kTrailer;
  } else {
    expect_data(size);
  }
}

WebRequest HttpRequestReader::take_request() {
  WebRequest taken = std::move(request_);
  *this = HttpRequestReader(max_body_);
  return taken;
}

}  // namespace lectern::io
