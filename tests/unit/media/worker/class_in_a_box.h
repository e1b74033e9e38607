// A whole class in one process and in virtual time: workers, publishers and viewers with real ICE,
// DTLS and SRTP, and a network of 5 ms each way that can be told to lose packets.
#pragma once

#include "media/client/publisher.h"
#include "media/client/viewer.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "media/worker/worker.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectern::worker {

// An H.264 access unit (Annex B) of 640x360: parameter sets and an IDR slice, or a slice.
std::vector<uint8_t> h264_frame(bool is_keyframe, size_t bytes);

// A VP8 frame that says it is a keyframe of this size, or a frame that is none.
std::vector<uint8_t> vp8_frame(bool is_keyframe, uint16_t width, uint16_t height, size_t bytes);

// What no viewer may ever see, whatever happens to the source or to its tier.
void expect_unbroken(const client::TrackStats& picture);

class ClassInABox {
 public:
  explicit ClassInABox(size_t workers = 1, uint64_t seed = 1, SessionLimits limits = {});

  struct Teacher {
    std::unique_ptr<client::Publisher> publisher;
    Endpoint address;
    std::string session;
    bool is_teaching = true;
    bool sends_screen = false;
    bool sends_camera = true;
    sdp::CodecName codec = sdp::CodecName::kVp8;
    // Of its SPS: 77 is main; none: no parameter sets from now on.
    std::optional<uint8_t> h264_profile = 66;
    size_t encodings = 3;
    int keyframe_requests = 0;
    std::array<std::array<bool, 3>, 3> wants_keyframe{};
    uint32_t clock_offset = 0;
    bool is_closed = false;
    bool follows_demand = true;  // sends the encodings that it is told to send, as a page does
    std::array<bool, 3> is_active = {true, true, true};
  };
  struct Student {
    std::unique_ptr<client::Viewer> viewer;
    Endpoint address;
    std::string session;
    size_t worker = 0;
    bool is_closed = false;
  };

  // Posts an offer and runs until it is answered; nullptr when it was refused (see refusals).
  Teacher* teach(size_t encodings, client::PublisherConfig config, size_t worker = 0);
  Teacher* teach(size_t encodings = 3, size_t worker = 0);
  Student* watch(const client::ViewerConfig& config = {}, size_t worker = 0);
  void leave(Student& student);
  // The teacher's process is gone without a word.
  void vanish(Teacher& teacher) { teacher.is_closed = true; }
  // Carries the class from one worker to another.
  void connect_workers(size_t from, size_t to, control::LegId leg,
                       Duration between = Duration::zero());  // the receiving end first

  void run_for(Duration duration);
  void control(const control::ToWorker& message, size_t worker = 0);

  [[nodiscard]] client::TrackStats sound(const Student& student) const {
    return *student.viewer->stats(now, sdp::TrackKind::kAudio);
  }
  [[nodiscard]] client::TrackStats camera(const Student& student) const {
    return *student.viewer->stats(now, sdp::TrackKind::kCamera);
  }
  // The newest rung that was told of a session.
  [[nodiscard]] std::optional<control::SessionRung> rung(const std::string& session) const;
  [[nodiscard]] uint64_t counter(const std::string& name, const std::string& value) const;
  template <typename T>
  [[nodiscard]] std::vector<T> events_of() const {
    std::vector<T> result;
    for (const control::FromWorker& event : events)
      if (const T* found = std::get_if<T>(&event)) result.push_back(*found);
    return result;
  }

  enum class Way : uint8_t { kFromTeacher, kToTeacher, kFromStudent, kToStudent, kLeg };
  // True: this datagram is lost.
  std::function<bool(Way, Bytes)> loses = [](Way, Bytes) { return false; };

  Instant now = Instant::from_ms(10'000);
  Rng rng;
  std::vector<std::unique_ptr<Worker>> workers;
  std::deque<Teacher> teachers;
  std::deque<Student> students;
  std::vector<control::FromWorker> events;
  Duration delay = Duration::milliseconds(5);
  Duration teachers_clock = Duration::seconds(1'700'000'000);  // of the next teacher, minus `now`
  size_t most_batches_in_a_turn = 0;                           // of media
  std::optional<Endpoint> next_student_address;                // else a port that nobody has had
  std::unordered_map<Endpoint, size_t> sent_to;  // octets by workers, clients' own or not
  bool is_sending = true;                        // false: workers hear, but get no time to send

 private:
  struct InFlight {
    Instant at;
    Way way;
    size_t worker = 0;
    size_t client = 0;
    Path path;
    std::vector<uint8_t> bytes;
  };

  static Endpoint media_endpoint(size_t worker);
  static Endpoint leg_endpoint(size_t worker);
  std::optional<control::SessionCreated> post(control::Role role, const std::string& offer,
                                              size_t worker);
  void step();
  void deliver();
  void drive_worker(size_t index);
  void drive_legs(size_t index);
  void drive_teacher(size_t index);
  void drive_student(size_t index);
  void send_lesson(Teacher& teacher);
  void send_picture(Teacher& teacher, sdp::TrackKind track, size_t encoding);
  void send(Way way, size_t worker, size_t client, const Path& path, Bytes bytes);
  void take_events(size_t worker);
  void follow(const control::SourceDemand& demand);

  dtls::Certificate certificate_;
  dtls::Context context_;
  std::deque<InFlight> network_;
  uint64_t next_request_ = 1;
  uint16_t next_port_ = 40'000;
  Instant started_;
};

}  // namespace lectern::worker
