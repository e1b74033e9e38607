// An HTTP request and its answer as plain values; parsing and sockets are the shell's.
#pragma once

#include "base/endpoint.h"
#include "signaling/terms/ids.h"

#include <string>
#include <utility>
#include <vector>

namespace lectern::signaling {

// Bound of a request body for the shell: it answers 413 itself above this and need not read on.
inline constexpr std::size_t kMaxHttpBody = 16 * 1024;  // an SDP, control::kMaxSdp

// Header values are as sent, without surrounding blanks; empty when the header is absent.
struct HttpRequest {
  std::string method;  // as sent: `GET`, `POST`...
  std::string path;    // without the query; the shell has percent-decoded it, once
  std::string query;   // after `?`, decoded likewise
  std::string host;    // Host or :authority, `localhost:8080`
  std::string origin;
  std::string authorization;
  std::string content_type;
  std::string accept;
  std::string if_match;
  std::string if_none_match;
  std::string body;  // whole, <= kMaxHttpBody
  // The client: the TCP peer, or whom a trusted proxy names.
  Endpoint peer;
  // A proxy has spoken for somebody else (Forwarded, X-Forwarded-*, Via...): not local ([P9]).
  bool is_forwarded = false;
};

using Header = std::pair<std::string, std::string>;

// Content-Type is among the headers; Content-Length, Date and Server are the shell's. A body that
// is empty with status 201 or 200 is sent with Content-Length: 0.
struct HttpResponse {
  RequestId request;
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  bool closes = false;  // the connection, after it
};

// Whom an answer goes to; kept while a worker is asked.
struct Asker {
  RequestId request;
  std::string origin;  // allowed ([P7]), to be named in the answer; empty for none
};

}  // namespace lectern::signaling
