// The words that signaling and a media worker say to each other: typed structs, one JSON object per
// SOCK_SEQPACKET record (codec.h). Signaling listens, every worker connects and speaks first
// (Hello, within 5 s).
//
// Either side may die at any time. A worker keeps its sessions while signaling is away and lists
// them in the next Hello, so that nothing here needs to be stored or acknowledged: a request that
// gets no answer is answered 504 by signaling's own deadline.
//
// Left out on purpose: media. Not one RTP packet passes here, and no address of a viewer.
#pragma once

#include "base/endpoint.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lectern::control {

// Raised when a message changes its meaning. A Hello with another number is refused by closing.
inline constexpr std::uint32_t kSchema = 1;

// Bound of one encoded record. The receiver's buffer has this size; a longer record is a fault of
// ours at the sender (LECTERN_CHECK) and a closed channel at the receiver (MSG_TRUNC).
inline constexpr std::size_t kMaxRecord = 64 * 1024;
inline constexpr std::size_t kMaxSdp = 16 * 1024;

// Sessions of one Hello or SessionList: 128 of at most 350 bytes stay well under kMaxRecord.
inline constexpr std::size_t kMaxSessionsPerRecord = 128;

// Whose a session is, in signaling's words: so that a restart of signaling forgets nobody's claim.
inline constexpr std::size_t kMaxOwner = 128;

using RequestNumber = std::uint64_t;  // chosen by signaling, repeated in the worker's answer
using WorkerNumber = std::uint32_t;   // 0, 1, 2...: the k of port 9000+k and of `w{k}-...`
using LegId = std::uint64_t;          // random, never 0; the first 8 bytes of a leg's datagrams

enum class Role : std::uint8_t { kPublish, kView };
enum class SessionPhase : std::uint8_t { kConnecting, kConnected, kClosed };

// Tracks of a class; the numbers are those of a leg's SSRC (0x4C000000 | track << 8 | encoding).
enum class Track : std::uint8_t { kAudio = 0, kCamera = 1, kScreen = 2 };
inline constexpr std::size_t kTracks = 3;

// ---------------------------------------------------------------------------- signaling -> worker

// A new WHIP (publish) or WHEP (view) session. Answered by SessionCreated or SessionRefused. A
// second publisher of a class at the same worker replaces the first (SessionState closed,
// `replaced`): signaling has already decided that it may.
struct CreateSession {
  RequestNumber request = 0;
  std::string class_id;
  Role role = Role::kView;
  std::string offer;    // SDP, <= kMaxSdp, printable UTF-8 with CR, LF and TAB
  std::string owner{};  // <= kMaxOwner; nothing to the worker, which gives it back in SessionEntry
  bool operator==(const CreateSession&) const = default;
};

// Trickled candidates or an ICE restart (RFC 8840 fragment). Answered by SessionPatched, or by
// SessionRefused: 404 unknown session, 412 `if_match` names another ICE session, 400 bad fragment.
// `if_match` is one strong tag `"etag"`, `*` (restart whatever is current) or empty (absent);
// signaling has read the header's list.
struct PatchSession {
  RequestNumber request = 0;
  std::string session;
  std::string content;
  std::string if_match;
  bool operator==(const PatchSession&) const = default;
};

// Ends a session at once. Answered by SessionDeleted, also when the session is already gone; a
// SessionState closed goes with it when it existed. `request` 0: nobody waits, no SessionDeleted.
struct DeleteSession {
  RequestNumber request = 0;
  std::string session;
  bool operator==(const DeleteSession&) const = default;
};

// To the origin: send the class to `destination` (an edge's leg socket) under this leg id. Replaces
// the leg of this class to the same destination, if any. LegRefused comes back when it cannot.
struct OpenLeg {
  std::string class_id;
  LegId leg = 0;
  Endpoint destination;
  bool operator==(const OpenLeg&) const = default;
};

// To the edge: take the class from datagrams of this leg id that come from `source` only. Replaces
// the leg that the class had at this worker, if any: viewers stay and continue seamlessly.
// LegRefused comes back when it cannot.
struct AcceptLeg {
  std::string class_id;
  LegId leg = 0;
  Endpoint source;
  bool operator==(const AcceptLeg&) const = default;
};

// To both ends: the leg is over. Unknown ids are ignored.
struct CloseLeg {
  LegId leg = 0;
  bool operator==(const CloseLeg&) const = default;
};

// What a page lets its viewer session receive at most.
enum class Limit : std::uint8_t { kNone, kAudioOnly, kHeight };
struct LimitTier {
  std::string session;
  Limit limit = Limit::kNone;
  std::uint32_t max_height = 0;  // pixels; only with kHeight
  bool operator==(const LimitTier&) const = default;
};

// The answer to Draining: no new sessions come any more, those that exist go on until their pages
// have moved. Without a refuge (another worker) they cannot: the sooner this one ends and starts
// again, the better.
struct Drain {
  bool has_refuge = true;
  bool operator==(const Drain&) const = default;
};

using ToWorker = std::variant<CreateSession, PatchSession, DeleteSession, OpenLeg, AcceptLeg,
                              CloseLeg, LimitTier, Drain>;

// ---------------------------------------------------------------------------- worker -> signaling

struct SessionEntry {
  std::string id;  // 32 hex digits, without the `w{k}-` that signaling puts before it
  std::string class_id;
  Role role = Role::kView;
  SessionPhase phase = SessionPhase::kConnecting;
  std::string owner{};  // as CreateSession gave it
  std::string etag{};   // as the last answer about this session gave it
  bool operator==(const SessionEntry&) const = default;
};

// First message on every connection. `more`: SessionList records follow, the last one without it;
// signaling counts the worker as ready after the last. A SourceState follows for each class whose
// publisher is here. Legs are not listed: signaling opens them anew and the worker drops the legs
// that a new connection has not named within 5 s.
struct Hello {
  std::uint32_t schema = kSchema;
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
  std::vector<SessionEntry> sessions;  // <= kMaxSessionsPerRecord
  bool more = false;
  bool operator==(const SessionList&) const = default;
};

struct SessionCreated {
  RequestNumber request = 0;
  std::string session;  // 32 hex digits, random
  std::string answer;   // SDP, <= kMaxSdp
  std::string etag;     // quoted, changes with each ICE restart
  bool operator==(const SessionCreated&) const = default;
};

// The answer to CreateSession or PatchSession that cannot be carried out, in HTTP's words
// (RFC 9457): 400 unreadable, 404, 406 no codec in common, 412, 422 not negotiable, 503 full.
struct SessionRefused {
  RequestNumber request = 0;
  std::uint32_t status = 0;
  std::string title;              // a few words
  std::string detail;             // one sentence for a person
  std::uint32_t retry_after = 0;  // seconds, for Retry-After; 0: signaling's own
  bool operator==(const SessionRefused&) const = default;
};

// `content` is empty after a trickle (204), the new ufrag and pwd after an ICE restart (200).
struct SessionPatched {
  RequestNumber request = 0;
  std::string content;
  std::string etag;
  bool operator==(const SessionPatched&) const = default;
};

struct SessionDeleted {
  RequestNumber request = 0;
  bool operator==(const SessionDeleted&) const = default;
};

// Sent on each change of phase. After kClosed the id is never used again.
struct SessionState {
  std::string session;
  std::string class_id;
  Role role = Role::kView;
  SessionPhase phase = SessionPhase::kConnecting;
  std::string reason;  // `consent`, `dtls`, `deleted`, `replaced`...; empty where none applies
  bool operator==(const SessionState&) const = default;
};

struct EncodingState {
  std::uint32_t height = 0;  // pixels, 0 for audio
  std::uint32_t fps = 0;
  std::uint32_t kbps = 0;
  bool operator==(const EncodingState&) const = default;
};

struct TrackState {
  bool active = false;                   // packets have come in the last second
  std::string codec;                     // `opus`, `VP8`, `H264`...; empty while unknown
  std::vector<EncodingState> encodings;  // smallest picture first
  bool operator==(const TrackState&) const = default;
};

// From the origin of a class: what the teacher sends. On each change of `active`, codec or number
// of encodings at once; the figures every 2 s.
struct SourceState {
  std::string class_id;
  std::string session;
  std::array<TrackState, kTracks> tracks;  // indexed by Track
  bool operator==(const SourceState&) const = default;
};

// From the origin of a class: the encodings that its publisher needs to send, by rid; the others
// nobody receives. On change. An empty list: this track's encodings have no rids.
struct SourceDemand {
  std::string class_id;
  std::string session;
  std::vector<std::string> camera;
  std::vector<std::string> screen;
  bool operator==(const SourceDemand&) const = default;
};

// From the origin of a class: packets of `track` (`audio`, `camera`, `screen`; empty: of which one
// cannot be told) have come for 3 s, but nothing usable. An empty reason: that is over.
struct Unusable {
  std::string class_id;
  std::string session;
  std::string track;
  // `unknown-stream`, `payload-type`, `malformed`, `no-keyframe`, `too-long`, `unopened`
  std::string reason;
  bool operator==(const Unusable&) const = default;
};

// A viewer session changed its rung: `720p`, `360p`, `180p`, `audio`, `none`.
struct SessionRung {
  std::string session;
  std::string rung;
  std::uint32_t fps = 0;
  std::string reason;  // `join`, `bandwidth`, `loss`, `limit`, `source`, `codec`
  bool operator==(const SessionRung&) const = default;
};

struct RungCount {
  std::string rung;
  std::uint32_t viewers = 0;
  bool operator==(const RungCount&) const = default;
};

// How the connected viewers of one class at this worker receive it. Each second for each class that
// has viewers here, and once with no rungs when the last has left.
struct Audience {
  std::string class_id;
  std::vector<RungCount> rungs;
  bool operator==(const Audience&) const = default;
};

// The answer to an OpenLeg or AcceptLeg that cannot be carried out: this end does not have the leg.
// Signaling closes the other end and tries again later.
struct LegRefused {
  LegId leg = 0;
  std::string class_id;
  std::string reason;  // `legs`, `classes`: which bound was reached
  bool operator==(const LegRefused&) const = default;
};

// A metric of /metrics: `lectern_{name}{label="value"}`; `label` empty for none.
struct Counter {
  std::string name;
  std::string label;
  std::string value;
  std::uint64_t count = 0;
  bool operator==(const Counter&) const = default;
};

// Each second. Counters are totals since the worker's start, <= 512 of them.
struct Load {
  std::uint32_t viewers = 0;
  std::uint32_t publishers = 0;
  std::uint64_t egress_bps = 0;
  std::uint64_t ingress_bps = 0;
  std::uint64_t packets_per_s = 0;
  std::uint64_t loop_delay_us_p99 = 0;
  std::vector<Counter> counters;
  bool operator==(const Load&) const = default;
};

// Each half second without a Load: the loop turns. A worker of which signaling hears nothing at all
// for 2 s is taken for dead.
struct Alive {
  bool operator==(const Alive&) const = default;
};

// It was told to stop (SIGTERM): its sessions should move, and nothing new should come. Answered by
// Drain. It ends when it is empty, or at its own deadline.
struct Draining {
  bool operator==(const Draining&) const = default;
};

using FromWorker = std::variant<Hello, SessionList, SessionCreated, SessionRefused, SessionPatched,
                                SessionDeleted, SessionState, SourceState, SourceDemand, Unusable,
                                SessionRung, Audience, Load, Alive, Draining, LegRefused>;

}  // namespace lectern::control
