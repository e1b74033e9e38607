// A whole school in virtual time: the real signaling core, real workers with their legs, and a
// teacher and students, over a virtual network. Here they meet; what each of them is has a room of
// its own (virtual_signaling, virtual_workers, virtual_pages).
//
// What is not simulated: TCP. HTTP and WebSocket messages arrive after the delay of the access
// link, and a killed process closes its connections at once.
#pragma once

#include "tests/sim/virtual_pages.h"
#include "tests/sim/virtual_workers.h"

namespace lectern::sim {

class VirtualClassroom {
 public:
  struct Options {
    uint64_t seed = 1;
    uint32_t workers = 1;
    LessonOptions lesson;
    worker::SessionLimits limits = {};
  };
  explicit VirtualClassroom(const Options& options);
  VirtualClassroom(const VirtualClassroom&) = delete;
  VirtualClassroom& operator=(const VirtualClassroom&) = delete;

  // Opens the teacher's page; there is one.
  void add_teacher(const AccessLink& link = {});
  // Returns the student's number, 0, 1...
  size_t add_student(const AccessLink& link = {}, const client::ViewerConfig& config = {});
  // The page is closed: DELETE, and the WebSocket ends.
  void remove_teacher() { pages_.close(teacher()); }
  void remove_student(size_t student) { pages_.close(this->student(student)); }
  void run_for(Duration duration);

  // The process is gone at once; a new one with the same number starts after `down`.
  void kill_worker(uint32_t number, Duration down) { workers_.kill(number, down); }
  // SIGTERM for a worker: a move, not a loss.
  void drain_worker(uint32_t number, Duration limit = Duration::seconds(20)) {
    workers_.drain(number, limit, Duration::milliseconds(100));
  }
  void kill_signaling(Duration down);
  // The NAT gives the page another public address.
  void rebind(Page& page) { pages_.rebind(page); }
  void set_outage(const Page& page, Duration duration);
  void set_link(Page& page, const AccessLink& link);
  // Loss on the legs between workers.
  void set_leg_loss(double loss) { workers_.set_leg_loss(loss); }

  [[nodiscard]] Page& teacher() { return pages_.at(0); }
  [[nodiscard]] Page& student(size_t number) { return pages_.at(number + 1); }
  [[nodiscard]] client::TrackStats sound(size_t student);
  [[nodiscard]] client::TrackStats picture(size_t student);
  [[nodiscard]] Lesson& lesson() { return pages_.lesson(); }
  // Number of the worker that a page's session is on.
  [[nodiscard]] std::optional<uint32_t> worker_of(const Page& page) const;
  [[nodiscard]] worker::Worker& worker(uint32_t number) { return workers_.at(number); }
  [[nodiscard]] signaling::Signaling& signaling() { return signaling_.core(); }
  [[nodiscard]] Instant now() const { return network_.now(); }
  [[nodiscard]] const VirtualNetwork& network() const { return network_; }

 private:
  void route(const signaling::Event& event);
  [[nodiscard]] client::TrackStats stats(size_t student, sdp::TrackKind kind);

  Rng rng_;
  VirtualNetwork network_;
  VirtualSignaling signaling_;
  VirtualWorkers workers_;
  VirtualPages pages_;
};

}  // namespace lectern::sim
