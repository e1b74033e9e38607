// Reading an HTTP request's head out of libwebsockets, and writing a response's head.
#pragma once

#include "server/io/web_types.h"

#include <libwebsockets.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lectern::io {

// Method, path, query, the headers of interest and the peer's address.
[[nodiscard]] WebRequest read_request(lws* connection, std::string_view path);

// The value of Content-Length; nullopt when the client did not send one.
[[nodiscard]] std::optional<std::uint64_t> content_length(lws* connection);

// Whether the request announces a body that has no length beforehand; libwebsockets 4.1 reads none.
[[nodiscard]] bool has_chunked_body(lws* connection);

// Queues the response's head on the connection. False: it must be closed.
[[nodiscard]] bool write_head(lws* connection, const WebResponse& response);

}  // namespace lectern::io
