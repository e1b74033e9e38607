#include "server/io/web_connection.h"

#include "base/text.h"
#include "server/io/http_response.h"
#include "server/io/http_syntax.h"
#include "server/io/ws_handshake.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace lectern::io {
namespace {

constexpr Sentence kNoRoom = {
    .english = "There is no free place just now. Load this page again in a few seconds.",
    .indonesian = "Belum ada tempat kosong. Muat ulang halaman ini beberapa detik lagi."};

// A whole head, from its first byte or from the opening of the connection. Seven seconds is the
// longest round trip that was measured on links that still carried a class.
constexpr Duration kHeadTime = Duration::seconds(10);
// A whole body: an SDP of 16 KB at 550 bytes/s, a tenth of what a crowded 2G cell gives.
constexpr Duration kBodyTime = Duration::seconds(30);
// Kept for the next request: who reads a page for a minute and then taps pays no new TCP and TLS
// handshake on a far link. When room is short these go early (WebListener::make_room).
constexpr Duration kIdleTime = Duration::seconds(120);
// Longer than every deadline of the process behind.
constexpr Duration kAnswerTime = Duration::seconds(30);
// Without one octet taken of what we write: an answer, and a WebSocket, whose page may stand still
// in a phone's background for a moment.
constexpr Duration kAnswerProgressTime = Duration::seconds(20);
constexpr Duration kSocketProgressTime = Duration::seconds(30);
constexpr Duration kLingerTime = Duration::seconds(2);
constexpr Duration kCloseTime = Duration::seconds(3);  // for the answer to a close frame

// A page that has fallen silent is asked after 20 s and given up after 40 s: within the time that
// mobile networks keep a mapping, and long before anybody could miss a student.
constexpr Duration kPingAfter = Duration::seconds(20);
constexpr Duration kSilentAfter = Duration::seconds(40);
// A class that joined at once does not ping at once.
constexpr std::uint64_t kPingSpreadMs = 4000;

Duration progress_time(bool is_socket) {
  return is_socket ? kSocketProgressTime : kAnswerProgressTime;
}

Duration spread(std::uint64_t id) {
  const std::uint64_t drawn = (id * 0x9e3779b97f4a7c15U) >> 32;
  return Duration::milliseconds(static_cast<std::int64_t>(drawn % kPingSpreadMs));
}

void take_off(std::string_view prefix, std::string& path) {
  if (!prefix.empty() && path.starts_with(prefix) &&
      (path.size() == prefix.size() || path[prefix.size()] == '/')) {
    path.erase(0, prefix.size());
    path = path.empty() ? "/" : path;
  }
}

}  // namespace

WebConnection::WebConnection(std::uint64_t id, const ConnectionRules& rules, Owner& owner,
                             const Endpoint& remote, Instant now)
    : id_(id),
      rules_(rules),
      owner_(owner),
      remote_(remote),
      waiting_since_(now),
      deadline_(now + kHeadTime),
      http_(rules.max_body),
      ws_(rules.max_message) {}

WebConnection::~WebConnection() {
  output_.clear();
  account();
}

void WebConnection::enter(Instant now, Phase phase) {
  const bool begins_waiting = phase == Phase::kIdle || phase == Phase::kHead ||
                              phase == Phase::kWriting ||
                              (phase == Phase::kSocketClosing && phase_ != phase) ||
                              (phase == Phase::kLinger && phase_ != Phase::kLinger);
  if (begins_waiting) {
    waiting_since_ = now;
  }
  phase_ = phase;
  switch (phase) {
    case Phase::kOpening:
    case Phase::kHead:
      deadline_ = now + kHeadTime;
      break;
    case Phase::kBody:
      deadline_ = now + kBodyTime;
      break;
    case Phase::kIdle:
      deadline_ = now + kIdleTime;
      break;
    case Phase::kAnswer:
      deadline_ = now + kAnswerTime;
      break;
    case Phase::kSocket:
      deadline_ = now + ping_interval();
      break;
    case Phase::kSocketClosing:
      deadline_ = now + kAnswerProgressTime;  // handle_written() shortens it once it is out
      break;
    case Phase::kWriting:
    case Phase::kLinger:
    case Phase::kOver:
      deadline_ = Instant::never();
      break;
  }
}

void WebConnection::handle_opened(Instant now, bool is_tls) {
  is_tls_ = is_tls;
  if (phase_ == Phase::kOpening) {
    waiting_since_ = now;
    enter(now, Phase::kOpening);
  }
}

bool WebConnection::is_unfinished() const {
  return phase_ == Phase::kOpening || phase_ == Phase::kHead || phase_ == Phase::kBody;
}

bool WebConnection::is_idle() const {
  return phase_ == Phase::kIdle || phase_ == Phase::kLinger || phase_ == Phase::kSocketClosing;
}

bool WebConnection::wants_bytes() const {
  switch (phase_) {
    case Phase::kAnswer:
    case Phase::kWriting:
    case Phase::kOver:
      return false;
    case Phase::kLinger:
      return is_shut_down_;
    default:
      return held_.empty();
  }
}

bool WebConnection::wants_shutdown() const {
  return phase_ == Phase::kLinger && output_.empty() && !is_shut_down_;
}

void WebConnection::handle_shut_down(Instant now) {
  is_shut_down_ = true;
  deadline_ = now + kLingerTime;
}

Instant WebConnection::next_timeout() const {
  return std::min(deadline_, write_deadline_);
}

Duration WebConnection::ping_interval() const {
  return kPingAfter + spread(id_);
}

void WebConnection::push(Instant now, OutputQueue::Piece piece) {
  if (!piece || piece->empty()) {
    return;
  }
  if (output_.empty()) {
    write_deadline_ = now + progress_time(phase_ == Phase::kSocket);
  }
  output_.push(std::move(piece));
  account();
}

// Brings the pool up to date with what waits for this WebSocket.
void WebConnection::account() {
  if (rules_.pool != nullptr) {
    const std::size_t size = phase_ == Phase::kSocket ? output_.size() : 0;
    rules_.pool->used += size - std::exchange(accounted_, size);  // wraps, and comes out right
  }
}

// ---- from the transport

void WebConnection::handle_bytes(Instant now, std::string_view bytes) {
  if (phase_ == Phase::kLinger || phase_ == Phase::kOver) {
    return;
  }
  std::string joined;
  if (!held_.empty()) {
    joined = std::exchange(held_, {});
    joined += bytes;
    bytes = joined;
  }
  while (!bytes.empty()) {
    if (is_unfinished() || phase_ == Phase::kIdle) {
      bytes.remove_prefix(read_http(now, bytes));
    } else if (phase_ == Phase::kSocket || phase_ == Phase::kSocketClosing) {
      read_socket(now, bytes);
      return;
    } else {
      break;
    }
  }
  if (phase_ != Phase::kLinger && phase_ != Phase::kOver) {
    held_ = bytes;
  }
}

void WebConnection::handle_written(Instant now, std::size_t size) {
  output_.pop(size);
  account();
  write_deadline_ =
      output_.empty() ? Instant::never() : now + progress_time(phase_ == Phase::kSocket);
  if (pong_due_ && pong_.expired()) {
    answer_ping(now, *std::exchange(pong_due_, std::nullopt));
  }
  if (!output_.empty()) {
    return;
  }
  if (phase_ == Phase::kSocket) {
    catch_up(now);
  } else if (phase_ == Phase::kSocketClosing) {
    deadline_ = now + kCloseTime;
  } else if (phase_ == Phase::kWriting) {
    enter(now, Phase::kIdle);
    go_on(now);
  }
}

void WebConnection::go_on(Instant now) {
  if (!held_.empty()) {
    handle_bytes(now, {});
  } else if (is_draining_) {
    enter(now, Phase::kLinger);
  }
}

void WebConnection::handle_timeout(Instant now) {
  if (now < next_timeout()) {
    return;
  }
  if (now >= write_deadline_) {
    owner_.on_refused("reads_too_slowly");
    return enter(now, Phase::kOver);
  }
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    keeps_ = false;
    is_head_request_ = http_.request().method == "HEAD";
    return refuse(
        now, "request_too_slow",
        problem(RefusalCode::kTooSlow, "The request did not arrive in time; send it again."));
  }
  if (phase_ == Phase::kSocket && !std::exchange(is_pinged_, true)) {
    deadline_ = now + (kSilentAfter - kPingAfter);
    return push(now, body_of(encode_ws_frame(WsOpcode::kPing, {})));
  }
  if (phase_ == Phase::kOpening) {
    owner_.on_refused("no_request");
  } else if (phase_ == Phase::kAnswer) {
    owner_.on_refused("no_answer");
  } else if (phase_ == Phase::kSocket) {
    owner_.on_refused("socket_silent");
  }
  enter(now, Phase::kOver);
}

// ---- HTTP

std::size_t WebConnection::read_http(Instant now, std::string_view bytes) {
  if (phase_ != Phase::kHead && phase_ != Phase::kBody) {
    enter(now, Phase::kHead);
  }
  const std::size_t taken = http_.read(bytes);
  if (http_.state() == HttpRequestReader::State::kIdle && has_answered_) {
    enter(now, Phase::kIdle);  // empty lines after a request begin none
    return taken;
  }
  if (http_.state() == HttpRequestReader::State::kHeadDone) {
    judge_head(now);
  }
  if (is_unfinished() && http_.state() == HttpRequestReader::State::kRefused) {
    const HttpFault fault = http_.fault();
    is_head_request_ = http_.request().method == "HEAD";
    refuse(now,
           fault.status == 431 || fault.status == 414 ? "head_too_long"
           : fault.status == 413                      ? "body_too_long"
                                                      : "malformed",
           problem(RefusalCode::kBadRequest, fault.status, fault.detail));
  } else if (is_unfinished() && http_.state() == HttpRequestReader::State::kDone) {
    dispatch(now);
  }
  return taken;
}

void WebConnection::judge_head(Instant now) {
  const WebRequest& request = http_.request();
  keeps_ = http_.keeps_connection();
  is_1_0_ = !http_.is_http_1_1();
  is_head_request_ = request.method == "HEAD";
  if (rules_.has_tls && !is_tls_) {
    return refuse(now, "not_tls",
                  problem(RefusalCode::kBadRequest,
                          "This port speaks https: begin the address with https://"));
  }
  if (turned_away_) {
    return refuse(now, "no_room", as_asked(*turned_away_, request, kNoRoom));
  }
  // RFC 9110 sections 8.4 and 12.5.3.
  const std::string_view coding = request.header("content-encoding");
  if (http_.has_body() && !coding.empty() && !equal_ignoring_case(coding, "identity")) {
    WebResponse refusal =
        problem(RefusalCode::kBadRequest, 415,
                "The body must come as it is: leave out Content-Encoding and what it does.");
    refusal.headers.emplace_back("accept-encoding", "identity");
    return refuse(now, "content_coding", std::move(refusal));
  }
  if (http_.has_body() && !request.header("content-range").empty()) {  // section 14.5
    return refuse(
        now, "content_range",
        problem(RefusalCode::kBadRequest, "The body must come whole: leave out Content-Range."));
  }
  const std::string_view expect = request.header("expect");
  if (!expect.empty() && http_.is_http_1_1()) {
    if (!equal_ignoring_case(expect, "100-continue")) {
      return refuse(
          now, "expectation",
          problem(RefusalCode::kBadRequest, 417, "The only expectation known is 100-continue."));
    }
    if (http_.is_body_too_long()) {
      return refuse(now, "body_too_long",
                    problem(RefusalCode::kBodyTooLong, "The body is too long."));
    }
    if (http_.has_body()) {
      push(now, body_of("HTTP/1.1 100 Continue\r\n\r\n"));
    }
  }
  if (http_.has_body()) {
    enter(now, Phase::kBody);
  }
  http_.read_body();
}

void WebConnection::dispatch(Instant now) {
  const bool is_too_long = http_.is_body_too_long();
  WebRequest request = http_.take_request();
  request.remote = remote_;
  request.is_1_0 = is_1_0_;
  take_off(rules_.public_path, request.path);
  enter(now, Phase::kAnswer);
  if (is_too_long) {
    owner_.on_refused("body_too_long");
    return respond(now, problem(RefusalCode::kBodyTooLong, "The body is too long."));
  }
  const bool has_sockets = !rules_.subprotocol.empty();
  // RFC 9110 section 7.8: HTTP/1.0 has no upgrade.
  const bool is_upgrade = !is_1_0_ && wants_websocket(request);
  if (!has_sockets || (!is_upgrade && request.path != rules_.socket_path)) {
    return owner_.on_request(*this, std::move(request));
  }
  if (auto refusal = handshake_fault(request, is_upgrade, rules_)) {
    return refuse(now, "handshake", *std::move(refusal));
  }
  if (!owner_.admits_socket(request)) {
    return refuse(
        now, "origin",
        problem(RefusalCode::kForeignOrigin, "Pages of this origin may not use this server."));
  }
  upgrade(now, std::move(request));
}

void WebConnection::respond(Instant now, WebResponse response) {
  if (phase_ != Phase::kAnswer) {
    return;
  }
  has_answered_ = true;
  owner_.on_answered(response.status);
  const bool closes = response.closes || !keeps_ || is_draining_;
  const bool has_body = !is_head_request_ && !is_bodiless(response.status);
  push(now, body_of(response_head(
                response,
                {.date = owner_.date(), .closes = closes, .is_1_0 = is_1_0_, .is_tls = is_tls_})));
  if (has_body) {
    push(now, std::move(response.body));
  }
  enter(now, closes ? Phase::kLinger : Phase::kWriting);
}

// Answers before or instead of the application. What follows is not read: it may be the rest of a
// body, or frames of a WebSocket that its client took for open.
void WebConnection::refuse(Instant now, std::string_view reason, WebResponse answer) {
  owner_.on_refused(reason);
  answer.closes = true;
  phase_ = Phase::kAnswer;
  respond(now, std::move(answer));
}

void WebConnection::turn_away(WebResponse answer) {
  turned_away_ = std::make_unique<WebResponse>(std::move(answer));
}

void WebConnection::drain(Instant now) {
  is_draining_ = true;
  if (phase_ == Phase::kOpening || phase_ == Phase::kIdle) {
    enter(now, Phase::kLinger);
  }
}

}  // namespace lectern::io
