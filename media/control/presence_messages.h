// Who is there: a worker says what it is when it connects, and that it is about to go.
#pragma once

#include "base/endpoint.h"
#include "media/control/terms.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::control {

// Raised when a message changes its meaning. A Hello with another number is answered Unwelcome.
inline constexpr std::uint32_t kSchema = 1;

// Sessions of one Hello or SessionList: 128 of at most 350 bytes stay well under kMaxRecord.
inline constexpr std::size_t kMaxSessionsPerRecord = 128;

// What a process is that says Hello: signaling takes media workers.
inline constexpr std::string_view kMediaKind = "media";

struct SessionEntry {
  std::string id;  // 32 hex digits, without the `w{k}-` that signaling puts before it
  std::string class_id;
  Role role = Role::kView;
  SessionPhase phase = SessionPhase::kConnecting;
  std::string owner{};  // as CreateSession gave it
  std::string etag{};   // as the last answer about this session gave it
  bool operator==(const SessionEntry&) const = default;
};

// First message on every connection: what kind of process speaks, and what it has. `more`:
// SessionList records follow, the last one without it; signaling counts the worker as ready after
// the last. A SourceState follows for each class whose publisher is here. Legs are not listed:
// signaling opens them anew and the worker drops the legs that a new connection has not named
// within 5 s.
struct Hello {
  static constexpr std::string_view kType = "hello";
  std::uint32_t schema = kSchema;
  std::string kind{kMediaKind};
  WorkerNumber worker = 0;
  std::int64_t pid = 0;
  std::vector<Endpoint> media_endpoints;  // as announced in answers
  Endpoint leg_endpoint;                  // the leg socket; both source and destination of legs
  std::string fingerprint;                // sha-256 of the certificate, as in SDP
  std::vector<SessionEntry> sessions;     // <= kMaxSessionsPerRecord
  bool more = false;
  bool operator==(const Hello&) const = default;
};

struct SessionList {
  static constexpr std::string_view kType = "session-list";
  std::vector<SessionEntry> sessions;  // <= kMaxSessionsPerRecord
  bool more = false;
  bool operator==(const SessionList&) const = default;
};

// The answer to a Hello that is not taken, before the channel is closed: another try would end the
// same way until one of the two processes is replaced.
struct Unwelcome {
  static constexpr std::string_view kType = "unwelcome";
  std::string reason;  // one sentence for an operator
  bool operator==(const Unwelcome&) const = default;
};

// Class time as this message was written (base/class_time.h): the first after a Hello, and as an
// answer to each Load. Until the first, sender reports keep the publisher's own clock.
struct Clock {
  static constexpr std::string_view kType = "clock";
  std::int64_t class_time_us = 0;  // since 1970
  bool operator==(const Clock&) const = default;
};

// It was told to stop (SIGTERM): its sessions should move, and nothing new should come. Answered by
// Drain. It ends when it is empty, or at its own deadline.
struct Draining {
  static constexpr std::string_view kType = "draining";
  bool operator==(const Draining&) const = default;
};

// The answer to Draining: no new sessions come any more, those that exist go on until their pages
// have moved. Without a refuge (another worker) they cannot: the sooner this one ends and starts
// again, the better.
struct Drain {
  static constexpr std::string_view kType = "drain";
  bool has_refuge = true;
  bool operator==(const Drain&) const = default;
};

}  // namespace lectern::control
