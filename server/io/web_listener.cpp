#include "server/io/web_listener.h"

#include "base/check.h"
#include "server/io/web_connection.h"

#include <sys/socket.h>

#include <utility>

namespace lectern::io {
namespace {

// A page that has fallen silent is asked after 20 s and given up after 40 s: within the time that
// mobile networks keep a mapping, and long before anybody could miss a student.
constexpr lws_retry_bo_t kLiveness = {.retry_ms_table = nullptr,
                                      .retry_ms_table_count = 0,
                                      .conceal_count = 0,
                                      .secs_since_valid_ping = 20,
                                      .secs_since_valid_hangup = 40,
                                      .jitter_percent = 20};

constexpr int kDestroyTurns = 10;
constexpr unsigned kSocketReadSize = 4096;
constexpr unsigned kMaxRequestHead = 8192;  // a bearer token is about 500 bytes
constexpr unsigned kMaxHeads = 4096;        // requests being read at one time

lws_protocols protocol(const char* name, lws_callback_function* callback, unsigned read_size) {
  lws_protocols result{};
  result.name = name;
  result.callback = callback;
  result.per_session_data_size = sizeof(void*);
  result.rx_buffer_size = read_size;
  return result;
}

// What libwebsockets last complained about: the reason of the failure that follows.
std::string& last_complaint() {
  static std::string text;
  return text;
}

void keep_complaint(int, const char* line) {
  last_complaint() = line;
  while (last_complaint().ends_with('\n')) {
    last_complaint().pop_back();
  }
}

}  // namespace

WebListener::WebListener(WebOptions options, WebHandler& handler)
    : options_(std::move(options)), handler_(&handler) {
  static_assert(sizeof(ConnectionSlot<WebExchange>) == sizeof(void*));
  static_assert(sizeof(ConnectionSlot<WebSocket>) == sizeof(void*));
  protocols_[0] = protocol("http", on_http_event, 0);
  if (!options_.subprotocol.empty()) {
    protocols_[1] = protocol(options_.subprotocol.c_str(), on_socket_event, kSocketReadSize);
  }
}

WebListener::~WebListener() = default;

WebContext::WebContext(UvLoop& loop) : loop_(loop.raw()) {
  lws_set_log_level(LLL_ERR, keep_complaint);
  lws_context_creation_info info{};
  void* loops[] = {loop.raw()};
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                 LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
  info.foreign_loops = loops;
  info.pcontext = &context_;
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.max_http_header_data2 = kMaxRequestHead;
  info.max_http_header_pool2 = kMaxHeads;
  info.server_string = "lectern";
  context_ = lws_create_context(&info);
  LECTERN_CHECK(context_ != nullptr);
}

WebContext::~WebContext() {
  for (const auto& listener : listeners_) {
    listener->handler_ = nullptr;
  }
  // On a loop that is not its own 4.1 wants to be asked twice: first it gives its handles up, then,
  // when the loop has closed them, it frees the rest (and sets context_ to null, by pcontext).
  // Asked too early it unloads its uv plugin while the loop still has callbacks into it.
  lws_context_destroy(context_);
  for (int i = 0; context_ != nullptr && i < kDestroyTurns; ++i) {
    uv_run(loop_, UV_RUN_NOWAIT);
  }
  if (context_ != nullptr) {
    lws_context_destroy(context_);
  }
}

Result<WebListener*> WebContext::listen(WebOptions options, WebHandler& handler) {
  auto listener = std::make_unique<WebListener>(std::move(options), handler);
  const WebOptions& kept = listener->options_;
  lws_context_creation_info info{};
  info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
  info.port = kept.port;
  info.iface = kept.address.empty() ? nullptr : kept.address.c_str();
  info.protocols = listener->protocols_.data();
  info.user = listener.get();
  info.vhost_name = "lectern";
  info.retry_and_idle_policy = &kLiveness;
  info.alpn = "http/1.1";
  if (!kept.certificate.empty()) {
    // Plain HTTP is let in as far as begin_exchange() and admits(), which say what is wrong; else a
    // browser would only tell that the connection was reset.
    info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                    LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT |
                    LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER;
    info.ssl_cert_filepath = kept.certificate.c_str();
    info.ssl_private_key_filepath = kept.private_key.c_str();
  }
  last_complaint().clear();
  if (lws_create_vhost(context_, &info) == nullptr) {
    return error("TCP port " + std::to_string(kept.port) + " cannot be listened on (" +
                 last_complaint() + ")");
  }
  listeners_.push_back(std::move(listener));
  return listeners_.back().get();
}

}  // namespace lectern::io
