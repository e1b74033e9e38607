#include "server/io/web_context.h"

#include "base/check.h"
#include "server/io/tcp_listen.h"
#include "server/io/web_transport.h"

#include <libwebsockets.h>

#include <utility>

namespace lectern::io {
namespace {

constexpr int kDestroyTurns = 10;

}  // namespace

WebContext::WebContext(UvLoop& loop) : loop_(loop) {
  context_ = make_lws_context(loop.raw(), &context_);
  LECTERN_CHECK(context_ != nullptr);
}

WebContext::~WebContext() {
  for (const auto& listener : listeners_) {
    listener->handler_ = nullptr;
    listener->poll_.reset();
  }
  // On a loop that is not its own 4.1 wants to be asked twice: first it gives its handles up, then,
  // when the loop has closed them, it frees the rest (and sets context_ to null, by pcontext).
  // Asked too early it unloads its uv plugin while the loop still has callbacks into it.
  lws_context_destroy(context_);
  for (int i = 0; context_ != nullptr && i < kDestroyTurns; ++i) {
    uv_run(loop_.raw(), UV_RUN_NOWAIT);
  }
  if (context_ != nullptr) {
    lws_context_destroy(context_);
  }
}

Result<WebListener*> WebContext::listen(WebOptions options, WebHandler& handler) {
  auto listening = listen_tcp(options.address, options.port);
  if (!listening) {
    return std::unexpected(listening.error());
  }
  std::unique_ptr<WebListener> listener(new WebListener(loop_, std::move(options), handler));
  auto transport = WebTransport::make(context_, listener->options_, *listener);
  if (!transport) {
    return std::unexpected(transport.error());
  }
  listener->start(*std::move(listening), *std::move(transport));
  listeners_.push_back(std::move(listener));
  return listeners_.back().get();
}

}  // namespace lectern::io
