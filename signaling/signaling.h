// The whole of signaling without a socket: HTTP requests (/api, /whip, /whep), WebSockets
// (`lectern.v1`) and control channels of workers come in as values, events go out. One object per
// process, one thread. docs/protocol.md is the contract, rule by rule.
//
// Four rooms do the work, and each knows those before it in this list alone (placement and the desk
// know nothing of records):
//   records    what outlives the process: asks to the store
//   placement  workers, media sessions, legs, who publishes
//   desk       classes, the pages that are in them, what they are told
//   gate       HTTP, WebSockets, tokens, rates: whatever comes from outside and is not trusted yet
// What placement and records have to say to the others comes back as news, which this file hands
// on.
//
// What it keeps in memory is only what it can build again: workers list their sessions when they
// connect, pages say hello again, the store lists the classes. So a restarted signaling is whole
// within seconds.
//
// Left out: pages and files, /healthz, /version, TLS, WebSocket ping frames and framing (shell);
// SDP (a worker answers it); SRTP and everything else with a packet in it.
#pragma once

#include "base/rng.h"
#include "base/time.h"
#include "signaling/gate/gate.h"
#include "signaling/terms/config.h"
#include "signaling/terms/events.h"
#include "signaling/terms/http.h"
#include "signaling/terms/ids.h"
#include "signaling/terms/metrics.h"
#include "signaling/terms/token.h"

#include <memory>
#include <string_view>
#include <vector>

namespace lectern::signaling {

class Signaling {
 public:
  // `authority`: null when the server has no key: then only --dev lets anybody in. `authority` and
  // `rng` outlive this object.
  Signaling(Config config, const TokenAuthority* authority, Rng& rng);
  ~Signaling();
  Signaling(const Signaling&) = delete;
  Signaling& operator=(const Signaling&) = delete;

  // What the clock on the wall shows at `now`. To be called before anything else and then every
  // minute: token times are judged by it.
  void set_wall_time(Instant now, std::int64_t unix_us);

  // A request for /api, /whip or /whep. Exactly one HttpResponse with this id follows, in this call
  // or within 10 s, unless http_gone comes first.
  void handle_http(Instant now, RequestId request, HttpRequest http, Events& events);
  // The client has gone before its answer; a session made for it is deleted.
  void http_gone(Instant now, RequestId request, Events& events);

  // For the shell to refuse an upgrade with 403 before it happens; `host` and `origin` are the
  // headers. handle_http and ws_opened check by themselves.
  [[nodiscard]] bool is_origin_allowed(std::string_view host, std::string_view origin) const;

  // An upgraded WebSocket of subprotocol lectern.v1.
  void ws_opened(Instant now, ConnectionId connection, const WsPeer& peer, Events& events);
  // One whole message, <= 64 KB (the shell closes 1009 above).
  void ws_text(Instant now, ConnectionId connection, std::string_view text, Events& events);
  void ws_binary(Instant now, ConnectionId connection, std::string_view message, Events& events);
  // The page had not kept up, and what was said meanwhile has not been sent to it; now it has taken
  // everything else.
  void ws_caught_up(Instant now, ConnectionId connection, Events& events);
  // Also for connections that signaling closed itself; unknown ids are ignored.
  void ws_closed(Instant now, ConnectionId connection, Events& events);

  // A control channel was accepted; the worker's Hello comes as its first message.
  void worker_connected(Instant now, WorkerId worker, Events& events);
  // One decoded record. A record that does not decode: count it and close the channel.
  void worker_message(Instant now, WorkerId worker, control::FromWorker message, Events& events);
  void worker_gone(Instant now, WorkerId worker, Events& events);

  // What the store has said; its Welcome comes first on each connection.
  void store_message(Instant now, const store::FromStore& message, Events& events);
  // What it was asked and has not answered will not be answered.
  void store_gone();

  // The process is about to end. Every page is sent away ([P96]), nothing new is begun; what waits
  // for a worker is still answered.
  void stop(Instant now, Events& events);

  void handle_timeout(Instant now, Events& events);
  [[nodiscard]] Instant next_timeout() const;

  [[nodiscard]] Readiness readiness() const;
  [[nodiscard]] std::vector<Sample> metrics() const;

  // Everything held, for tests of leaks: all zero when everybody has left.
  struct Census {
    std::size_t connections = 0;
    std::size_t sessions = 0;
    std::size_t workers = 0;
    std::size_t legs = 0;
    std::size_t audiences = 0;  // of classes, as workers have told them
    std::size_t pending_requests = 0;
    std::size_t tickets = 0;
    std::size_t classes = 0;     // those by config stay
    std::size_t remembered = 0;  // persons and addresses whose rates are not full, pages that left
    friend bool operator==(const Census&, const Census&) = default;
  };
  [[nodiscard]] Census census() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lectern::signaling
