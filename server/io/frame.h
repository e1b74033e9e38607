// A WebSocket message on its way to many readers.
#pragma once

#include "server/io/ws_frames.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace lectern::io {

// What becomes of a message whose reader has not taken what was written before. To a reader that
// keeps up all three are the same.
enum class Lane : std::uint8_t {
  kMustArrive,   // waits in its order; when too much waits, the reader is told everything anew
  kReplaceable,  // the newest of each key waits, until what must arrive has been taken
  kDroppable,    // is left out
};

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
