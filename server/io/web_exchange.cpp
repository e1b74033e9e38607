// The HTTP half of WebListener.
#include "server/io/web_connection.h"
#include "server/io/web_headers.h"
#include "server/io/web_listener.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lectern::io {
namespace {

// A body over the limit is read and thrown away up to this size, so that the client gets to read
// why; beyond it the connection just closes.
constexpr std::uint64_t kMaxDiscarded = 1024 * 1024;
constexpr std::size_t kChunk = 32 * 1024;
constexpr int kAnswerSeconds = 30;  // over every deadline of the process behind

WebResponse problem(int status, const std::string& title, bool closes) {
  return WebResponse{.status = status,
                     .headers = {{"content-type", "application/problem+json"}},
                     .body = body_of("{\"type\":\"about:blank\",\"status\":" +
                                     std::to_string(status) + ",\"title\":\"" + title + "\"}"),
                     .closes = closes};
}

}  // namespace

int WebListener::on_http_event(lws* connection, lws_callback_reasons reason, void* slot, void* in,
                               std::size_t size) {
  lws_vhost* const vhost = connection == nullptr ? nullptr : lws_get_vhost(connection);
  auto* self = vhost == nullptr ? nullptr : static_cast<WebListener*>(lws_vhost_user(vhost));
  auto* state = static_cast<ConnectionSlot<WebExchange>*>(slot);
  if (self == nullptr || state == nullptr) {
    return 0;
  }
  const std::string_view bytes(static_cast<const char*>(in), in == nullptr ? 0 : size);
  switch (reason) {
    case LWS_CALLBACK_HTTP:
      return self->begin_exchange(connection, state->state, bytes);
    case LWS_CALLBACK_HTTP_BODY:
      if (state->state != nullptr) {
        self->append_body(*state->state, bytes);
      }
      return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
      if (state->state != nullptr) {
        self->dispatch(*state->state);
      }
      return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
      return self->write_response(connection, state->state);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
      self->end_exchange(state->state);
      return 0;
    // A handshake without a subprotocol is offered to the first protocol, which is this one.
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      return 1;
    default:
      return 0;
  }
}

int WebListener::begin_exchange(lws* connection, WebExchange*& exchange, std::string_view path) {
  end_exchange(exchange);
  exchange = new WebExchange{
      .id = ++last_id_, .connection = connection, .request = read_request(connection, path)};
  exchanges_.emplace(exchange->id, exchange);
  exchange->is_head = exchange->request.method == "HEAD";
  const std::string& method = exchange->request.method;
  const bool takes_body = method == "POST" || method == "PATCH" || method == "PUT";
  const auto length = content_length(connection);
  if (is_refused(exchange->request)) {
    respond(exchange->id,
            problem(400, "This port speaks https: begin the address with https://", true));
  } else if (has_chunked_body(connection) || (takes_body && !length)) {
    respond(exchange->id, problem(411, "Content-Length is needed", true));
  } else if (length.value_or(0) > kMaxDiscarded) {
    respond(exchange->id, problem(413, "The body is too long", true));
  } else if (length.value_or(0) == 0) {
    dispatch(*exchange);
  } else {
    exchange->is_body_too_long = *length > options_.max_body;
  }
  return 0;
}

void WebListener::append_body(WebExchange& exchange, std::string_view bytes) {
  if (!exchange.is_body_too_long && !exchange.is_dispatched) {
    exchange.request.body += bytes;
  }
}

void WebListener::dispatch(WebExchange& exchange) {
  if (exchange.is_dispatched || exchange.is_answered) {
    return;
  }
  exchange.is_dispatched = true;
  // Nothing is read until the answer is written: 4.1 would come back for a pipelined request, or
  // for the end of the connection, without ever taking it from the socket, and spin.
  lws_rx_flow_control(exchange.connection, 0);
  lws_set_timeout(exchange.connection, PENDING_TIMEOUT_HTTP_CONTENT, kAnswerSeconds);
  if (exchange.is_body_too_long) {
    respond(exchange.id, problem(413, "The body is too long", false));
  } else if (handler_ != nullptr) {
    handler_->on_request(exchange.id, std::move(exchange.request));
  }
}

void WebListener::respond(ExchangeId id, WebResponse response) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end() || found->second->is_answered) {
    return;
  }
  WebExchange& exchange = *found->second;
  ++counters_.responses[response.status];
  exchange.is_answered = true;
  exchange.response = std::move(response);
  lws_rx_flow_control(exchange.connection, 1);
  lws_callback_on_writable(exchange.connection);
}

int WebListener::write_response(lws* connection, WebExchange*& exchange) {
  if (exchange == nullptr || !exchange->is_answered) {
    return 0;
  }
  const WebResponse& response = exchange->response;
  if (!exchange->is_head_sent) {
    if (!write_head(connection, response)) {
      return -1;
    }
    exchange->is_head_sent = true;
  } else {
    const std::size_t left = response.body->size() - exchange->body_sent;
    const std::size_t size = std::min(left, kChunk);
    scratch_.resize(LWS_PRE + size);
    std::memcpy(scratch_.data() + LWS_PRE, response.body->data() + exchange->body_sent, size);
    const auto kind = size == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
    if (lws_write(connection, scratch_.data() + LWS_PRE, size, kind) < 0) {
      return -1;
    }
    exchange->body_sent += size;
  }
  const bool has_body = response.body && !exchange->is_head;
  if (has_body && exchange->body_sent < response.body->size()) {
    lws_callback_on_writable(connection);
    return 0;
  }
  const bool closes = response.closes;
  // Before completing: a pipelined request may begin inside that call.
  end_exchange(exchange);
  return closes || lws_http_transaction_completed(connection) != 0 ? -1 : 0;
}

void WebListener::end_exchange(WebExchange*& exchange) {
  if (exchange == nullptr) {
    return;
  }
  const std::unique_ptr<WebExchange> ended(std::exchange(exchange, nullptr));
  exchanges_.erase(ended->id);
  if (handler_ != nullptr && ended->is_dispatched && !ended->is_answered) {
    handler_->on_request_gone(ended->id);
  }
}

}  // namespace lectern::io
