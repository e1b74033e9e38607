// The store's process: the socket that its askers come to, one channel for each, and the timer of
// store::Service. Nothing else waits for a disk in this server.
#pragma once

#include "base/result.h"
#include "server/io/unix_channel.h"
#include "server/io/uv_loop.h"
#include "server/supervised.h"
#include "server/watched_listener.h"
#include "store/service.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace lectern::server {

class StoreProcess {
 public:
  // `data`: the data folder.
  explicit StoreProcess(std::filesystem::path data);
  ~StoreProcess() = default;
  StoreProcess(const StoreProcess&) = delete;
  StoreProcess& operator=(const StoreProcess&) = delete;

  // Errors: one sentence. A database that cannot be used is none: its askers are told.
  [[nodiscard]] Result<void> listen();
  void run();

 private:
  void accept(io::Fd connection);
  void on_record(store::ClientId client, std::string_view record);
  void on_timer();
  void stop();
  // Sends what the service has to say, and sets the timer.
  void pump();

  io::UvLoop loop_;
  std::filesystem::path data_;
  store::Service service_;
  WatchedListener listener_;
  std::map<store::ClientId, std::unique_ptr<io::UnixChannel>> channels_;
  std::vector<store::ClientId> closed_;
  std::uint64_t last_client_ = 0;
  std::string logged_trouble_;
  Heartbeat heartbeat_;
  io::UvTimer timer_;
  io::UvSignal terminate_;
  std::unique_ptr<io::UvSignal> interrupt_;  // where there is no supervisor to hear it
};

}  // namespace lectern::server
