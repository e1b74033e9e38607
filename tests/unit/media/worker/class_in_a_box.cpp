#include "tests/unit/media/worker/class_in_a_box.h"

#include "tests/sim/virtual_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace lectern::worker {
namespace {

constexpr Duration kStep = Duration::milliseconds(1);
constexpr int64_t kFrameInterval = 40;  // ms
constexpr int64_t kSoundInterval = 20;

struct Size {
  uint16_t width;
  uint16_t height;
  size_t frame;     // bytes
  size_t keyframe;  // bytes
};
// About 150, 500 and 1200 kbit/s.
constexpr std::array<Size, 3> kSizes = {
    {{320, 180, 700, 5'000}, {640, 360, 2'400, 14'000}, {1280, 720, 5'800, 38'000}}};

}  // namespace

std::vector<uint8_t> vp8_frame(bool is_keyframe, uint16_t width, uint16_t height, size_t bytes) {
  std::vector<uint8_t> frame(bytes, 0x5A);
  // RFC 6386 §9.1: bit 0 of the tag is 0 in a keyframe; start code and sizes follow.
  frame[0] = is_keyframe ? 0x10 : 0x11;
  frame[1] = 0;
  frame[2] = 0;
  if (!is_keyframe) return frame;
  frame[3] = 0x9D;
  frame[4] = 0x01;
  frame[5] = 0x2A;
  frame[6] = static_cast<uint8_t>(width);
  frame[7] = static_cast<uint8_t>(width >> 8);
  frame[8] = static_cast<uint8_t>(height);
  frame[9] = static_cast<uint8_t>(height >> 8);
  return frame;
}

// Without parameter sets unless a profile is told.
std::vector<uint8_t> h264_frame(bool is_keyframe, std::optional<uint8_t> told, size_t bytes) {
  std::vector<uint8_t> unit;
  const uint8_t profile = told.value_or(0);
  const uint8_t constraints = profile == 66 ? 0xC0 : 0;
  if (is_keyframe && told)
    unit = {0,    0,    0,    1,    0x67, profile, constraints, 0x1E, 0x8C,
            0x8D, 0x40, 0x50, 0x17, 0xFC, 0xB0,    0x0F,        0x08, 0x84,
            0x6A, 0,    0,    0,    1,    0x68,    0xCE,        0x3C, 0x80};
  unit.insert(unit.end(), {0, 0, 0, 1, static_cast<uint8_t>(is_keyframe ? 0x65 : 0x41), 0x88});
  unit.resize(std::max(bytes, unit.size() + 1), 0x5A);
  return unit;
}

void expect_unbroken(const client::TrackStats& picture) {
  EXPECT_EQ(picture.timestamp_regressions, 0U);
  EXPECT_EQ(picture.picture_id_jumps, 0U);
  EXPECT_EQ(picture.lost, 0U);
}

ClassInABox::ClassInABox(size_t worker_count, uint64_t seed, SessionLimits limits)
    : rng(seed), certificate_(dtls::Certificate::generate()), context_(certificate_) {
  started_ = now;
  sim::set_virtual_clock(now);
  for (size_t index = 0; index < worker_count; ++index) {
    WorkerConfig config;
    config.number = static_cast<control::WorkerNumber>(index);
    config.media_endpoints = {media_endpoint(index)};
    config.leg_endpoint = leg_endpoint(index);
    config.limits = limits;
    workers.push_back(std::make_unique<Worker>(config, rng));
    for (auto& event : workers.back()->handle_control_connected(now))
      events.push_back(std::move(event));
  }
}

Endpoint ClassInABox::media_endpoint(size_t worker) {
  return Endpoint::v4(10, 0, 0, 1, static_cast<uint16_t>(9000 + worker));
}

Endpoint ClassInABox::leg_endpoint(size_t worker) {
  return Endpoint::v4(127, 0, 0, 1, static_cast<uint16_t>(19'000 + worker));
}

std::optional<control::SessionCreated> ClassInABox::post(control::Role role,
                                                         const std::string& offer, size_t worker) {
  const uint64_t request = next_request_++;
  control(
      control::CreateSession{.request = request, .class_id = "demo", .role = role, .offer = offer},
      worker);
  for (const auto& created : events_of<control::SessionCreated>())
    if (created.request == request) return created;
  return std::nullopt;
}

ClassInABox::Teacher* ClassInABox::teach(size_t encodings, size_t worker) {
  client::PublisherConfig config;
  config.videos = {
      {.kind = sdp::TrackKind::kCamera, .codecs = {sdp::CodecName::kVp8}, .encodings = encodings}};
  return teach(encodings, config, worker);
}

ClassInABox::Teacher* ClassInABox::teach(size_t encodings, client::PublisherConfig config,
                                         size_t worker) {
  config.wall_clock_offset = teachers_clock;
  auto publisher = std::make_unique<client::Publisher>(context_, rng, config);
  const auto created = post(control::Role::kPublish, publisher->offer(), worker);
  if (!created) return nullptr;
  Teacher& teacher = teachers.emplace_back();
  teacher.publisher = std::move(publisher);
  teacher.address = Endpoint::v4(10, 1, 0, 1, next_port_++);
  teacher.session = created->session;
  teacher.encodings = encodings;
  if (!config.videos.empty()) teacher.codec = config.videos.front().codecs.front();
  teacher.clock_offset = rng.next_u32();
  for (auto& track : teacher.wants_keyframe) track.fill(true);
  if (!teacher.publisher->accept(now, created->answer, teacher.address)) return nullptr;
  return &teacher;
}

ClassInABox::Student* ClassInABox::watch(const client::ViewerConfig& config, size_t worker) {
  auto viewer = std::make_unique<client::Viewer>(context_, rng, config);
  const auto created = post(control::Role::kView, viewer->offer(), worker);
  if (!created) return nullptr;
  Student& student = students.emplace_back();
  student.viewer = std::move(viewer);
  student.address = next_student_address.value_or(Endpoint::v4(10, 2, 0, 1, next_port_++));
  next_student_address.reset();
  student.session = created->session;
  student.worker = worker;
  if (!student.viewer->accept(now, created->answer, student.address)) return nullptr;
  return &student;
}

void ClassInABox::leave(Student& student) {
  student.is_closed = true;
  control(control::DeleteSession{.request = next_request_++, .session = student.session},
          student.worker);
}

void ClassInABox::connect_workers(size_t from, size_t to, control::LegId leg, Duration between) {
  control(control::AcceptLeg{.class_id = "demo", .leg = leg, .source = leg_endpoint(from)}, to);
  run_for(between);
  control(control::OpenLeg{.class_id = "demo", .leg = leg, .destination = leg_endpoint(to)}, from);
}

void ClassInABox::control(const control::ToWorker& message, size_t worker) {
  workers[worker]->handle_control(now, message);
  take_events(worker);
  drive_worker(worker);
}

void ClassInABox::take_events(size_t worker) {
  for (auto& event : workers[worker]->take_events()) {
    if (const auto* demand = std::get_if<control::SourceDemand>(&event)) follow(*demand);
    events.push_back(std::move(event));
  }
}

void ClassInABox::follow(const control::SourceDemand& demand) {
  for (Teacher& teacher : teachers) {
    if (teacher.session != demand.session || !teacher.follows_demand) continue;
    for (size_t encoding = 0; encoding < teacher.encodings; ++encoding) {
      const bool was_active = teacher.is_active[encoding];
      teacher.is_active[encoding] =
          std::ranges::find(demand.camera, std::to_string(encoding)) != demand.camera.end();
      // As browsers do.
      if (!was_active && teacher.is_active[encoding])
        teacher.wants_keyframe[static_cast<size_t>(sdp::TrackKind::kCamera)][encoding] = true;
    }
  }
}

void ClassInABox::run_for(Duration duration) {
  for (const Instant end = now + duration; now < end;) {
    now += kStep;
    sim::set_virtual_clock(now);
    step();
  }
}

void ClassInABox::step() {
  deliver();
  for (size_t index = 0; index < teachers.size(); ++index) drive_teacher(index);
  for (size_t index = 0; index < students.size(); ++index) drive_student(index);
  for (size_t index = 0; index < workers.size(); ++index) {
    if (workers[index]->next_timeout() <= now) workers[index]->handle_timeout(now);
    if (is_sending) drive_worker(index);
    take_events(index);
  }
}

void ClassInABox::send(Way way, size_t worker, size_t client, const Path& path, Bytes bytes) {
  if (loses(way, bytes)) return;
  network_.push_back({now + delay, way, worker, client, path, {bytes.begin(), bytes.end()}});
}

void ClassInABox::deliver() {
  while (!network_.empty() && network_.front().at <= now) {
    InFlight packet = std::move(network_.front());
    network_.pop_front();
    client::Events client_events;
    switch (packet.way) {
      case Way::kFromTeacher:
      case Way::kFromStudent:
        workers[packet.worker]->handle_datagram(now, packet.path, packet.bytes);
        break;
      case Way::kLeg:
        workers[packet.worker]->handle_leg_datagram(now, packet.path.remote, packet.bytes);
        break;
      case Way::kToTeacher: {
        Teacher& teacher = teachers[packet.client];
        if (teacher.is_closed) break;
        teacher.publisher->handle_datagram(now, packet.path, packet.bytes, client_events);
        for (const client::Event& event : client_events) {
          if (event.kind != client::Event::Kind::kKeyframeWanted) continue;
          ++teacher.keyframe_requests;
          teacher.wants_keyframe[static_cast<size_t>(event.track)][event.encoding] = true;
        }
        break;
      }
      case Way::kToStudent: {
        Student& student = students[packet.client];
        if (!student.is_closed)
          student.viewer->handle_datagram(now, packet.path, packet.bytes, client_events);
        break;
      }
    }
  }
}

void ClassInABox::drive_worker(size_t index) {
  SendBatch batch;
  size_t batches = 0;
  bool has_more = true;
  while (has_more) {
    batch.clear();
    // As the shell does: time goes on, and is looked at, between batches.
    if (++batches > 1 && workers[index]->next_timeout() <= now) workers[index]->handle_timeout(now);
    has_more = workers[index]->fill(now, batch);
    for (const SendBatch::Datagram& datagram : batch.datagrams()) {
      const Path path{.remote = datagram.path.local, .local = datagram.path.remote};
      sent_to[datagram.path.remote] += datagram.size;
      for (size_t client = 0; client < students.size(); ++client)
        if (students[client].address == datagram.path.remote)
          send(Way::kToStudent, index, client, path, batch.bytes(datagram));
      for (size_t client = 0; client < teachers.size(); ++client)
        if (teachers[client].address == datagram.path.remote)
          send(Way::kToTeacher, index, client, path, batch.bytes(datagram));
    }
  }
  most_batches_in_a_turn = std::max(most_batches_in_a_turn, batches);
  drive_legs(index);
}

void ClassInABox::drive_legs(size_t index) {
  SendBatch batch;
  bool has_more = true;
  while (has_more) {
    batch.clear();
    has_more = workers[index]->fill_legs(now, batch);
    for (const SendBatch::Datagram& datagram : batch.datagrams())
      for (size_t other = 0; other < workers.size(); ++other)
        if (leg_endpoint(other) == datagram.path.remote)
          send(Way::kLeg, other, 0, {.remote = datagram.path.local, .local = datagram.path.remote},
               batch.bytes(datagram));
  }
}

void ClassInABox::drive_teacher(size_t index) {
  Teacher& teacher = teachers[index];
  if (teacher.is_closed) return;
  client::Events ignored;
  if (teacher.publisher->next_timeout() <= now) teacher.publisher->handle_timeout(now, ignored);
  if (teacher.is_teaching && teacher.publisher->is_connected()) send_lesson(teacher);
  SendBatch batch;
  for (bool has_more = true; has_more; batch.clear()) {
    has_more = teacher.publisher->fill(now, batch);
    for (const SendBatch::Datagram& datagram : batch.datagrams())
      send(Way::kFromTeacher, datagram.path.remote.port - 9000U, index,
           {.remote = teacher.address, .local = datagram.path.remote}, batch.bytes(datagram));
  }
}

void ClassInABox::drive_student(size_t index) {
  Student& student = students[index];
  if (student.is_closed) return;
  client::Events ignored;
  if (student.viewer->next_timeout() <= now) student.viewer->handle_timeout(now, ignored);
  SendBatch batch;
  for (bool has_more = true; has_more; batch.clear()) {
    has_more = student.viewer->fill(now, batch);
    for (const SendBatch::Datagram& datagram : batch.datagrams())
      send(Way::kFromStudent, student.worker, index,
           {.remote = student.address, .local = datagram.path.remote}, batch.bytes(datagram));
  }
}

void ClassInABox::send_lesson(Teacher& teacher) {
  const int64_t ms = (now - started_).ms();
  if (ms % kSoundInterval == 0) {
    const std::vector<uint8_t> sound(80, 0x33);
    teacher.publisher->send_audio(now, sound,
                                  static_cast<uint32_t>(ms * 48) + teacher.clock_offset);
  }
  if (ms % kFrameInterval != 0) return;
  if (teacher.sends_camera)
    for (size_t encoding = 0; encoding < teacher.encodings; ++encoding)
      if (teacher.is_active[encoding]) send_picture(teacher, sdp::TrackKind::kCamera, encoding);
  if (teacher.sends_screen) send_picture(teacher, sdp::TrackKind::kScreen, 0);
}

void ClassInABox::send_picture(Teacher& teacher, sdp::TrackKind track, size_t encoding) {
  const int64_t ms = (now - started_).ms();
  // A single encoding is as large as the largest.
  const Size& size = kSizes[teacher.encodings == 1 ? 2 : encoding];
  bool& is_wanted = teacher.wants_keyframe[static_cast<size_t>(track)][encoding];
  const size_t bytes = is_wanted ? size.keyframe : size.frame;
  const auto frame = teacher.codec == sdp::CodecName::kH264
                         ? h264_frame(is_wanted, teacher.h264_profile, bytes)
                         : vp8_frame(is_wanted, size.width, size.height, bytes);
  is_wanted = false;
  teacher.publisher->send_frame(now, track, encoding, frame,
                                static_cast<uint32_t>(ms * 90) + teacher.clock_offset);
}

std::optional<control::SessionRung> ClassInABox::rung(const std::string& session) const {
  std::optional<control::SessionRung> newest;
  for (const auto& rung : events_of<control::SessionRung>())
    if (rung.session == session) newest = rung;
  return newest;
}

uint64_t ClassInABox::counter(const std::string& name, const std::string& value) const {
  const auto loads = events_of<control::Load>();
  if (loads.empty()) return 0;
  for (const control::Counter& counter : loads.back().counters)
    if (counter.name == name && counter.value == value) return counter.count;
  return 0;
}

}  // namespace lectern::worker
