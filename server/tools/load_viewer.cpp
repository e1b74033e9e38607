#include "server/tools/load_viewer.h"

#include "base/bytes.h"
#include "media/transport/demux.h"
#include "server/tools/send_stamp.h"

#include <algorithm>
#include <utility>

namespace lectern::tools {
namespace {

constexpr int kReceiveBuffer = 512 * 1024;
constexpr size_t kSsrcAt = 8;  // RFC 3550 §5.1

bool is_repair_of(const client::Viewer& viewer, transport::Protocol protocol, Bytes datagram) {
  return protocol == transport::Protocol::kRtp && datagram.size() >= kSsrcAt + 4 &&
         viewer.is_repair(load_be32(datagram.data() + kSsrcAt));
}

}  // namespace

std::string LoadViewer::token() const {
  return ground_.tokens.empty() ? "" : ground_.tokens[number_ % ground_.tokens.size()];
}

void LoadViewer::join() {
  viewer_ = std::make_unique<client::Viewer>(ground_.context, ground_.rng, ground_.viewer);
  posted_ = io::monotonic_now();
  ground_.http.send({.method = "POST",
                     .url = ground_.url,
                     .content_type = "application/sdp",
                     .body = viewer_->offer(),
                     .token = token(),
                     .timeout = Duration::seconds(10)},
                    [this](const HttpResponse& response) { on_answer(response); });
}

void LoadViewer::on_answer(const HttpResponse& response) {
  if (response.status != 201) {
    fail(response.status == 0 ? response.failure : "HTTP " + std::to_string(response.status));
    return;
  }
  location_ = response.location;
  answered_ = io::monotonic_now() - posted_;
  if (auto opened = open(response.body); !opened) fail(opened.error().context);
}

Result<void> LoadViewer::open(const std::string& answer) {
  const auto session = sdp::read_answer(viewer_->offer(), answer);
  if (!session) return error(session.error().sentence);
  const auto& candidates = session->remote_candidates;
  const auto best = std::ranges::max_element(candidates, {}, &sdp::Candidate::priority);
  if (best == candidates.end()) return error("the answer has no candidate");
  if (ground_.crowd == nullptr) {
    auto socket = ClientSocket::open(*Endpoint::parse(best->address, best->port), kReceiveBuffer);
    if (!socket) return std::unexpected(socket.error());
    socket_.emplace(std::move(*socket));
    poll_ = std::make_unique<io::UvPoll>(ground_.loop, socket_->fd(),
                                         [this](bool, bool) { on_readable(); });
    poll_->watch(true, false);
  }
  is_open_ = true;
  const Instant now = io::monotonic_now();
  const Endpoint local = socket_ ? socket_->local() : ground_.crowd->address_of(number_);
  if (auto accepted = viewer_->accept(now, answer, local); !accepted) {
    return error(accepted.error().sentence);
  }
  pump(now);
  return {};
}

void LoadViewer::on_readable() {
  const Instant now = io::monotonic_now();
  const bool is_open = socket_->receive(
      [&](const Path& path, MutableBytes datagram) { take(now, now, path, datagram); });
  if (!is_open) return fail("the far port was closed");
  // A connected viewer only has to speak when something is due; the others answer at once.
  if (!events_.empty() || !viewer_->is_connected() || due_ <= now) pump(now);
}

void LoadViewer::handle_datagram(Instant now, Instant arrived, const Path& path,
                                 MutableBytes datagram) {
  if (!is_open_) return;
  take(now, arrived, path, datagram);
  if (!events_.empty() || !viewer_->is_connected()) pump(now);
}

void LoadViewer::take(Instant now, Instant arrived, const Path& path, MutableBytes datagram) {
  const transport::Protocol protocol = transport::classify(datagram);
  const bool is_repair = asked_again_ && is_repair_of(*viewer_, protocol, datagram);
  if (is_repair)
    ground_.answers->repairs.push_back(arrived - *std::exchange(asked_again_, std::nullopt));
  const bool is_looked_at =
      ground_.arrivals != nullptr && protocol == transport::Protocol::kRtp && !is_repair;
  Arrivals::Medium* medium =
      is_looked_at ? ground_.arrivals->note(arrived, number_, datagram) : nullptr;
  viewer_->handle_datagram(now, path, datagram, events_);
  const auto stamp = medium != nullptr ? read_stamp(datagram) : std::nullopt;
  if (stamp) ground_.arrivals->note_stamp(*medium, *stamp);
  if (ground_.answers == nullptr || protocol != transport::Protocol::kStun) return;
  if (const auto took = viewer_->connection().transport()->round_trip())
    ground_.answers->checks.push_back(*took);
}

void LoadViewer::tick(Instant now) {
  if (is_open_ && due_ <= now) pump(now);
}

void LoadViewer::pump(Instant now) {
  if (viewer_->next_timeout() <= now) viewer_->handle_timeout(now, events_);
  for (const client::Event& event : std::exchange(events_, {})) {
    if (event.kind == client::Event::Kind::kClosed) return fail("the session was closed");
    if (event.kind != client::Event::Kind::kConnected) continue;
    connected_ = now - posted_;
    if (socket_) socket_->connect(viewer_->connection().transport()->path()->remote);
  }
  bool is_more = true;
  while (is_more) {
    ground_.batch.clear();
    is_more = viewer_->fill(now, ground_.batch);
    if (!send()) return fail("the far port was closed");
  }
  due_ = viewer_->next_timeout();
}

// False: the far port is closed.
bool LoadViewer::send() {
  if (socket_) return socket_->send(ground_.batch);
  ground_.crowd->send(ground_.batch);
  return true;
}

void LoadViewer::shut() {
  is_open_ = false;
  poll_.reset();
  socket_.reset();
}

void LoadViewer::fail(std::string reason) {
  if (failure_.empty()) failure_ = std::move(reason);
  shut();
}

void LoadViewer::ask(std::function<void()> answered) {
  if (location_.empty() || has_failed()) return;
  ground_.http.send({.method = "PATCH",
                     .url = location_,
                     .content_type = "application/trickle-ice-sdpfrag",
                     .body = "a=end-of-candidates\r\n",
                     .token = token(),
                     .timeout = Duration::seconds(5)},
                    [answered = std::move(answered)](const HttpResponse&) { answered(); });
}

void LoadViewer::ask_again(Instant now) {
  if (!is_open_ || !viewer_->is_connected() || !viewer_->ask_again()) return;
  asked_again_ = now;
  ++ground_.answers->asked_again;
  pump(now);
}

void LoadViewer::leave(std::function<void()> done) {
  if (is_open_) {
    viewer_->close();
    ground_.batch.clear();
    viewer_->fill(io::monotonic_now(), ground_.batch);
    // What the far side thinks of a goodbye no longer matters.
    static_cast<void>(send());
  }
  shut();
  if (location_.empty()) return done();
  ground_.http.send({.method = "DELETE",
                     .url = location_,
                     .content_type = {},
                     .body = {},
                     .token = token(),
                     .timeout = Duration::seconds(5)},
                    [done = std::move(done)](const HttpResponse&) { done(); });
}

std::optional<Instant> LoadViewer::media_at() const {
  return viewer_ ? viewer_->first_media() : std::nullopt;
}

std::optional<Duration> LoadViewer::media_after() const {
  const auto at = media_at();
  return at ? std::optional(*at - posted_) : std::nullopt;
}

std::optional<client::TrackStats> LoadViewer::stats(Instant now, sdp::TrackKind kind) const {
  return viewer_ ? viewer_->stats(now, kind) : std::nullopt;
}

}  // namespace lectern::tools
