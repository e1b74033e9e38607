// A WebSocket message on its way to many readers.
#pragma once

#include "base/lane.h"
#include "server/io/ws_frames.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::io {

// `bytes` is the whole frame as it goes onto the wire, encoded once for all its readers.
struct Frame {
  std::shared_ptr<const std::string> bytes{};
  Lane lane = Lane::kMustArrive;
  std::string key{};  // of kReplaceable

  [[nodiscard]] static Frame of(WsOpcode opcode, std::string_view payload, Lane lane,
                                std::string key = {}) {
    return {std::make_shared<const std::string>(encode_ws_frame(opcode, payload)), lane,
            std::move(key)};
  }
};

}  // namespace lectern::io
