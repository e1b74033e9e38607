// The opening handshake of a WebSocket (RFC 6455 section 4.2): what is wrong with a request, and
// the answer to a right one.
#pragma once

#include "server/io/web_types.h"

#include <optional>
#include <string>
#include <string_view>

namespace lectern::io {

struct ConnectionRules;

// Whether it asks for `Upgrade: websocket`.
[[nodiscard]] bool wants_websocket(const WebRequest& request);

// The refusal of a request that addresses the path of the WebSockets, or asks for a WebSocket
// (`is_upgrade`) anywhere; nullopt: it may become one, or is none.
[[nodiscard]] std::optional<WebResponse> handshake_fault(const WebRequest& request, bool is_upgrade,
                                                         const ConnectionRules& rules);

// 101. `handshake` has no fault.
[[nodiscard]] WebResponse handshake_answer(const WebRequest& handshake,
                                           std::string_view subprotocol);

}  // namespace lectern::io
