#include "server/tools/demo.h"

#include "base/rng.h"
#include "media/client/publisher.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "server/io/system_rng.h"
#include "server/io/uv_loop.h"
#include "server/tools/client_socket.h"
#include "server/tools/film.h"
#include "server/tools/film_player.h"
#include "server/tools/http_client.h"
#include "server/tools/send_stamp.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lectern::tools {
namespace {

constexpr Duration kFirstDelay = Duration::milliseconds(100);
constexpr Duration kMaxDelay = Duration::seconds(1);
constexpr Duration kConnectTimeout = Duration::seconds(5);
// A server that takes transport-wide feedback speaks every 100 ms, others by RTCP reports.
constexpr Duration kSilence = Duration::milliseconds(1500);
constexpr Duration kSilenceOfReports = Duration::seconds(8);
constexpr Duration kTick = Duration::milliseconds(250);
constexpr int kReceiveBuffer = 256 * 1024;

class Demo {
 public:
  Demo(io::UvLoop& loop, const DemoOptions& options, const Film& film)
      : loop_(loop),
        options_(options),
        film_(film),
        player_(film),
        rng_(io::system_rng()),
        context_(dtls::Certificate::generate()),
        http_(loop, !options.is_insecure),
        timer_(loop, [this] { turn(); }),
        retry_(loop, [this] { post(); }),
        interrupt_(loop, SIGINT, [this] { leave(); }),
        terminate_(loop, SIGTERM, [this] { leave(); }) {}

  void post();
  [[nodiscard]] int exit_status() const { return exit_status_; }

 private:
  void on_answer(const HttpResponse& response);
  Result<void> open_session(const std::string& answer);
  void turn();
  void play(Instant now);
  Bytes stamped(const FilmPlayer::Due& due);
  void send_waiting();
  void handle_events(Instant now);
  [[nodiscard]] bool is_silent(Instant now) const;
  void lose(const std::string& reason);
  void drop_session();
  void leave();
  void print(const std::string& line);

  io::UvLoop& loop_;
  const DemoOptions& options_;
  const Film& film_;
  FilmPlayer player_;
  Rng rng_;
  dtls::Context context_;
  HttpClient http_;
  io::UvTimer timer_;
  io::UvTimer retry_;
  io::UvSignal interrupt_;
  io::UvSignal terminate_;
  SendBatch batch_;
  std::vector<uint8_t> frame_;
  client::Events events_;
  std::unique_ptr<client::Publisher> publisher_;
  std::optional<ClientSocket> socket_;
  std::unique_ptr<io::UvPoll> poll_;
  std::string location_;
  std::string last_line_;
  Duration position_;
  Duration delay_ = kFirstDelay;
  Instant began_;
  Instant last_heard_;
  bool is_playing_ = false;
  bool is_leaving_ = false;
  int exit_status_ = 0;
};

std::string refusal_of(const HttpResponse& response) {
  return "refused with status " + std::to_string(response.status) + ": " +
         response.body.substr(0, 300);
}

// A line once, however often the same thing happens again.
void Demo::print(const std::string& line) {
  if (std::exchange(last_line_, line) == line) return;
  std::printf("demo: %s\n", line.c_str());
  std::fflush(stdout);
}

void Demo::post() {
  client::PublisherConfig config;
  config.has_audio = !film_.audio.packets.empty();
  config.wall_clock_offset = io::wall_clock_offset();
  config.videos.clear();
  if (!film_.videos.empty()) {
    config.videos.push_back({.kind = sdp::TrackKind::kCamera,
                             .codecs = {film_.videos.front().codec},
                             .encodings = film_.videos.size()});
  }
  publisher_ = std::make_unique<client::Publisher>(context_, rng_, std::move(config));
  http_.send({.method = "POST",
              .url = options_.url,
              .content_type = "application/sdp",
              .body = publisher_->offer(),
              .token = options_.token,
              .timeout = Duration::seconds(3)},
             [this](const HttpResponse& response) { on_answer(response); });
}

void Demo::on_answer(const HttpResponse& response) {
  if (is_leaving_) return;
  if (response.status == 401 || response.status == 403) {
    print(refusal_of(response));  // another try changes nothing
    exit_status_ = 1;
    return leave();
  }
  if (response.status != 201) {
    return lose(response.status == 0 ? response.failure : refusal_of(response));
  }
  location_ = response.location;
  if (auto opened = open_session(response.body); !opened) lose(opened.error().context);
}

Result<void> Demo::open_session(const std::string& answer) {
  const auto session = sdp::read_answer(publisher_->offer(), answer);
  if (!session) return error(session.error().sentence);
  const auto first =
      std::ranges::max_element(session->remote_candidates, {}, &sdp::Candidate::priority);
  if (first == session->remote_candidates.end()) return error("the answer has no candidate");
  auto socket = ClientSocket::open(*Endpoint::parse(first->address, first->port), kReceiveBuffer);
  if (!socket) return std::unexpected(socket.error());
  socket_.emplace(std::move(*socket));
  const Instant now = io::monotonic_now();
  if (auto accepted = publisher_->accept(now, answer, socket_->local()); !accepted) {
    return error(accepted.error().sentence);
  }
  began_ = last_heard_ = now;
  poll_ = std::make_unique<io::UvPoll>(loop_, socket_->fd(), [this](bool, bool) { turn(); });
  poll_->watch(true, false);
  turn();
  return {};
}

// One turn: all that has arrived, all that is due, all that waits.
void Demo::turn() {
  if (!socket_) return;
  const Instant now = io::monotonic_now();
  const bool is_open = socket_->receive([&](const Path& path, MutableBytes datagram) {
    last_heard_ = now;
    publisher_->handle_datagram(now, path, datagram, events_);
  });
  if (publisher_->next_timeout() <= now) publisher_->handle_timeout(now, events_);
  handle_events(now);
  if (!socket_) return;
  if (!is_open) return lose("the worker is gone");
  if (is_silent(now)) return lose(is_playing_ ? "the worker is silent" : "no connection");
  if (is_playing_) play(now);
  send_waiting();
}

bool Demo::is_silent(Instant now) const {
  if (!is_playing_) return now - began_ > kConnectTimeout;
  const sdp::NegotiatedSession& session = publisher_->connection().session();
  const bool has_feedback = session.media.front().extensions.transport_wide_cc != 0;
  return now - last_heard_ > (has_feedback ? kSilence : kSilenceOfReports);
}

void Demo::handle_events(Instant now) {
  const client::Events events = std::exchange(events_, {});
  for (const client::Event& event : events) {
    if (event.kind == client::Event::Kind::kClosed) return lose("the session was closed");
    if (event.kind != client::Event::Kind::kConnected) continue;
    // After a break the film goes on where it was, from a picture that stands alone.
    player_.start(now, film_.keyframe_before(position_));
    is_playing_ = true;
    delay_ = kFirstDelay;
    socket_->connect(publisher_->connection().transport()->path()->remote);
    print("teaching at " + options_.url + ", " + std::to_string(film_.videos.size()) +
          " encodings of the picture");
  }
}

// The frame with the moment in it. Valid until the next call.
Bytes Demo::stamped(const FilmPlayer::Due& due) {
  frame_ = due.packet->bytes;
  const bool is_keyframe = !due.is_audio && due.packet->is_keyframe;
  write_stamp({.sent = io::monotonic_now(), .is_keyframe = is_keyframe}, frame_);
  return frame_;
}

void Demo::play(Instant now) {
  while (const auto due = player_.next(now)) {
    const Bytes bytes = options_.is_stamped ? stamped(*due) : due->packet->bytes;
    if (due->is_audio) {
      publisher_->send_audio(now, bytes, due->timestamp);
    } else {
      publisher_->send_frame(now, sdp::TrackKind::kCamera, due->encoding, bytes, due->timestamp);
    }
  }
  position_ = player_.position(now);
}

void Demo::send_waiting() {
  const Instant now = io::monotonic_now();
  bool is_more = true;
  while (is_more) {
    batch_.clear();
    is_more = publisher_->fill(now, batch_);
    if (!socket_->send(batch_)) return lose("the worker is gone");
  }
  Instant next = std::min(publisher_->next_timeout(), now + kTick);
  if (is_playing_) next = std::min(next, player_.next_due());
  timer_.arm(std::max(Duration(), next - io::monotonic_now()));
}

void Demo::drop_session() {
  timer_.disarm();
  poll_.reset();
  socket_.reset();
  is_playing_ = false;
  if (location_.empty()) return;
  // The server may well be alive and only out of reach for media.
  http_.send({.method = "DELETE",
              .url = std::exchange(location_, {}),
              .content_type = {},
              .body = {},
              .token = options_.token,
              .timeout = Duration::seconds(1)},
             [this](const HttpResponse&) {
               if (is_leaving_) loop_.stop();
             });
}

void Demo::lose(const std::string& reason) {
  print(reason + "; trying again");
  drop_session();
  const Duration jitter = rng_.jitter(delay_ / 2);
  retry_.arm(delay_ / 2 + jitter);
  delay_ = std::min(delay_ * 2, kMaxDelay);
}

void Demo::leave() {
  if (std::exchange(is_leaving_, true) || location_.empty()) return loop_.stop();
  if (publisher_) publisher_->close();
  if (socket_) send_waiting();
  drop_session();
}

}  // namespace

int run_demo(const DemoOptions& options) {
  const auto film = load_film(options.film);
  if (!film) {
    std::fprintf(stderr, "lectern demo: %s\n", film.error().context.c_str());
    return 1;
  }
  io::UvLoop loop;
  {
    Demo demo(loop, options, *film);
    demo.post();
    loop.run();
    return demo.exit_status();
  }
}

void add_demo(CLI::App& app, int& status) {
  const auto options = std::make_shared<DemoOptions>();
  CLI::App* command = app.add_subcommand("demo", "teach a class with a film, by WHIP, in a loop");
  command->add_option("--url", options->url, "WHIP endpoint, http://host:8080/whip/CLASS")
      ->required();
  command
      ->add_option("--film", options->film, "Matroska file: Opus and 1-3 encodings of VP8 or H.264")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--token", options->token, "bearer token, where the server wants one")
      ->envname("LECTERN_TOKEN");
  command->add_flag("--insecure", options->is_insecure,
                    "take any certificate: for a server on this very machine");
  command->add_flag("--stamp", options->is_stamped,
                    "write into each sound and picture when it was sent, for load-test on this "
                    "machine: damages both a little");
  command->callback([options, &status] { status = run_demo(*options); });
}

}  // namespace lectern::tools
