// Reads HTTP/1.1 requests (RFC 9112) out of a stream of bytes that is cut anywhere. Sans-IO.
//
// Stricter than the RFC asks where leniency has let requests be smuggled past proxies: a line ends
// in CRLF, a bare CR or LF is refused, and so are folded lines, white space before a colon, two
// lengths even if they agree, and a length beside a transfer coding. Transfer codings other than
// `chunked` are not implemented (501). Trailers are read and thrown away, chunk extensions too.
// docs/decisions/0010 says why this is our own.
#pragma once

#include "server/io/web_types.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::io {

// Why a connection cannot go on; told in one problem document, then it is closed.
struct HttpFault {
  int status = 0;
  std::string_view detail;  // one sentence, static
};

class HttpRequestReader {
 public:
  // Octets of a request line and its header lines, line ends included. RFC 9112 section 3
  // recommends at least 8,000 for the first alone; a bearer token is about 500.
  static constexpr std::size_t kMaxHead = 16 * 1024;
  static constexpr std::size_t kMaxTarget = 8 * 1024;
  // A body over its limit is read and thrown away up to this size, so that the client gets to read
  // why; beyond it the connection ends.
  static constexpr std::uint64_t kMaxDiscarded = 1024 * 1024;

  explicit HttpRequestReader(std::size_t max_body) : max_body_(max_body) {}

  enum class State : std::uint8_t {
    kIdle,  // not one byte of a request yet
    kHead,
    kHeadDone,  // judge it, then call read_body()
    kBody,
    kDone,     // take_request()
    kRefused,  // fault()
  };

  // Reads up to the next state that wants attention; how much of `bytes` it took. In kHeadDone,
  // kDone and kRefused it takes nothing.
  std::size_t read(std::string_view bytes);
  void read_body();
  // Ready for the next request.
  [[nodiscard]] WebRequest take_request();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] HttpFault fault() const { return fault_; }

  // Valid from kHeadDone on.
  [[nodiscard]] const WebRequest& request() const { return request_; }
  [[nodiscard]] bool is_http_1_1() const { return is_1_1_; }
  [[nodiscard]] bool keeps_connection() const;
  [[nodiscard]] bool has_body() const { return is_chunked_ || length_.value_or(0) > 0; }
  [[nodiscard]] bool is_body_too_long() const { return is_body_too_long_; }

 private:
  enum class BodyPart : std::uint8_t { kData, kSizeLine, kDataEnd, kTrailer };

  void refuse(int status, std::string_view detail);
  std::size_t read_line(std::string_view bytes, std::size_t limit, HttpFault too_long);
  void take_line(std::string_view line);
  void take_request_line(std::string_view line);
  bool take_version(std::string_view version);
  void take_header_line(std::string_view line);
  void keep_header(std::string name, std::string_view value);
  void finish_head();
  bool judge_host();
  bool judge_length();
  bool judge_transfer_coding();
  std::size_t read_data(std::string_view bytes);
  void take_body_line(std::string_view line);
  void take_size_line(std::string_view line);
  void expect_data(std::uint64_t size);

  std::size_t max_body_;
  State state_ = State::kIdle;
  bool has_request_line_ = false;
  bool is_1_1_ = false;
  bool is_chunked_ = false;
  bool is_body_too_long_ = false;
  BodyPart part_ = BodyPart::kData;
  HttpFault fault_{};
  std::string line_{};          // the part of a line that has come
  std::size_t lines_size_ = 0;  // of the head, or of the chunked framing, so far
  std::optional<std::uint64_t> length_{};
  std::uint64_t data_left_ = 0;
  std::uint64_t body_size_ = 0;  // with what was thrown away
  std::string raw_target_{};
  WebRequest request_{};
};

}  // namespace lectern::io
