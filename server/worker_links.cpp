#include "server/worker_links.h"

#include "media/control/codec.h"
#include "server/log.h"
#include "server/paths.h"

#include <utility>

namespace lectern::server {

WorkerLinks::WorkerLinks(io::UvLoop& loop, std::string data, Handlers handlers)
    : loop_(loop),
      data_(std::move(data)),
      handlers_(std::move(handlers)),
      listener_(loop, "control", control_socket(data_),
                [this](io::Fd connection) { accept(std::move(connection)); }) {}

Result<void> WorkerLinks::listen() {
  if (auto fits = check_control_socket(data_); !fits) {
    return fits;
  }
  return listener_.listen();
}

void WorkerLinks::accept(io::Fd connection) {
  const signaling::WorkerId link(++last_link_);
  channels_[link] = std::make_unique<io::UnixChannel>(
      loop_, std::move(connection), control::kMaxRecord,
      io::UnixChannel::Handlers{
          .on_record = [this, link](std::string_view record) { on_record(link, record); },
          .on_closed =
              [this, link] {
                closed_.push_back(link);
                handlers_.on_closed();
              }});
  handlers_.on_connected(link);
}

void WorkerLinks::on_record(signaling::WorkerId link, std::string_view record) {
  auto message = control::decode_from_worker(record);
  if (!message && message.error() == ParseError::kUnsupported) {
    // A newer worker may say more than this process knows.
    return log::debug("control.unknown", {{"link", link.value()}, {"bytes", record.size()}});
  }
  if (!message) {
    log::warn("control.malformed", {{"link", link.value()}, {"bytes", record.size()}});
    return close(link);
  }
  handlers_.on_message(link, *std::move(message));
}

void WorkerLinks::send(signaling::WorkerId link, const control::ToWorker& message) {
  if (const auto found = channels_.find(link); found != channels_.end()) {
    found->second->send(control::encode(message));
  }
}

void WorkerLinks::close(signaling::WorkerId link) {
  if (const auto found = channels_.find(link); found != channels_.end()) {
    found->second->close();
  }
}

std::vector<signaling::WorkerId> WorkerLinks::take_closed() {
  for (const signaling::WorkerId link : closed_) {
    channels_.erase(link);
  }
  return std::exchange(closed_, {});
}

}  // namespace lectern::server
