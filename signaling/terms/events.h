// What Signaling wants done, in order. The shell carries out the whole list after each call.
#pragma once

#include "base/lane.h"
#include "media/control/messages.h"
#include "signaling/terms/caller.h"
#include "signaling/terms/http.h"
#include "signaling/terms/ids.h"
#include "store/messages.h"

#include <compare>
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

// A text frame for one page. To a page that does not read the shell keeps 64 KB; what comes then is
// left out, and once the page has read on it says so (Signaling::ws_caught_up).
struct SendText {
  ConnectionId connection;
  SharedText text;
};

// The pages of a class that have one role, or those whose media comes from one worker.
struct Audience {
  std::string class_id;
  std::variant<PageRole, control::WorkerNumber> part = PageRole::kStudent;
  friend auto operator<=>(const Audience&, const Audience&) = default;
};

// The page hears what this audience is told from now on, until its connection ends or it joins
// another of the same kind (by role, by worker).
struct JoinAudience {
  ConnectionId connection;
  Audience audience;
};

// A frame for all pages that are in the audience by now. The shell may hold it back for a moment,
// so that what is said in short order goes out together; it keeps the order within an audience, but
// may send what follows as SendText before.
struct SendToAudience {
  Audience audience;
  SharedText bytes;
  bool is_binary = false;
  Lane lane = Lane::kMustArrive;  // for pages that do not keep up
  std::string key{};              // of kReplaceable
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

// To be sent to the store; lost without a sign when that is away (Signaling::store_gone).
struct ToStore {
  store::ToStore message;
};

using Event = std::variant<HttpResponse, SendText, JoinAudience, SendToAudience, CloseWs,
                           AllowFrames, ToWorker, CloseWorker, ToStore>;
using Events = std::vector<Event>;

}  // namespace lectern::signaling
