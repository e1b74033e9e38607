// WebSocket frames (RFC 6455 section 5) of a server: a reader for a stream that is cut anywhere,
// and the writer. Sans-IO, no extensions.
#pragma once

#include "server/io/utf8_checker.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lectern::io {

enum class WsOpcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};

// RFC 6455 section 7.4.1.
constexpr std::uint16_t kWsProtocolError = 1002;
constexpr std::uint16_t kWsNoCode = 1005;  // never on the wire: a close frame without a code
constexpr std::uint16_t kWsInvalidText = 1007;
constexpr std::uint16_t kWsMessageTooBig = 1009;

constexpr std::size_t kWsMaxControl = 125;  // octets in a control frame (section 5.5)

// One unfragmented frame as a server sends it: not masked.
[[nodiscard]] std::string encode_ws_frame(WsOpcode opcode, std::string_view payload);
// `reason` is cut to what fits, at the end of a character.
[[nodiscard]] std::string encode_ws_close(std::uint16_t code, std::string_view reason);

class WsFrameReader {
 public:
  enum class Event : std::uint8_t {
    kNone,  // more bytes are needed
    kText,
    kBinary,
    kPing,
    kPong,
    kClose,  // code() and payload(), the reason
    kFault,  // code() and payload(), what is wrong; nothing is read any more
  };

  explicit WsFrameReader(std::size_t max_message) : max_message_(max_message) {}
  void set_max_message(std::size_t max_message) { max_message_ = max_message; }

  // Reads up to the end of a message, of a control frame, or of `bytes`, which it shortens.
  [[nodiscard]] Event read(std::string_view& bytes);
  // Of the last event.
  [[nodiscard]] std::string take_payload();
  [[nodiscard]] std::uint16_t code() const { return code_; }

 private:
  [[nodiscard]] Event fail(std::uint16_t code, std::string_view why);
  [[nodiscard]] bool is_header_whole() const;
  [[nodiscard]] Event begin_frame();
  [[nodiscard]] Event judge_first_octets();
  [[nodiscard]] Event take_payload_piece(std::string_view& bytes);
  [[nodiscard]] Event end_frame();
  [[nodiscard]] Event end_close();
  [[nodiscard]] bool is_control() const { return (header_[0] & 0x08) != 0; }

  std::size_t max_message_;
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_size_ = 0;
  bool is_in_payload_ = false;
  bool is_in_message_ = false;  // between the first and the last fragment
  bool has_failed_ = false;
  WsOpcode message_opcode_ = WsOpcode::kText;
  std::uint16_t code_ = 0;
  std::uint64_t payload_left_ = 0;
  std::uint64_t payload_read_ = 0;
  Utf8Checker utf8_{};
  std::string message_{};
  std::string control_{};
  std::string taken_{};  // what the last event brought
};

}  // namespace lectern::io
