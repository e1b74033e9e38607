// The WebSocket half of WebListener.
#include "server/io/web_connection.h"
#include "server/io/web_headers.h"
#include "server/io/web_listener.h"

#include <array>
#include <cstring>
#include <utility>

namespace lectern::io {
namespace {

constexpr std::uint16_t kMessageTooBig = 1009;  // RFC 6455 §7.4.1
constexpr std::uint16_t kUnsupportedData = 1003;
constexpr std::size_t kMaxCloseReason = 123;  // RFC 6455 §5.5: a control frame holds 125 bytes
constexpr int kCloseSeconds = 3;
// What lws_close_reason itself ends in; 4.1 leaves the number out of its public list.
constexpr auto kWriteClose = static_cast<lws_write_protocol>(4);
constexpr std::uint16_t kNoCode = 0;  // the connection just ends

std::string path_of(lws* connection) {
  std::array<char, 256> path{};
  const int size = lws_hdr_copy(connection, path.data(), path.size(), WSI_TOKEN_GET_URI);
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

int WebListener::on_socket_event(lws* connection, lws_callback_reasons reason, void* slot, void* in,
                                 std::size_t size) {
  lws_vhost* const vhost = connection == nullptr ? nullptr : lws_get_vhost(connection);
  auto* self = vhost == nullptr ? nullptr : static_cast<WebListener*>(lws_vhost_user(vhost));
  if (self == nullptr) {
    return 0;
  }
  if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION) {
    return self->admits(connection) ? 0 : 1;
  }
  auto* state = static_cast<ConnectionSlot<WebSocket>*>(slot);
  if (state == nullptr) {
    return 0;
  }
  if (reason == LWS_CALLBACK_ESTABLISHED) {
    self->open_socket(connection, state->state);
    return 0;
  }
  if (state->state == nullptr) {
    return 0;
  }
  switch (reason) {
    case LWS_CALLBACK_RECEIVE:
      return self->read_socket(connection, *state->state,
                               std::string_view(static_cast<const char*>(in), size));
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return self->write_socket(connection, *state->state);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      // The answer to our own close frame ends the connection; another's is echoed by 4.1.
      return state->state->is_close_sent ? -1 : 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
      self->end_socket(state->state);
      return 0;
    default:
      return 0;
  }
}

bool WebListener::admits(lws* connection) {
  const WebRequest handshake = read_request(connection, path_of(connection));
  return handler_ != nullptr && !is_refused(handshake) && handshake.path == options_.socket_path &&
         handler_->admits_socket(handshake);
}

void WebListener::open_socket(lws* connection, WebSocket*& socket) {
  socket = new WebSocket{.id = ++last_id_, .connection = connection};
  sockets_.emplace(socket->id, socket);
  ++counters_.sockets_opened;
  counters_.sockets_open = sockets_.size();
  if (handler_ != nullptr) {
    handler_->on_socket_open(socket->id, read_request(connection, path_of(connection)));
  }
}

int WebListener::read_socket(lws* connection, WebSocket& socket, std::string_view piece) {
  if (socket.is_closing) {
    return 0;
  }
  if (lws_frame_is_binary(connection) != 0) {
    close(socket.id, kUnsupportedData, "text only");
    return 0;
  }
  if (socket.partial.size() + piece.size() > options_.max_message) {
    close(socket.id, kMessageTooBig, "message too long");
    return 0;
  }
  socket.partial += piece;
  if (lws_is_final_fragment(connection) == 0 || lws_remaining_packet_payload(connection) != 0) {
    return 0;
  }
  const std::string message = std::exchange(socket.partial, {});
  ++counters_.messages_in;
  if (handler_ != nullptr) {
    handler_->on_socket_text(socket.id, message);
  }
  return 0;
}

void WebListener::send(SocketId id, std::shared_ptr<const std::string> message) {
  const auto found = sockets_.find(id);
  if (found == sockets_.end() || found->second->is_closing) {
    return;
  }
  WebSocket& socket = *found->second;
  socket.queued_bytes += message->size();
  socket.queue.push_back(std::move(message));
  if (socket.queued_bytes > options_.max_queued) {
    ++counters_.sockets_too_slow;
    socket.queue.clear();
    close(id, kNoCode, {});
    return;
  }
  lws_callback_on_writable(socket.connection);
}

void WebListener::close(SocketId id, std::uint16_t code, std::string reason) {
  const auto found = sockets_.find(id);
  if (found == sockets_.end() || found->second->is_closing) {
    return;
  }
  WebSocket& socket = *found->second;
  socket.is_closing = true;
  socket.close_code = code;
  socket.close_reason = std::move(reason);
  if (code == kNoCode) {
    // The peer does not read: it would never become writable.
    lws_set_timeout(socket.connection, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
  } else {
    lws_callback_on_writable(socket.connection);
  }
}

int WebListener::write_socket(lws* connection, WebSocket& socket) {
  while (!socket.queue.empty() && lws_send_pipe_choked(connection) == 0) {
    const std::shared_ptr<const std::string> message = std::move(socket.queue.front());
    socket.queue.pop_front();
    socket.queued_bytes -= message->size();
    scratch_.resize(LWS_PRE + message->size());
    std::memcpy(scratch_.data() + LWS_PRE, message->data(), message->size());
    if (lws_write(connection, scratch_.data() + LWS_PRE, message->size(), LWS_WRITE_TEXT) < 0) {
      return -1;
    }
    ++counters_.messages_out;
  }
  if (!socket.queue.empty()) {
    lws_callback_on_writable(connection);
    return 0;
  }
  return socket.is_closing && !std::exchange(socket.is_close_sent, true)
             ? write_close_frame(connection, socket)
             : 0;
}

int WebListener::write_close_frame(lws* connection, const WebSocket& socket) {
  // Not by lws_close_reason and -1: 4.1 then shuts the socket down without the frame unless the
  // same callback has written something else.
  std::string payload = {static_cast<char>(socket.close_code >> 8),
                         static_cast<char>(socket.close_code & 0xff)};
  payload += std::string_view(socket.close_reason).substr(0, kMaxCloseReason);
  scratch_.resize(LWS_PRE + payload.size());
  std::memcpy(scratch_.data() + LWS_PRE, payload.data(), payload.size());
  lws_set_timeout(connection, PENDING_TIMEOUT_CLOSE_ACK, kCloseSeconds);
  return lws_write(connection, scratch_.data() + LWS_PRE, payload.size(), kWriteClose) < 0 ? -1 : 0;
}

void WebListener::end_socket(WebSocket*& socket) {
  const std::unique_ptr<WebSocket> ended(std::exchange(socket, nullptr));
  sockets_.erase(ended->id);
  counters_.sockets_open = sockets_.size();
  if (handler_ != nullptr) {
    handler_->on_socket_closed(ended->id);
  }
}

}  // namespace lectern::io
