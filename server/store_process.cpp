#include "server/store_process.h"

#include "server/data_version.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/store/sqlite_documents.h"
#include "server/system.h"
#include "store/codec.h"

#include <signal.h>

#include <algorithm>
#include <utility>

namespace lectern::server {

StoreProcess::StoreProcess(std::filesystem::path data)
    : data_(std::move(data)),
      service_(io::monotonic_now(),
               [this]() -> Result<std::unique_ptr<store::Documents>> {
                 if (auto made = make_private_folder(data_); !made) {
                   return std::unexpected(made.error());
                 }
                 if (auto stamped = stamp_data_version(data_); !stamped) {
                   return std::unexpected(stamped.error());
                 }
                 return SqliteDocuments::open(database_file(data_));
               }),
      listener_(loop_, "store", store_socket(data_),
                [this](io::Fd connection) { accept(std::move(connection)); }),
      heartbeat_(loop_),
      timer_(loop_, [this] { on_timer(); }),
      terminate_(loop_, SIGTERM, [this] { stop(); }) {
  if (!own_restarts()) {
    interrupt_ = std::make_unique<io::UvSignal>(loop_, SIGINT, [this] { stop(); });
  }
}

Result<void> StoreProcess::listen() {
  if (auto listening = listener_.listen(); !listening) {
    return listening;
  }
  log::info("store.listening", {{"path", store_socket(data_).string()}});
  return {};
}

void StoreProcess::run() {
  heartbeat_.report_ready();
  pump();
  loop_.run();
}

void StoreProcess::accept(io::Fd connection) {
  const store::ClientId client(++last_client_);
  channels_[client] = std::make_unique<io::UnixChannel>(
      loop_, std::move(connection), store::kMaxRecord,
      io::UnixChannel::Handlers{
          .on_record = [this, client](std::string_view record) { on_record(client, record); },
          .on_closed =
              [this, client] {
                closed_.push_back(client);
                timer_.arm(Duration::zero());
              }});
  service_.connected(client);
  pump();
}

void StoreProcess::on_record(store::ClientId client, std::string_view record) {
  const auto message = store::decode_to_store(record);
  if (!message) {
    log::warn("store.malformed", {{"client", client.value()}, {"bytes", record.size()}});
    return channels_.at(client)->close();
  }
  service_.ask(io::monotonic_now(), client, *message);
  pump();
}

void StoreProcess::on_timer() {
  for (const store::ClientId client : std::exchange(closed_, {})) {
    service_.gone(client);
    channels_.erase(client);
  }
  service_.handle_timeout(io::monotonic_now());
  pump();
}

void StoreProcess::pump() {
  for (const auto& [client, answer] : service_.take_answers()) {
    if (const auto found = channels_.find(client); found != channels_.end()) {
      found->second->send(store::encode(answer));
    }
  }
  if (service_.trouble() != logged_trouble_) {
    logged_trouble_ = service_.trouble();
    if (logged_trouble_.empty()) {
      log::info("store.well");
    } else {
      log::error("store.trouble", {{"reason", logged_trouble_}});
    }
  }
  const Instant next = closed_.empty() ? service_.next_timeout() : io::monotonic_now();
  if (next.is_never()) {
    timer_.disarm();
  } else {
    timer_.arm(std::max(Duration::zero(), next - io::monotonic_now()));
  }
}

void StoreProcess::stop() {
  service_.commit(io::monotonic_now());
  pump();
  log::info("store.stopped");
  loop_.stop();
}

}  // namespace lectern::server
