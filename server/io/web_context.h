// The web listeners of a process, and the libwebsockets context behind them.
#pragma once

#include "base/result.h"
#include "server/io/uv_loop.h"
#include "server/io/web_listener.h"

#include <memory>
#include <vector>

struct lws_context;

namespace lectern::io {

class WebContext {
 public:
  explicit WebContext(UvLoop& loop);
  ~WebContext();
  WebContext(const WebContext&) = delete;
  WebContext& operator=(const WebContext&) = delete;

  // Listens. The listener lives as long as this context, and so must `handler`. Errors: the port is
  // taken or not allowed, the address is none, the certificate cannot be used.
  [[nodiscard]] Result<WebListener*> listen(WebOptions options, WebHandler& handler);

 private:
  UvLoop& loop_;
  std::vector<std::unique_ptr<WebListener>> listeners_{};
  lws_context* context_ = nullptr;
};

}  // namespace lectern::io
