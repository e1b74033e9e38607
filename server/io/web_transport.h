// What WebListener needs of libwebsockets 4.1: connections on the uv loop in its role raw-skt, with
// TLS where a certificate is given.
//
// lws_write is not used: it copies what a socket does not take, and while such a copy waits 4.1
// neither reads nor sleeps (rops_handle_POLLIN_raw_skt returns with the socket still readable), so
// that a client that sends and does not read would hold the loop. Output goes straight to send() or
// SSL_write().
#pragma once

#include "base/result.h"
#include "server/io/fd.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <string_view>

namespace lectern::io {

class WebListener;
struct WebClient;
struct WebOptions;

class WebTransport {
 public:
  // Errors: the certificate cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<WebTransport>> make(lws_context* context,
                                                                  const WebOptions& options,
                                                                  WebListener& listener);

  // The connection's WebListener::begin comes within. False: it is closed already.
  bool adopt(Fd fd);
  [[nodiscard]] Result<void> load_certificate(const WebOptions& options);

  // Writes as much as the socket takes at once of `bytes`, at most one TLS record; nothing where it
  // takes none or has failed. Only while nothing else waits to be written.
  [[nodiscard]] static std::size_t write_now(const WebClient& client, std::string_view bytes);
  // Has pump() called when the socket takes output.
  static void wake(const WebClient& client);
  // Ends the connection now; never within one of its callbacks.
  static void kill(const WebClient& client);
  // Whether TLS has still to be set up.
  [[nodiscard]] static bool is_in_handshake(const WebClient& client);

 private:
  WebTransport() = default;

  static int on_event(lws* handle, lws_callback_reasons reason, void* slot, void* in,
                      std::size_t size);
  static int show_renewed(SSL* ssl, void* self);
  static int on_bytes(WebClient& client, std::string_view bytes);
  static int pump(WebClient& client);

  WebListener* listener_ = nullptr;
  std::array<lws_protocols, 2> protocols_{};
  lws_vhost* vhost_ = nullptr;
  SSL_CTX* tls_ = nullptr;  // the vhost's; null: plain
  using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
  TlsContext renewed_{nullptr, SSL_CTX_free};  // its certificate is shown in place of the vhost's
};

// A libwebsockets context on a foreign uv loop.
[[nodiscard]] lws_context* make_lws_context(void* uv_loop, lws_context** cleared_at_end);

}  // namespace lectern::io
