// A whole school in virtual time: the real signaling core, real workers with their legs, and a
// teacher and students that behave as the pages do (post, say hello, come back by themselves), over
// a virtual network.
//
// What is not simulated: TCP. HTTP and WebSocket messages arrive after the delay of the access
// link, and a killed process closes its connections at once.
#pragma once

#include "base/rng.h"
#include "media/client/publisher.h"
#include "media/client/viewer.h"
#include "media/control/codec.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "media/worker/worker.h"
#include "signaling/signaling.h"
#include "tests/sim/lesson.h"
#include "tests/sim/virtual_network.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectern::sim {

struct AccessLink {
  LinkProfile up;
  LinkProfile down;
};

// What a page holds: one peer connection after another, and a WebSocket.
struct Page {
  bool is_teacher = false;
  AccessLink link;
  client::ViewerConfig viewer_config;
  std::unique_ptr<client::Viewer> viewer;        // student
  std::unique_ptr<client::Publisher> publisher;  // teacher
  std::optional<HostId> host;                    // of the media socket
  Endpoint endpoint;                             // ours, behind the NAT
  std::string session;                           // last element of Location; empty: none yet
  std::optional<signaling::ConnectionId> connection;
  int attempts = 0;         // posts so far
  uint64_t generation = 0;  // of the peer connection: what is under way for an older one is void
  int refused = 0;          // posts not answered by 201
  Instant wakes_at = Instant::never();
  std::vector<Instant> moves;
  struct Rung {
    Instant at;
    std::string name;  // "180p", "audio"...
  };
  std::vector<Rung> rungs;  // as signaling told them, one after another
};

class VirtualClassroom {
 public:
  struct Options {
    uint64_t seed = 1;
    uint32_t workers = 1;
    LessonOptions lesson;
  };
  explicit VirtualClassroom(const Options& options);
  ~VirtualClassroom();
  VirtualClassroom(const VirtualClassroom&) = delete;
  VirtualClassroom& operator=(const VirtualClassroom&) = delete;

  // Opens the teacher's page; there is one.
  void add_teacher(const AccessLink& link = {});
  // Returns the student's number, 0, 1...
  size_t add_student(const AccessLink& link = {}, const client::ViewerConfig& config = {});
  // The page is closed: DELETE, and the WebSocket ends.
  void remove_student(size_t student);
  void run_for(Duration duration);

  // The process is gone at once; a new one with the same number starts after `down`.
  void kill_worker(uint32_t number, Duration down);
  void kill_signaling(Duration down);
  // The NAT gives the page another public address.
  void rebind(Page& page);
  void set_outage(const Page& page, Duration duration);
  void set_link(Page& page, const AccessLink& link);
  // Loss on the legs between workers.
  void set_leg_loss(double loss);

  [[nodiscard]] Page& teacher() { return *pages_.at(0); }
  [[nodiscard]] Page& student(size_t number) { return *pages_.at(number + 1); }
  [[nodiscard]] client::TrackStats sound(size_t student);
  [[nodiscard]] client::TrackStats picture(size_t student);
  [[nodiscard]] Lesson& lesson() { return lesson_; }
  // Number of the worker that a page's session is on.
  [[nodiscard]] std::optional<uint32_t> worker_of(const Page& page) const;
  [[nodiscard]] worker::Worker& worker(uint32_t number);
  [[nodiscard]] signaling::Signaling& signaling() { return *signaling_; }
  [[nodiscard]] Instant now() const { return network_.now(); }
  [[nodiscard]] const VirtualNetwork& network() const { return network_; }

 private:
  struct WorkerHost;

  void start_worker(uint32_t number);
  void start_signaling();
  void connect_worker(WorkerHost& host);
  void drive_worker(WorkerHost& host);
  void carry_out(signaling::Events& events);
  void wake_signaling();
  void answer(const signaling::HttpResponse& response);
  void to_worker(const signaling::ToWorker& order);
  void to_signaling(WorkerHost& host, const control::FromWorker& message);

  void open_page(std::unique_ptr<Page> page);
  void open_web_socket(Page& page);
  void say(Page& page, std::string text);
  void hear(Page& page, const std::string& text);
  void post(Page& page);
  void on_created(Page& page, const signaling::HttpResponse& response);
  void come_back(Page& page);
  void drive_page(Page& page);
  void handle_events(Page& page, const client::Events& events);
  void tick_lesson();
  Endpoint new_address();

  Options options_;
  Rng rng_;
  VirtualNetwork network_;
  dtls::Certificate certificate_;
  dtls::Context context_;  // of all pages: one certificate is as good as many here
  std::vector<std::unique_ptr<WorkerHost>> workers_;
  std::unique_ptr<signaling::Signaling> signaling_;
  uint64_t signaling_generation_ = 0;
  Instant signaling_wakes_at_ = Instant::never();
  std::vector<std::unique_ptr<Page>> pages_;
  std::unordered_map<uint64_t, Page*> by_connection_;
  struct PendingPost {
    Page* page;
    uint64_t generation;
  };
  std::unordered_map<uint64_t, PendingPost> posts_;
  Lesson lesson_;
  uint64_t next_id_ = 1;
  uint32_t next_address_ = 0;
};

}  // namespace lectern::sim
