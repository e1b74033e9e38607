#include "server/io/ws_frames.h"

#include "base/bytes.h"

#include <algorithm>
#include <utility>

namespace lectern::io {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;

std::size_t length_octets(std::uint8_t second) {
  const std::uint8_t length = second & 0x7f;
  return length == 127 ? 8U : length == 126 ? 2U : 0U;
}

// Codes that an endpoint may send (RFC 6455 section 7.4 and the registry that it opened).
bool is_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

std::string encode_ws_frame(WsOpcode opcode, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 10);
  frame += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  std::array<std::uint8_t, 8> length{};
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xffff) {
    frame += static_cast<char>(126);
    store_be16(length.data(), static_cast<std::uint16_t>(payload.size()));
    frame += as_text(Bytes(length).first(2));
  } else {
    frame += static_cast<char>(127);
    store_be64(length.data(), payload.size());
    frame += as_text(length);
  }
  frame += payload;
  return frame;
}

std::string encode_ws_close(std::uint16_t code, std::string_view reason) {
  std::array<std::uint8_t, 2> number{};
  store_be16(number.data(), code);
  std::size_t size = std::min(reason.size(), kWsMaxControl - number.size());
  while (size < reason.size() && size > 0 && (reason[size] & 0xc0) == 0x80) {
    --size;
  }
  std::string payload(as_text(number));
  payload += reason.substr(0, size);
  return encode_ws_frame(WsOpcode::kClose, payload);
}

std::string WsFrameReader::take_payload() {
  return std::exchange(taken_, {});
}

WsFrameReader::Event WsFrameReader::fail(std::uint16_t code, std::string_view why) {
  has_failed_ = true;
  code_ = code;
  taken_ = why;
  message_ = {};
  return Event::kFault;
}

WsFrameReader::Event WsFrameReader::read(std::string_view& bytes) {
  Event event = Event::kNone;
  while (event == Event::kNone && !has_failed_) {
    if (is_in_payload_) {
      if (bytes.empty() && payload_left_ > 0) {
        return Event::kNone;
      }
      event = take_payload_piece(bytes);
      continue;
    }
    if (bytes.empty()) {
      return Event::kNone;
    }
    header_[header_size_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (header_size_ == 2) {
      event = judge_first_octets();
    }
    if (event == Event::kNone && is_header_whole()) {
      event = begin_frame();
    }
  }
  return event;
}

bool WsFrameReader::is_header_whole() const {
  return header_size_ >= 2 && header_size_ == 2 + length_octets(header_[1]) + 4;
}

WsFrameReader::Event WsFrameReader::judge_first_octets() {
  const auto opcode = static_cast<WsOpcode>(header_[0] & 0x0f);
  const bool is_final = (header_[0] & kFinal) != 0;
  if ((header_[0] & kReserved) != 0) {
    return fail(kWsProtocolError, "a reserved bit is set");  // 5.2: no extension was agreed on
  }
  if (static_cast<std::uint8_t>(opcode) > 0xa ||
      (static_cast<std::uint8_t>(opcode) > 2 && !is_control())) {
    return fail(kWsProtocolError, "unknown opcode");
  }
  if ((header_[1] & kMasked) == 0) {
    return fail(kWsProtocolError, "a client's frames are masked");  // 5.1
  }
  if (is_control()) {
    return is_final && (header_[1] & 0x7f) <= kWsMaxControl
               ? Event::kNone
               : fail(kWsProtocolError, "a control frame is whole and has 125 octets at most");
  }
  if ((opcode == WsOpcode::kContinuation) != is_in_message_) {
    return fail(kWsProtocolError, "fragments are out of order");  // 5.4
  }
  return Event::kNone;
}

WsFrameReader::Event WsFrameReader::begin_frame() {
  const std::size_t extended = length_octets(header_[1]);
  std::uint64_t length = header_[1] & 0x7f;
  if (extended != 0) {
    length = extended == 2 ? load_be16(&header_[2]) : load_be64(&header_[2]);
    if (length <= (extended == 2 ? 125U : 0xffffU) || (length >> 63) != 0) {
      return fail(kWsProtocolError, "a length is not in its shortest form");  // 5.2
    }
  }
  if (!is_control()) {
    const auto opcode = static_cast<WsOpcode>(header_[0] & 0x0f);
    if (opcode != WsOpcode::kContinuation) {
      message_opcode_ = opcode;
      utf8_ = {};
    }
    // By what the header says: nothing of it is read.
    if (length > max_message_ - message_.size()) {
      return fail(kWsMessageTooBig, "message too long");
    }
    is_in_message_ = (header_[0] & kFinal) == 0;
  }
  payload_left_ = length;
  payload_read_ = 0;
  is_in_payload_ = true;
  return Event::kNone;
}

WsFrameReader::Event WsFrameReader::take_payload_piece(std::string_view& bytes) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
  std::string& target = is_control() ? control_ : message_;
  const std::size_t before = target.size();
  target += bytes.substr(0, size);
  bytes.remove_prefix(size);
  const std::uint8_t* const mask = &header_[header_size_ - 4U];
  for (std::size_t i = before; i < target.size(); ++i) {
    target[i] = static_cast<char>(target[i] ^ mask[payload_read_++ % 4]);
  }
  payload_left_ -= size;
  const bool is_text = !is_control() && message_opcode_ == WsOpcode::kText;
  if (is_text && !utf8_.take(std::string_view(target).substr(before))) {
    return fail(kWsInvalidText, "a text is UTF-8");  // 8.1
  }
  return payload_left_ == 0 ? end_frame() : Event::kNone;
}

WsFrameReader::Event WsFrameReader::end_frame() {
  is_in_payload_ = false;
  header_size_ = 0;
  if (is_control()) {
    taken_ = std::exchange(control_, {});
    const auto opcode = static_cast<WsOpcode>(header_[0] & 0x0f);
    return opcode == WsOpcode::kClose  ? end_close()
           : opcode == WsOpcode::kPing ? Event::kPing
                                       : Event::kPong;
  }
  if (is_in_message_) {
    return Event::kNone;
  }
  const bool is_text = message_opcode_ == WsOpcode::kText;
  if (is_text && !utf8_.is_whole()) {
    return fail(kWsInvalidText, "a text is UTF-8");
  }
  taken_ = std::exchange(message_, {});
  return is_text ? Event::kText : Event::kBinary;
}

WsFrameReader::Event WsFrameReader::end_close() {
  code_ = kWsNoCode;
  if (taken_.empty()) {
    return Event::kClose;
  }
  if (taken_.size() == 1) {
    return fail(kWsProtocolError, "a close frame is empty or begins with a code");  // 5.5.1
  }
  code_ = load_be16(as_bytes(taken_).data());
  taken_.erase(0, 2);
  Utf8Checker reason;
  if (!is_close_code(code_)) {
    return fail(kWsProtocolError, "no such close code");
  }
  if (!reason.take(taken_) || !reason.is_whole()) {
    return fail(kWsInvalidText, "a reason is UTF-8");
  }
  return Event::kClose;
}

}  // namespace lectern::io
