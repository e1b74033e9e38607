#include "server/io/ws_handshake.h"

#include "server/io/http_response.h"
#include "server/io/http_syntax.h"
#include "server/io/web_connection.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace lectern::io {
namespace {

constexpr std::string_view kVersion = "13";
// RFC 6455 section 1.3.
constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string base64(const unsigned char* bytes, int size) {
  std::string text(static_cast<std::size_t>(4 * ((size + 2) / 3)) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, size);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// Section 4.2.1: 16 octets in base64.
bool is_key(std::string_view key) {
  std::array<unsigned char, 18> bytes{};
  return key.size() == 24 && key.ends_with("==") && !key.substr(0, 22).contains('=') &&
         EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(key.data()), 24) ==
             static_cast<int>(bytes.size());
}

bool lists_exactly(std::string_view list, std::string_view name) {
  while (const auto element = next_element(list)) {
    if (*element == name) {
      return true;
    }
  }
  return false;
}

// RFC 9110 section 15.5.22, RFC 6455 section 4.4: what to upgrade to, and in which version.
WebResponse upgrade_required(std::string_view detail) {
  WebResponse response = problem(RefusalCode::kBadRequest, 426, detail);
  response.headers.emplace_back("upgrade", "websocket");
  response.headers.emplace_back("connection", "Upgrade");
  response.headers.emplace_back("sec-websocket-version", kVersion);
  return response;
}

}  // namespace

bool wants_websocket(const WebRequest& request) {
  return lists_token(request.header("upgrade"), "websocket") &&
         lists_token(request.header("connection"), "upgrade");
}

std::optional<WebResponse> handshake_fault(const WebRequest& request, bool is_upgrade,
                                           const ConnectionRules& rules) {
  if (request.path != rules.socket_path) {
    return problem(RefusalCode::kNotFound, "WebSockets are at " + rules.socket_path + ".");
  }
  if (request.method != "GET") {
    WebResponse refusal = problem(RefusalCode::kWrongMethod, "A WebSocket begins with GET.");
    refusal.headers.emplace_back("allow", "GET");
    return refusal;
  }
  if (!is_upgrade || !lists_token(request.header("connection"), "upgrade")) {
    return upgrade_required("Here is a WebSocket: ask for the upgrade.");
  }
  if (request.header("sec-websocket-version") != kVersion) {
    return upgrade_required("WebSockets of version 13 are spoken here.");
  }
  if (!is_key(request.header("sec-websocket-key"))) {
    return problem(RefusalCode::kBadRequest, "Sec-WebSocket-Key must be 16 octets in base64.");
  }
  if (!lists_exactly(request.header("sec-websocket-protocol"), rules.subprotocol)) {
    return problem(RefusalCode::kBadRequest, "The subprotocol is " + rules.subprotocol + ".");
  }
  return std::nullopt;
}

WebResponse handshake_answer(const WebRequest& handshake, std::string_view subprotocol) {
  const std::string key =
      std::string(handshake.header("sec-websocket-key")) + std::string(kKeySuffix);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return {.status = 101,
          .headers = {{"upgrade", "websocket"},
                      {"connection", "Upgrade"},
                      {"sec-websocket-accept", base64(digest.data(), SHA_DIGEST_LENGTH)},
                      {"sec-websocket-protocol", std::string(subprotocol)}}};
}

}  // namespace lectern::io
