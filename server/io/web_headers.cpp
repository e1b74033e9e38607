#include "server/io/web_headers.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

namespace lectern::io {
namespace {

struct NamedToken {
  lws_token_indexes token;
  std::string_view name;
};

constexpr std::array kMethods = {
    NamedToken{WSI_TOKEN_GET_URI, "GET"},         NamedToken{WSI_TOKEN_POST_URI, "POST"},
    NamedToken{WSI_TOKEN_PATCH_URI, "PATCH"},     NamedToken{WSI_TOKEN_DELETE_URI, "DELETE"},
    NamedToken{WSI_TOKEN_OPTIONS_URI, "OPTIONS"}, NamedToken{WSI_TOKEN_HEAD_URI, "HEAD"},
    NamedToken{WSI_TOKEN_PUT_URI, "PUT"}};

constexpr std::array kForwardedHeaders = {
    NamedToken{WSI_TOKEN_HOST, "host"},
    NamedToken{WSI_TOKEN_ORIGIN, "origin"},
    NamedToken{WSI_TOKEN_HTTP_AUTHORIZATION, "authorization"},
    NamedToken{WSI_TOKEN_HTTP_CONTENT_TYPE, "content-type"},
    NamedToken{WSI_TOKEN_HTTP_ACCEPT, "accept"},
    NamedToken{WSI_TOKEN_HTTP_ACCEPT_ENCODING, "accept-encoding"},
    NamedToken{WSI_TOKEN_HTTP_IF_MATCH, "if-match"},
    NamedToken{WSI_TOKEN_HTTP_IF_NONE_MATCH, "if-none-match"},
    NamedToken{WSI_TOKEN_HTTP_AC_REQUEST_HEADERS, "access-control-request-headers"},
    NamedToken{WSI_TOKEN_HTTP_VIA, "via"},
    NamedToken{WSI_TOKEN_HTTP_X_REAL_IP, "x-real-ip"},
    NamedToken{WSI_TOKEN_X_FORWARDED_FOR, "x-forwarded-for"},
    NamedToken{WSI_TOKEN_PROTOCOL, "sec-websocket-protocol"}};

constexpr std::size_t kMaxHead = 4096;  // of a response: ours are a few hundred bytes

std::string header_text(lws* connection, lws_token_indexes token) {
  const int length = lws_hdr_total_length(connection, token);
  if (length <= 0) {
    return {};
  }
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  const int copied = lws_hdr_copy(connection, text.data(), static_cast<int>(text.size()), token);
  text.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
  return text;
}

std::string query_text(lws* connection) {
  std::string query;
  std::array<char, 2048> piece{};
  for (int i = 0; lws_hdr_copy_fragment(connection, piece.data(), piece.size(),
                                        WSI_TOKEN_HTTP_URI_ARGS, i) > 0;
       ++i) {
    query += query.empty() ? "" : "&";
    query += piece.data();
  }
  return query;
}

Endpoint peer_of(lws* connection) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  Endpoint peer;
  if (getpeername(lws_get_socket_fd(connection), reinterpret_cast<sockaddr*>(&address), &size) !=
      0) {
    return peer;
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof(v6));
    std::memcpy(peer.address.data(), &v6.sin6_addr, peer.address.size());
    peer.port = ntohs(v6.sin6_port);
  } else if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof(v4));
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    peer = Endpoint::v4(bytes[0], bytes[1], bytes[2], bytes[3], ntohs(v4.sin_port));
  }
  return peer;
}

// Writes `name: value`; libwebsockets wants the colon as part of the name.
bool add_header(lws* connection, const std::string& name, const std::string& value,
                unsigned char** at, unsigned char* end) {
  const std::string with_colon = name + ":";
  return lws_add_http_header_by_name(connection,
                                     reinterpret_cast<const unsigned char*>(with_colon.c_str()),
                                     reinterpret_cast<const unsigned char*>(value.data()),
                                     static_cast<int>(value.size()), at, end) == 0;
}

}  // namespace

WebRequest read_request(lws* connection, std::string_view path) {
  WebRequest request;
  for (const NamedToken& method : kMethods) {
    if (lws_hdr_total_length(connection, method.token) > 0) {
      request.method = method.name;
    }
  }
  request.path = path;
  request.query = query_text(connection);
  for (const NamedToken& header : kForwardedHeaders) {
    if (lws_hdr_total_length(connection, header.token) > 0) {
      request.headers.emplace_back(header.name, header_text(connection, header.token));
    }
  }
  request.remote = peer_of(connection);
  request.is_tls = lws_is_ssl(connection) != 0;
  return request;
}

std::optional<std::uint64_t> content_length(lws* connection) {
  const std::string text = header_text(connection, WSI_TOKEN_HTTP_CONTENT_LENGTH);
  std::uint64_t length = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || result.ec != std::errc{}) {
    return std::nullopt;
  }
  return length;
}

bool has_chunked_body(lws* connection) {
  return lws_hdr_total_length(connection, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

bool write_head(lws* connection, const WebResponse& response) {
  std::array<unsigned char, LWS_PRE + kMaxHead> buffer{};
  unsigned char* const start = buffer.data() + LWS_PRE;
  unsigned char* const end = buffer.data() + buffer.size() - 1;
  unsigned char* at = start;
  const auto status = static_cast<unsigned>(response.status);
  if (lws_add_http_header_status(connection, status, &at, end) != 0) {
    return false;
  }
  for (const auto& [name, value] : response.headers) {
    if (!add_header(connection, name, value, &at, end)) {
      return false;
    }
  }
  if (response.closes && !add_header(connection, "connection", "close", &at, end)) {
    return false;
  }
  const bool may_have_body = response.status != 204 && response.status != 304;
  const std::size_t length = response.body ? response.body->size() : 0;
  if (may_have_body && lws_add_http_header_content_length(connection, length, &at, end) != 0) {
    return false;
  }
  return lws_finalize_write_http_header(connection, start, &at, end) == 0;
}

}  // namespace lectern::io
