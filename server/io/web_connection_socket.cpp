// A WebConnection that has become a WebSocket (RFC 6455): frames in, frames out by their lanes.
#include "server/io/http_response.h"
#include "server/io/web_connection.h"
#include "server/io/ws_handshake.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lectern::io {

void WebConnection::upgrade(Instant now, WebRequest handshake) {
  owner_.on_answered(101);
  push(now, body_of(response_head(handshake_answer(handshake, rules_.subprotocol),
                                  {.date = owner_.date()})));
  enter(now, Phase::kSocket);
  owner_.on_socket_open(*this, std::move(handshake));
}

void WebConnection::read_socket(Instant now, std::string_view bytes) {
  if (phase_ == Phase::kSocket) {
    is_pinged_ = false;
    deadline_ = now + ping_interval();
  }
  while (phase_ == Phase::kSocket || phase_ == Phase::kSocketClosing) {
    const WsFrameReader::Event event = ws_.read(bytes);
    if (event == WsFrameReader::Event::kNone) {
      return;
    }
    handle_frame(now, event);
  }
}

void WebConnection::handle_frame(Instant now, WsFrameReader::Event event) {
  const std::string payload = ws_.take_payload();
  const bool is_closing = phase_ == Phase::kSocketClosing;
  switch (event) {
    case WsFrameReader::Event::kText:
      if (!is_closing) {
        owner_.on_socket_text(*this, payload);
      }
      break;
    case WsFrameReader::Event::kBinary:
      if (!is_closing) {
        owner_.on_socket_binary(*this, payload);
      }
      break;
    case WsFrameReader::Event::kPing:
      if (!is_closing) {
        answer_ping(now, payload);
      }
      break;
    case WsFrameReader::Event::kClose:
      // RFC 6455 section 5.5.1: answered with the same code, unless it is the answer to ours.
      end_socket(now, is_closing                ? std::string()
                      : ws_.code() == kWsNoCode ? encode_ws_frame(WsOpcode::kClose, {})
                                                : encode_ws_close(ws_.code(), {}));
      break;
    case WsFrameReader::Event::kFault:
      owner_.on_refused("frame");
      end_socket(now, is_closing ? std::string() : encode_ws_close(ws_.code(), payload));
      break;
    case WsFrameReader::Event::kPong:
    case WsFrameReader::Event::kNone:
      break;
  }
}

// RFC 6455 section 5.5.3: of several pings that wait for an answer the latest is enough, so a flood
// of them queues one pong.
void WebConnection::answer_ping(Instant now, std::string payload) {
  if (!pong_.expired()) {
    pong_due_ = std::move(payload);
    return;
  }
  auto pong = body_of(encode_ws_frame(WsOpcode::kPong, payload));
  pong_ = pong;
  push(now, std::move(pong));
}

// Nothing follows a close frame (RFC 6455 section 5.5.1), so a pong that waits goes before it.
void WebConnection::push_close(Instant now, std::string frame) {
  if (const auto payload = std::exchange(pong_due_, std::nullopt)) {
    push(now, body_of(encode_ws_frame(WsOpcode::kPong, *payload)));
  }
  push(now, body_of(std::move(frame)));
}

void WebConnection::end_socket(Instant now, std::string frame) {
  push_close(now, std::move(frame));
  enter(now, Phase::kLinger);
  owner_.on_socket_closed(*this);
}

void WebConnection::send(Instant now, const Frame& frame) {
  if (phase_ != Phase::kSocket || is_behind_) {
    return;
  }
  const bool waits = !output_.empty();
  if (waits && frame.lane == Lane::kDroppable) {
    return;
  }
  if (waits && frame.lane == Lane::kReplaceable) {
    if (!newest_) {
      newest_ = std::make_unique<std::vector<Frame>>();
    }
    std::erase_if(*newest_, [&frame](const Frame& older) { return older.key == frame.key; });
    newest_->push_back(frame);
    return;
  }
  const std::size_t size = frame.bytes->size();
  const bool is_too_much = output_.size() + size > rules_.max_queued ||
                           (rules_.pool != nullptr && !rules_.pool->takes(size));
  if (waits && is_too_much) {
    return fall_behind();
  }
  push(now, frame.bytes);
}

void WebConnection::send_rest(Instant now, OutputQueue::Piece frames, std::size_t written) {
  push(now, std::move(frames));
  output_.pop(written);
  account();
}

// The client reads too slowly for what is said. No more waits for it; once it has taken what does,
// it is told anew how things are (a snapshot is shorter than a history).
void WebConnection::fall_behind() {
  owner_.on_refused("socket_behind");
  is_behind_ = true;
  newest_.reset();
}

// The client has taken all that waited.
void WebConnection::catch_up(Instant now) {
  if (std::exchange(is_behind_, false)) {
    return owner_.on_socket_caught_up(*this);
  }
  if (const auto newest = std::exchange(newest_, nullptr)) {
    for (const Frame& frame : *newest) {
      push(now, frame.bytes);
    }
  }
}

void WebConnection::close(Instant now, std::uint16_t code, std::string_view reason) {
  if (phase_ != Phase::kSocket) {
    return;
  }
  push_close(now, encode_ws_close(code, reason));
  enter(now, Phase::kSocketClosing);
}

}  // namespace lectern::io
