#include "tests/sim/virtual_classroom.h"

#include "base/check.h"
#include "tests/sim/virtual_clock.h"

#include <string>
#include <utility>
#include <variant>

namespace lectern::sim {

VirtualClassroom::VirtualClassroom(const Options& options)
    : rng_(options.seed),
      network_(rng_),
      signaling_(network_, rng_, options.workers,
                 [this](const signaling::Event& event) { route(event); }),
      workers_(network_, signaling_, rng_, options.workers, options.limits),
      pages_(network_, signaling_, rng_, options.lesson) {
  set_virtual_clock(now());
  signaling_.start();
  workers_.start_all();
  run_for(Duration::milliseconds(10));
}

void VirtualClassroom::route(const signaling::Event& event) {
  if (const auto* response = std::get_if<signaling::HttpResponse>(&event))
    pages_.answer(*response);
  else if (const auto* order = std::get_if<signaling::ToWorker>(&event))
    workers_.deliver(*order);
  else if (const auto* text = std::get_if<signaling::SendText>(&event))
    pages_.deliver(*text);
}

void VirtualClassroom::add_teacher(const AccessLink& link) {
  auto page = std::make_unique<Page>();
  page->is_teacher = true;
  page->link = link;
  pages_.open(std::move(page));
}

size_t VirtualClassroom::add_student(const AccessLink& link, const client::ViewerConfig& config) {
  auto page = std::make_unique<Page>();
  page->link = link;
  page->viewer_config = config;
  pages_.open(std::move(page));
  return pages_.size() - 2;
}

void VirtualClassroom::run_for(Duration duration) {
  network_.run_until(now() + duration);
}

void VirtualClassroom::kill_signaling(Duration down) {
  signaling_.stop();
  pages_.disconnect_all();
  workers_.disconnect_all();
  network_.at(now() + down, [this](Instant) {
    signaling_.start();
    workers_.connect_all();
    pages_.reconnect_all();
  });
}

void VirtualClassroom::set_outage(const Page& page, Duration duration) {
  network_.set_outage(*page.host, now(), now() + duration);
}

void VirtualClassroom::set_link(Page& page, const AccessLink& link) {
  page.link = link;
  network_.set_profile(*page.host, link.up, link.down);
}

client::TrackStats VirtualClassroom::stats(size_t number, sdp::TrackKind kind) {
  const auto& viewer = student(number).viewer;
  return viewer ? viewer->stats(now(), kind).value_or(client::TrackStats()) : client::TrackStats();
}

client::TrackStats VirtualClassroom::sound(size_t number) {
  return stats(number, sdp::TrackKind::kAudio);
}

client::TrackStats VirtualClassroom::picture(size_t number) {
  return stats(number, sdp::TrackKind::kCamera);
}

std::optional<uint32_t> VirtualClassroom::worker_of(const Page& page) const {
  // [P2] `w{worker}-{id}`
  const size_t dash = page.session.find('-');
  if (dash == std::string::npos || page.session[0] != 'w') return std::nullopt;
  return static_cast<uint32_t>(std::stoul(page.session.substr(1, dash - 1)));
}

}  // namespace lectern::sim
