// The whole of signaling, driven by a script: one line is one thing that happens. Whatever the
// order and the texts, no crash, one answer to each request, nothing said to a closed page, and an
// empty house once everybody has left.
//
//   o{from}      a page connects            t{page}{text}     it says something
//   b{page}{text} it says it in binary      u{page}           it has caught up
//   k{page}{who}{role}{class}  it says hello with a token of {who}
//   p{who}{from}{method} {path}?{query}|{If-Match}|{body}  a request with a token of {who}
//   c{page}      it closes                  h{method} {path}?{query}|{type}|{authorization}|{body}
//   w            a worker connects          m{worker}{record} it says something
//   g{worker}    its channel closes         r{worker} e{worker}  it grants or refuses the last
//   order a{letter}    time passes                x                 the last client goes away
//   d{worker}    it was told to stop         s                 so was signaling
#include "base/bytes.h"
#include "base/check.h"
#include "base/rng.h"
#include "media/control/codec.h"
#include "signaling/gate/jwt_authority.h"
#include "signaling/signaling.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace lectern;
using namespace lectern::signaling;

namespace {

const TokenAuthority* authority() {
  static const auto kMade = *make_hs256_authority("0123456789abcdef0123456789abcdef");
  return kMade.get();
}

Config config() {
  Config config;
  config.dev = true;
  config.classes = {"demo"};
  config.max_connections = 8;
  config.max_classes = 4;
  config.max_viewers_per_worker = 3;
  return config;
}

size_t digit(std::string_view& line) {
  if (line.empty()) return 0;
  const auto value = static_cast<size_t>(static_cast<unsigned char>(line.front()) - '0') % 4;
  line.remove_prefix(1);
  return value;
}

std::string cut(std::string_view& line, char at) {
  const auto end = line.find(at);
  const std::string piece(line.substr(0, end));
  line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  return piece;
}

class Script {
 public:
  Script() : signaling_(config(), authority(), rng_) {
    signaling_.set_wall_time(now_, 1'800'000'000'000'000);
  }

  void run(std::string_view text) {
    while (!text.empty()) {
      const std::string line = cut(text, '\n');
      if (!line.empty()) step(line.front(), std::string_view(line).substr(1));
      carry_out();
    }
    leave();
  }

 private:
  void step(char what, std::string_view rest) {
    switch (what) {
      case 'o':
        return open(digit(rest));
      case 't':
        return say(rest);
      case 'b':
        return say_in_binary(rest);
      case 'u':
        return catch_up(digit(rest));
      case 'k':
        return greet(rest);
      case 'p':
        return request_as(rest);
      case 'c':
        return close(digit(rest));
      case 'h':
        return request(rest);
      case 'w':
        return connect();
      case 'm':
        return report(rest);
      case 'g':
        return lose(digit(rest));
      case 'r':
      case 'e':
        return answer(digit(rest), what == 'r');
      case 'a':
        return pass(Duration::milliseconds(rest.empty() ? 1 : 100 * (rest[0] & 0x7f)));
      case 'x':
        return signaling_.http_gone(now_, RequestId(last_request_), events_);
      case 'd':
        return drain(digit(rest));
      case 's':
        return signaling_.stop(now_, events_);
      default:
        return;
    }
  }

  // Somebody of four, with grants and a life of their own; one is nameless.
  std::string token_of(size_t who) const {
    Token token{.subject = who == 0 ? "" : "person-" + std::to_string(who),
                .class_id = who == 1 ? "demo" : "*",
                .grants = who < 2 ? kTeacherGrants : kStudentGrants,
                .not_before = 1'800'000'000,
                .expires = 1'800'000'000 + 20 * (static_cast<int64_t>(who) + 1),
                .id = "id"};
    if (who == 3) token.auth_until = token.expires;
    if (who == 2) token.grants.admin = true;
    return *authority()->mint(token, 1'800'000'000'000'000);
  }
  // This machine, a proxy on it, an address, a prefix.
  static Endpoint address_of(size_t from) {
    if (from < 2) return Endpoint::v4(127, 0, 0, 1, 1);
    return from == 2 ? Endpoint::v4(192, 0, 2, 1, 1) : *Endpoint::parse("2001:db8::1", 1);
  }

  void open(size_t from) {
    pages_.emplace_back(++last_id_);
    signaling_.ws_opened(now_, pages_.back(),
                         {address_of(from), "localhost", "http://localhost:80", from == 1},
                         events_);
  }
  void greet(std::string_view rest) {
    const size_t page = digit(rest);
    const size_t who = digit(rest);
    const bool is_teacher = digit(rest) == 1;
    if (page >= pages_.size()) return;
    const nlohmann::json hello = {{"type", "hello"},
                                  {"class", as_printable(rest)},
                                  {"role", is_teacher ? "teacher" : "student"},
                                  {"client", "c" + std::to_string(who)},
                                  {"token", token_of(who)}};
    signaling_.ws_text(now_, pages_[page], hello.dump(), events_);
  }
  static std::string as_printable(std::string_view text) {
    std::string name(text.substr(0, 64));
    std::erase_if(name, [](char c) { return c < ' ' || c > '~'; });
    return name;
  }
  void request_as(std::string_view rest) {
    HttpRequest http;
    http.authorization = "Bearer " + token_of(digit(rest));
    const size_t from = digit(rest);
    http.peer = address_of(from);
    http.is_forwarded = from == 1;
    http.method = cut(rest, ' ');
    const std::string target = cut(rest, '|');
    std::string_view view = target;
    http.path = cut(view, '?');
    http.query = view;
    http.if_match = cut(rest, '|');
    http.content_type =
        http.method == "PATCH" ? "application/trickle-ice-sdpfrag" : "application/sdp";
    http.body = rest;
    http.host = "localhost";
    send(std::move(http));
  }
  void say(std::string_view rest) {
    const size_t page = digit(rest);
    if (page < pages_.size()) signaling_.ws_text(now_, pages_[page], rest, events_);
  }
  void say_in_binary(std::string_view rest) {
    const size_t page = digit(rest);
    if (page < pages_.size()) signaling_.ws_binary(now_, pages_[page], rest, events_);
  }
  void catch_up(size_t page) {
    if (page < pages_.size()) signaling_.ws_caught_up(now_, pages_[page], events_);
  }
  void close(size_t page) {
    if (page >= pages_.size()) return;
    signaling_.ws_closed(now_, pages_[page], events_);
    closed_.insert(pages_[page]);
  }
  void request(std::string_view rest) {
    HttpRequest http;
    http.method = cut(rest, ' ');
    std::string target = cut(rest, '|');
    std::string_view view = target;
    http.path = cut(view, '?');
    http.query = view;
    http.content_type = cut(rest, '|');
    http.authorization = cut(rest, '|');
    http.body = rest;
    http.host = "localhost";
    http.peer = Endpoint::v4(127, 0, 0, 1, 1);
    send(std::move(http));
  }
  void send(HttpRequest http) {
    last_request_ = ++last_id_;
    waiting_.insert(RequestId(last_request_));
    signaling_.handle_http(now_, RequestId(last_request_), std::move(http), events_);
  }
  void connect() {
    workers_.emplace_back(++last_id_);
    signaling_.worker_connected(now_, workers_.back(), events_);
  }
  void report(std::string_view rest) {
    const size_t worker = digit(rest);
    auto message = control::decode_from_worker(rest);
    if (worker < workers_.size() && message)
      signaling_.worker_message(now_, workers_[worker], std::move(*message), events_);
  }
  void lose(size_t worker) {
    if (worker < workers_.size()) signaling_.worker_gone(now_, workers_[worker], events_);
  }
  void drain(size_t worker) {
    if (worker < workers_.size())
      signaling_.worker_message(now_, workers_[worker], control::Draining{}, events_);
  }
  void answer(size_t worker, bool is_granted) {
    if (worker >= workers_.size()) return;
    control::FromWorker message =
        control::SessionRefused{last_order_, RefusalCode::kNoCodec, "No."};
    if (is_granted)
      message = control::SessionCreated{
          last_order_, std::string(31, '0') + std::to_string(++sessions_ % 10), "v=0", "\"e\""};
    signaling_.worker_message(now_, workers_[worker], std::move(message), events_);
  }
  void pass(Duration span) {
    const Instant end = now_ + span;
    while (signaling_.next_timeout() <= end) {
      now_ = std::max(now_, signaling_.next_timeout());
      signaling_.handle_timeout(now_, events_);
      carry_out();
    }
    now_ = end;
  }

  void carry_out() {
    for (const Event& event : events_) {
      if (const auto* response = std::get_if<HttpResponse>(&event)) {
        LECTERN_CHECK(waiting_.erase(response->request) == 1);
        LECTERN_CHECK(response->status >= 200 && response->status < 600);
      } else if (const auto* message = std::get_if<SendText>(&event)) {
        LECTERN_CHECK(!closed_.contains(message->connection));
        LECTERN_CHECK(nlohmann::json::accept(*message->text));
      } else if (const auto* joined = std::get_if<JoinAudience>(&event)) {
        LECTERN_CHECK(!closed_.contains(joined->connection));
      } else if (const auto* said = std::get_if<SendToAudience>(&event)) {
        LECTERN_CHECK(nlohmann::json::accept(*said->bytes));
      } else if (const auto* end = std::get_if<CloseWs>(&event)) {
        closed_.insert(end->connection);
      } else if (const auto* order = std::get_if<ToWorker>(&event)) {
        LECTERN_CHECK(control::decode_to_worker(control::encode(order->message)).has_value());
        if (const auto* create = std::get_if<control::CreateSession>(&order->message))
          last_order_ = create->request;
      }
    }
    events_.clear();
  }

  void leave() {
    for (const WorkerId worker : workers_) signaling_.worker_gone(now_, worker, events_);
    for (const ConnectionId page : pages_) signaling_.ws_closed(now_, page, events_);
    carry_out();
    pass(Duration::seconds(120));
    const Signaling::Census census = signaling_.census();
    LECTERN_CHECK(census.connections + census.sessions + census.workers + census.legs +
                      census.pending_requests + census.tickets ==
                  0);
    LECTERN_CHECK(signaling_.next_timeout().is_never());
  }

  Rng rng_{1};
  Signaling signaling_;
  Instant now_ = Instant::from_ms(1'000'000);
  Events events_;
  uint64_t last_id_ = 0;
  uint64_t last_request_ = 0;
  control::RequestNumber last_order_ = 0;
  int sessions_ = 0;
  std::vector<ConnectionId> pages_;
  std::vector<WorkerId> workers_;
  std::set<ConnectionId> closed_;
  std::set<RequestId> waiting_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Script().run(as_text(Bytes(data, size)));
  return 0;
}
