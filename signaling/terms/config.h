// What an operator may set about signaling; the shell reads it from file, environment and flags.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lectern::signaling {

// Bounds by person (token) and by network address ([P70]).
struct QuotaLimits {
  std::uint32_t sessions_per_person = 24;
  std::uint32_t sessions_per_network = 4000;  // 0: no bound
  std::uint32_t connections_per_person = 20;
};

struct Config {
  // This machine may do everything without a token, and a class comes to be when it is taught.
  // "This machine": a loopback peer whose Host header names localhost or a loopback address.
  bool dev = false;

  // Classes that exist from the start. Others come by PUT /api/v1/classes/{class}.
  std::vector<std::string> classes;

  // Origins besides the server's own whose pages may call the API and the WebSocket:
  // `https://school.example`. `*` allows all.
  std::vector<std::string> allowed_origins;

  // Workers that the supervisor runs: ready when so many have said Hello.
  std::uint32_t expected_workers = 1;
  bool has_store = false;  // what is made by the API outlives the process

  // Viewers that one worker takes; above it placement passes it by, and 503 when all are full.
  // A core carries about 2,000 at 600 kbit/s.
  std::uint32_t max_viewers_per_worker = 3000;

  // Publishers that one worker takes, beside its viewers: no crowd of students, honest or not,
  // keeps a teacher out.
  std::uint32_t max_publishers_per_worker = 500;

  // WebSockets that have said hello: 12 KB each, and one descriptor. Those that have not are
  // bounded apart (gate/ungreeted.h): in all, and of one network, where the bound must hold a
  // school that comes back after a restart.
  std::uint32_t max_connections = 16000;
  std::size_t max_ungreeted = 8000;
  std::size_t max_ungreeted_per_network = 2000;

  QuotaLimits quotas;

  // Tickets of one person that are still good; a caller with the grant `admin` (a school's portal)
  // has a hundred times that.
  std::uint32_t max_tickets_per_person = 100;
  std::uint32_t max_tickets = 20'000;

  // Hours for which the token of a connected page is renewed, from its first issue ([P72]).
  std::uint32_t renewal_hours = 12;

  // Where a proxy shows this server, `/kelas`; empty: at the root. For `Location` ([P68]).
  std::string public_path;

  std::uint32_t max_classes = 1000;

  // Given out with `/version` and `welcome`.
  std::string version = "0.1.0";
};

// Times that belong to the protocol, not to an operator (docs/protocol.md).
inline constexpr Duration kRequestDeadline = Duration::seconds(10);  // [P14]
inline constexpr Duration kStartGrace = Duration::seconds(3);        // [P51]
inline constexpr Duration kAwayLimit = Duration::seconds(30);        // [P42]
// A worker says something each 0.5 s. Given up after so much silence it is out of placement within
// 2 s of the moment it stopped.
inline constexpr Duration kWorkerSilence = Duration::milliseconds(1750);
inline constexpr Duration kWorkerLook = Duration::milliseconds(250);
inline constexpr Duration kLegLinger = Duration::seconds(10);
inline constexpr Duration kTicketLifetime = Duration::seconds(60);        // [P21]
inline constexpr Duration kReturnGrace = Duration::seconds(600);          // [P73]
inline constexpr Duration kIdleLimit = Duration::seconds(90);             // [P33]
inline constexpr Duration kHelloLimit = Duration::seconds(10);            // [P31]
inline constexpr Duration kStudentAudiencePeriod = Duration::seconds(5);  // [P44]

}  // namespace lectern::signaling
