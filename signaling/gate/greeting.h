// The words of the WebSocket `lectern.v1` (docs/protocol.md section 5) that need no class: the
// greeting, the ping, the token.
#pragma once

#include "signaling/desk/messages.h"
#include "signaling/terms/caller.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace lectern::signaling {

struct HelloMessage {
  std::string class_id;
  PageRole role = PageRole::kStudent;
  double version = 0;
  std::string token;
  std::string client;
};
struct PingMessage {
  std::optional<double> t;
};

[[nodiscard]] Read<HelloMessage> read_hello(const nlohmann::json& json);
[[nodiscard]] Read<PingMessage> read_ping(const nlohmann::json& json);

[[nodiscard]] SharedText welcome_text(const HelloMessage& hello, const std::string& server_version);
[[nodiscard]] SharedText token_text(const std::string& token);
[[nodiscard]] SharedText pong_text(const std::optional<double>& t);

}  // namespace lectern::signaling
