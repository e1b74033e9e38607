// What Signaling wants done, in order. The shell carries out the whole list after each call.
#pragma once

#include "media/control/messages.h"
#include "signaling/terms/http.h"
#include "signaling/terms/ids.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lectern::signaling {

inline constexpr std::size_t kMaxFirstFrame = 8 * 1024;  // a hello: its token has 4 KB at most

// One encoded text may stand in thousands of events: it is shared and never changes.
using SharedText = std::shared_ptr<const std::string>;

// A text frame. A connection whose peer does not read: the shell closes it once more than 256 KB
// wait (and reports ws_closed), it never drops single frames.
struct SendText {
  ConnectionId connection;
  SharedText text;
};

// A close frame (RFC 6455 §7.4), after what was sent before. Signaling has already forgotten the
// connection: ws_closed for it may follow or not.
struct CloseWs {
  ConnectionId connection;
  std::uint16_t code = 1000;
  std::string reason;  // <= 123 bytes
};

// Frames of this connection may have so many bytes from now on. Before, and for students always,
// the shell takes kMaxFirstFrame, so that strangers park little in its memory ([P34]).
struct AllowFrames {
  ConnectionId connection;
  std::size_t max_bytes = 0;
};

// To be encoded with control::encode and sent as one record. What the socket does not take waits in
// the shell, 8 MB of it; above that the shell closes the channel (worker_gone).
struct ToWorker {
  WorkerId worker;
  control::ToWorker message;
};

// The control connection is to be closed: it spoke another schema, or a newer connection has said
// Hello with the same worker number. Signaling has already forgotten it; worker_gone may follow.
struct CloseWorker {
  WorkerId worker;
  std::optional<control::WorkerNumber> number;  // for the log; none before its Hello
  std::string reason;
};

using Event = std::variant<HttpResponse, SendText, CloseWs, AllowFrames, ToWorker, CloseWorker>;
using Events = std::vector<Event>;

}  // namespace lectern::signaling
