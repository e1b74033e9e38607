// What comes from outside and is not trusted yet: HTTP requests and WebSockets. The gate asks who
// it is, what they may do and how often, and hands what remains to the desk and to placement.
// Tokens, tickets, rates and quotas live here, and nothing of a class.
#pragma once

#include "base/rng.h"
#include "base/time.h"
#include "signaling/desk/desk.h"
#include "signaling/records/records.h"
#include "signaling/terms/config.h"
#include "signaling/terms/http.h"
#include "signaling/terms/ids.h"
#include "signaling/terms/token.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lectern::signaling {

// What the shell knows of a WebSocket when it has been upgraded.
struct WsPeer {
  Endpoint address;
  std::string host;           // Host header
  std::string origin;         // Origin header, empty when absent
  bool is_forwarded = false;  // as in HttpRequest
};

// Counters for /metrics.
struct GateTotals {
  std::uint64_t http_requests = 0;
  std::uint64_t http_refusals = 0;   // answers of 400 and above
  std::uint64_t quota_refusals = 0;  // answers of 429, pages closed with 4429
  std::uint64_t ws_opened = 0;
  std::uint64_t ws_messages = 0;
  std::uint64_t ws_messages_dropped = 0;
};

// What the gate is handed with one input: records and the desk, each with the context for its
// calls, and through the desk placement.
struct GateContext {
  Records& records;
  const RecordsContext& of_records;
  Desk& desk;
  const DeskContext& of_desk;
};

class Gate {
 public:
  // All three outlive this object; `authority` may be null.
  Gate(const Config& config, const TokenAuthority* authority, Rng& rng);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // To be called with each input before anything else.
  void begin(Instant now);

  void on_http(const GateContext& context, RequestId request, HttpRequest http);
  [[nodiscard]] bool is_origin_allowed(std::string_view host, std::string_view origin) const;

  void on_open(const GateContext& context, ConnectionId connection, const WsPeer& peer);
  void on_text(const GateContext& context, ConnectionId connection, std::string_view text);
  void on_binary(const GateContext& context, ConnectionId connection, std::string_view message);
  void on_caught_up(const GateContext& context, ConnectionId connection);
  void on_close(const GateContext& context, ConnectionId connection);

  // What placement has said.
  void on_news(const GateContext& context, const NewsItem& item);
  // What records have said.
  void on_records(const GateContext& context, const RecordsItem& item);

  // The process is about to end: every page is sent away ([P96]), nothing new is begun.
  void stop(const GateContext& context);

  // To be called each second while needs_ticks().
  void tick(const GateContext& context);
  [[nodiscard]] bool needs_ticks() const;

  [[nodiscard]] bool is_stopping() const;
  [[nodiscard]] const GateTotals& totals() const;
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::size_t ungreeted() const;
  [[nodiscard]] std::size_t tickets() const;
  // Persons and addresses whose rates are not full, pages that left.
  [[nodiscard]] std::size_t remembered() const;

  struct Tables;

 private:
  std::unique_ptr<Tables> tables_;
};

}  // namespace lectern::signaling
