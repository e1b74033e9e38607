// A connection of a WebListener beside its transport.
#pragma once

#include "server/io/audiences.h"
#include "server/io/web_connection.h"
#include "server/io/web_types.h"

#include <array>
#include <list>
#include <string>

struct lws;

namespace lectern::io {

class WebListener;

struct WebClient {
  // What may be given up when room is short (ClientPlaces): a TLS handshake, a request that is not
  // whole, a connection without a request, an answer that its client is still to read.
  enum class Waiting : std::uint8_t { kHandshake, kUnfinished, kIdle, kReading, kNone };

  WebListener* listener = nullptr;
  lws* handle = nullptr;
  WebConnection connection;
  struct Reader : AudiencePlace {
    WebClient* client = nullptr;
  };
  std::array<Reader, kAudiencesPerSocket> readers{};
  std::string address_key{};
  ExchangeId exchange = 0;  // that runs; 0: none
  bool has_socket = false;  // the handler knows it as one
  bool is_in_callback = false;
  bool is_doomed = false;
  bool is_heard = false;  // a byte has come: libwebsockets' own clock is off
  bool is_reading = true;
  Waiting waiting = Waiting::kNone;
  Instant waiting_since{};
  std::list<WebClient*>::iterator place{};  // among all, and among those of its address
  std::list<WebClient*>::iterator place_of_address{};
};

}  // namespace lectern::io
