// What the rest of signaling hears from placement, in the order in which it happened. Placement
// knows sessions and workers; who looks at them on which page is the desk's, what an answer looks
// like in HTTP is the gate's.
#pragma once

#include "media/control/messages.h"
#include "signaling/terms/http.h"
#include "signaling/terms/names.h"
#include "signaling/terms/problems.h"

#include <string>
#include <variant>
#include <vector>

namespace lectern::signaling {

// A worker listed sessions of this class, which must exist from now on; if it cannot, it is to be
// ended (Placement::end_class).
struct ClassListed {
  std::string class_id;
};

// All that this worker had when it connected has been listed.
struct WorkerListed {
  control::WorkerNumber worker = 0;
};

// The session has left the tables. `move_reason`: why its page should make another one ([P45]),
// null: it should not.
struct SessionOver {
  SessionName session;
  const char* move_reason = nullptr;
};

// Another session of the class's teacher has taken this one's place ([P46]).
struct SessionReplaced {
  SessionName session;
  std::string by_client;  // empty: an encoder
};

// Its worker is about to stop: the page should make another session, and keep this one until then.
struct SessionShouldMove {
  SessionName session;
};

// Session::rung, Session::demand have changed.
struct RungChanged {
  SessionName session;
};
struct DemandChanged {
  SessionName session;
};

// Worker::times has changed for this class.
struct TimesChanged {
  std::string class_id;
  control::WorkerNumber worker = 0;
};

// [P85] Of a publisher's track, or of the whole session.
struct UnusableChanged {
  SessionName session;
  control::Unusable what;
};

// The outcome of a request for a session: exactly one for each.
struct Answered {
  struct Created {
    std::string class_id;
    control::Role role = control::Role::kView;
    SessionName session;
    std::string etag;
    std::string answer;  // SDP
  };
  struct Patched {
    std::string etag;     // empty: no new ICE session
    std::string content;  // an SDP fragment, or nothing
  };
  struct Deleted {};

  Asker asker;
  std::variant<Created, Patched, Deleted, Problem> outcome;
};

using NewsItem =
    std::variant<ClassListed, WorkerListed, SessionOver, SessionReplaced, SessionShouldMove,
                 RungChanged, DemandChanged, TimesChanged, UnusableChanged, Answered>;
using News = std::vector<NewsItem>;

}  // namespace lectern::signaling
