#include "server/io/web_transport.h"

#include "server/io/uv_loop.h"
#include "server/io/web_client.h"
#include "server/io/web_listener.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lectern::io {
namespace {

constexpr const char* kProtocol = "lectern-raw";
constexpr unsigned kReadSize = 16 * 1024;  // one TLS record; one buffer for all connections
constexpr std::size_t kRecord = 16 * 1024;
constexpr std::size_t kPieces = 32;  // gathered for one call
// Answers and frames that one connection may write, or pipelined requests that it may have
// answered, before the others have their turn.
constexpr int kTurns = 16;
// A TLS handshake from its first byte, and from its end to the first byte of a request.
constexpr unsigned kHandshakeSeconds = 10;

// The per-connection memory that libwebsockets gives us, zeroed.
struct Slot {
  WebClient* client;
};

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

std::string openssl_complaint() {
  const unsigned long number = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(number);
  return reason == nullptr ? "unknown reason" : reason;
}

bool load(SSL_CTX* tls, const WebOptions& options) {
  return SSL_CTX_use_certificate_chain_file(tls, options.certificate.c_str()) == 1 &&
         SSL_CTX_use_PrivateKey_file(tls, options.private_key.c_str(), SSL_FILETYPE_PEM) == 1 &&
         SSL_CTX_check_private_key(tls) == 1;
}

void set_up(SSL_CTX* tls) {
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION);
  // Tickets carry their state themselves; a cache would grow to 20,000 sessions.
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(tls, 1);
  // There is one certificate, whatever name is asked for. The callback of 4.1 looks for another
  // vhost of the same port, and would find that of the metrics.
  SSL_CTX_set_tlsext_servername_callback(tls, nullptr);
}

enum class Wrote : std::uint8_t { kSome, kBlocked, kFailed };

Wrote write_plain(int fd, std::span<const std::string_view> pieces, std::size_t& written) {
  std::array<iovec, kPieces> vectors{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    vectors[i] = {.iov_base = const_cast<char*>(pieces[i].data()), .iov_len = pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  const ssize_t size = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (size < 0) {
    return errno == EAGAIN || errno == EINTR ? Wrote::kBlocked : Wrote::kFailed;
  }
  written = static_cast<std::size_t>(size);
  return Wrote::kSome;
}

// At most one record. After kBlocked the same bytes must come again, and they do: what waits keeps
// its order, and only grows at its end.
Wrote write_tls(SSL* ssl, std::span<const std::string_view> pieces, std::size_t& written) {
  static std::array<char, kRecord> joined;
  const char* bytes = pieces[0].data();
  std::size_t size = std::min(pieces[0].size(), kRecord);
  if (size < kRecord) {
    size = 0;
    for (const std::string_view piece : pieces) {
      const std::size_t step = std::min(piece.size(), kRecord - size);
      std::memcpy(joined.data() + size, piece.data(), step);
      size += step;
    }
    bytes = joined.data();
  }
  ERR_clear_error();
  const int result = SSL_write(ssl, bytes, static_cast<int>(size));
  if (result > 0) {
    written = static_cast<std::size_t>(result);
    return Wrote::kSome;
  }
  const int failure = SSL_get_error(ssl, result);
  return failure == SSL_ERROR_WANT_WRITE || failure == SSL_ERROR_WANT_READ ? Wrote::kBlocked
                                                                           : Wrote::kFailed;
}

}  // namespace

lws_context* make_lws_context(void* uv_loop, lws_context** cleared_at_end) {
  lws_set_log_level(LLL_ERR, keep_complaint);
  lws_context_creation_info info{};
  void* loops[] = {uv_loop};
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                 LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
  info.foreign_loops = loops;
  info.pcontext = cleared_at_end;
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.pt_serv_buf_size = kReadSize;
  info.timeout_secs = kHandshakeSeconds;
  return lws_create_context(&info);
}

Result<std::unique_ptr<WebTransport>> WebTransport::make(lws_context* context,
                                                         const WebOptions& options,
                                                         WebListener& listener) {
  std::unique_ptr<WebTransport> transport(new WebTransport);
  transport->listener_ = &listener;
  transport->protocols_[0].name = kProtocol;
  transport->protocols_[0].callback = on_event;
  transport->protocols_[0].per_session_data_size = sizeof(Slot);
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = transport->protocols_.data();
  info.user = transport.get();
  info.vhost_name = kProtocol;
  if (!options.certificate.empty()) {
    // Plain HTTP is let in as far as WebConnection, which says what is wrong; else a browser would
    // only tell that the connection was reset.
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT |
                   LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER;
    info.ssl_cert_filepath = options.certificate.c_str();
    info.ssl_private_key_filepath = options.private_key.c_str();
    info.alpn = "http/1.1";
  }
  last_complaint().clear();
  transport->vhost_ = lws_create_vhost(context, &info);
  if (transport->vhost_ == nullptr || (transport->tls_ == nullptr) != options.certificate.empty()) {
    return error("the certificate cannot be used (" + last_complaint() + ")");
  }
  return transport;
}

Result<void> WebTransport::load_certificate(const WebOptions& options) {
  if (tls_ == nullptr) {
    return {};
  }
  // Into a context of its own: half a pair would be in place when the other half fails, and a
  // certificate with another kind of key would stand beside the old one.
  TlsContext renewed(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!renewed || !load(renewed.get(), options)) {
    return error("the certificate " + options.certificate + " with the key " + options.private_key +
                 " cannot be used (" + openssl_complaint() + "); the one in use stays");
  }
  renewed_ = std::move(renewed);
  SSL_CTX_set_cert_cb(tls_, show_renewed, this);
  return {};
}

int WebTransport::show_renewed(SSL* ssl, void* self) {
  SSL_CTX* const renewed = static_cast<WebTransport*>(self)->renewed_.get();
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(renewed, static_cast<void*>(&chain));
  SSL_certs_clear(ssl);
  return SSL_use_cert_and_key(ssl, SSL_CTX_get0_certificate(renewed),
                              SSL_CTX_get0_privatekey(renewed), chain, 1);
}

bool WebTransport::adopt(Fd fd) {
  lws_sock_file_fd_type descriptor{};
  descriptor.sockfd = fd.release();
  // The flags are an enum that names no sum.
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
  const auto kind = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL);
  return lws_adopt_descriptor_vhost(vhost_, kind, descriptor, kProtocol, nullptr) != nullptr;
}

std::size_t WebTransport::write_now(const WebClient& client, std::string_view bytes) {
  SSL* const ssl = lws_get_ssl(client.handle);
  std::size_t written = 0;
  if (ssl == nullptr) {
    (void)write_plain(lws_get_socket_fd(client.handle), {&bytes, 1}, written);
  } else if (bytes.size() <= kRecord) {
    (void)write_tls(ssl, {&bytes, 1}, written);
  }
  return written;
}

void WebTransport::wake(const WebClient& client) {
  lws_callback_on_writable(client.handle);
}

void WebTransport::kill(const WebClient& client) {
  lws_set_timeout(client.handle, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

bool WebTransport::is_in_handshake(const WebClient& client) {
  SSL* const ssl = lws_get_ssl(client.handle);
  return ssl != nullptr && SSL_is_init_finished(ssl) == 0;
}

int WebTransport::on_event(lws* handle, lws_callback_reasons reason, void* slot, void* in,
                           std::size_t size) {
  if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
    auto* const vhost = static_cast<lws_vhost*>(in);
    auto* const self = static_cast<WebTransport*>(lws_vhost_user(vhost));
    self->tls_ = static_cast<SSL_CTX*>(slot);
    set_up(self->tls_);
    return 0;
  }
  auto* const state = static_cast<Slot*>(slot);
  switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT: {
      auto* const self = static_cast<WebTransport*>(lws_vhost_user(lws_get_vhost(handle)));
      state->client = &self->listener_->begin(handle);
      return 0;
    }
    case LWS_CALLBACK_RAW_RX:
      return on_bytes(*state->client, {static_cast<const char*>(in), size});
    case LWS_CALLBACK_RAW_WRITEABLE:
      return pump(*state->client);
    case LWS_CALLBACK_RAW_CLOSE:
      if (state != nullptr && state->client != nullptr) {
        WebClient& client = *std::exchange(state->client, nullptr);
        client.listener->end(client);
      }
      return 0;
    default:
      return 0;
  }
}

int WebTransport::on_bytes(WebClient& client, std::string_view bytes) {
  const Instant now = monotonic_now();
  client.is_in_callback = true;
  if (!std::exchange(client.is_heard, true)) {
    lws_set_timeout(client.handle, NO_PENDING_TIMEOUT, 0);  // ours go on from here
    client.connection.handle_opened(now, lws_get_ssl(client.handle) != nullptr);
  }
  client.connection.handle_bytes(now, bytes);
  return pump(client);
}

int WebTransport::pump(WebClient& client) {
  WebConnection& connection = client.connection;
  const Instant now = monotonic_now();
  const int fd = lws_get_socket_fd(client.handle);
  SSL* const ssl = lws_get_ssl(client.handle);
  client.is_in_callback = true;
  for (int turn = 0; turn < kTurns && connection.has_output() && !connection.is_over(); ++turn) {
    std::array<std::string_view, kPieces> views{};
    const std::span<const std::string_view> pieces(views.data(), connection.gather(views));
    std::size_t written = 0;
    const Wrote wrote =
        ssl == nullptr ? write_plain(fd, pieces, written) : write_tls(ssl, pieces, written);
    if (wrote == Wrote::kFailed) {
      return -1;
    }
    if (wrote == Wrote::kBlocked) {
      break;
    }
    connection.handle_written(now, written);
  }
  client.is_in_callback = false;
  if (connection.is_over()) {
    return -1;
  }
  if (connection.wants_shutdown()) {
    if (ssl != nullptr) {
      (void)SSL_shutdown(ssl);  // close_notify: RFC 8446 section 6.1
    }
    (void)shutdown(fd, SHUT_WR);
    connection.handle_shut_down(now);
  }
  if (const bool wants = connection.wants_bytes(); wants != client.is_reading) {
    client.is_reading = wants;
    lws_rx_flow_control(client.handle, wants ? 1 : 0);
  }
  if (connection.has_output()) {
    lws_callback_on_writable(client.handle);
  }
  client.listener->place(client);
  return 0;
}

}  // namespace lectern::io
