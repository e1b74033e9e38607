// One viewer of the load test: its HTTP exchange, its sans-IO client, and its socket or its place
// among the crowd's.
#pragma once

#include "base/rng.h"
#include "base/time.h"
#include "media/client/viewer.h"
#include "media/dtls/context.h"
#include "server/io/uv_loop.h"
#include "server/tools/answer_times.h"
#include "server/tools/arrivals.h"
#include "server/tools/client_socket.h"
#include "server/tools/crowd_sockets.h"
#include "server/tools/http_client.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lectern::tools {

// What all viewers of one test share.
struct LoadGround {
  io::UvLoop& loop;
  HttpClient& http;
  const dtls::Context& context;
  Rng& rng;
  SendBatch& batch;
  std::string url;
  std::vector<std::string> tokens;  // by the viewers' numbers, by turns; may be none
  client::ViewerConfig viewer;
  CrowdSockets* crowd = nullptr;   // null: a socket for each viewer
  Arrivals* arrivals = nullptr;    // null: nobody looks at them now
  AnswerTimes* answers = nullptr;  // the same
};

class LoadViewer {
 public:
  // `number`: which of the crowd's addresses is its.
  LoadViewer(LoadGround& ground, size_t number) : ground_(ground), number_(number) {}

  // Posts the offer; all else follows from the loop.
  void join();
  // What the crowd's sockets have received for this viewer. `arrived`: by the same clock.
  void handle_datagram(Instant now, Instant arrived, const Path& path, MutableBytes datagram);
  // To be called about every 10 ms.
  void tick(Instant now);
  // Asks something of the session that takes the way of every request to it, and changes nothing.
  void ask(std::function<void()> answered);
  // Asks for a packet again that has come; its answer is noted among the ground's.
  void ask_again(Instant now);
  // Ends the session, by DTLS and by DELETE; `done` when the server has answered.
  void leave(std::function<void()> done);

  [[nodiscard]] bool has_failed() const { return !failure_.empty(); }
  // Why there is no session (any more), in a few words.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  // POST to answer, to connection, to first media packet; nothing while it has not come.
  [[nodiscard]] std::optional<Duration> answered_after() const { return answered_; }
  [[nodiscard]] std::optional<Duration> connected_after() const { return connected_; }
  [[nodiscard]] std::optional<Duration> media_after() const;
  [[nodiscard]] std::optional<Instant> media_at() const;
  [[nodiscard]] std::optional<client::TrackStats> stats(Instant now, sdp::TrackKind kind) const;

 private:
  [[nodiscard]] std::string token() const;
  void on_answer(const HttpResponse& response);
  Result<void> open(const std::string& answer);
  void on_readable();
  void take(Instant now, Instant arrived, const Path& path, MutableBytes datagram);
  void pump(Instant now);
  [[nodiscard]] bool send();
  void shut();
  void fail(std::string reason);

  LoadGround& ground_;
  size_t number_;
  bool is_open_ = false;
  std::unique_ptr<client::Viewer> viewer_;
  std::optional<ClientSocket> socket_;
  std::unique_ptr<io::UvPoll> poll_;
  client::Events events_;
  std::string location_;
  std::string failure_;
  Instant posted_;
  Instant due_ = Instant::never();
  std::optional<Instant> asked_again_;
  std::optional<Duration> answered_;
  std::optional<Duration> connected_;
};

}  // namespace lectern::tools
