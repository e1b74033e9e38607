// The signaling process's connection to the store, made again whenever it is lost.
#pragma once

#include "server/io/unix_channel.h"
#include "server/io/uv_loop.h"
#include "store/messages.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace lectern::server {

class StoreLink {
 public:
  struct Handlers {
    std::function<void(const store::FromStore&)> on_message;
    // What was asked and not answered will not be.
    std::function<void()> on_gone;
  };

  // `socket`: the path that the store listens on.
  StoreLink(io::UvLoop& loop, std::filesystem::path socket, Handlers handlers);

  void connect();
  // Without effect while there is no connection.
  void send(const store::ToStore& message);

 private:
  void on_record(std::string_view record);
  void on_closed();

  io::UvLoop& loop_;
  std::filesystem::path socket_;
  Handlers handlers_;
  std::unique_ptr<io::UnixChannel> channel_;
  bool is_lost_ = false;  // the channel has closed; what it owns is still on the stack, perhaps
  io::UvTimer reconnect_;
};

}  // namespace lectern::server
