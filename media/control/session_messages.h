// Media sessions: signaling asks for them, changes and ends them; a worker answers, and says what
// becomes of them.
#pragma once

#include "base/refusal_code.h"
#include "media/control/terms.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace lectern::control {

// A new WHIP (publish) or WHEP (view) session. Answered by SessionCreated or SessionRefused. A
// second publisher of a class at the same worker replaces the first (SessionState closed,
// `replaced`): signaling has already decided that it may.
struct CreateSession {
  static constexpr std::string_view kType = "create-session";
  RequestNumber request = 0;
  std::string class_id;
  Role role = Role::kView;
  std::string offer;    // SDP, <= kMaxSdp, printable UTF-8 with CR, LF and TAB
  std::string owner{};  // <= kMaxOwner; nothing to the worker, which gives it back in SessionEntry
  bool operator==(const CreateSession&) const = default;
};

// Trickled candidates or an ICE restart (RFC 8840 fragment). Answered by SessionPatched, or by
// SessionRefused: kUnknownSession, kPreconditionFailed (`if_match` names another ICE session),
// kUnreadable.
// `if_match` is one strong tag `"etag"`, `*` (restart whatever is current) or empty (absent);
// signaling has read the header's list.
struct PatchSession {
  static constexpr std::string_view kType = "patch-session";
  RequestNumber request = 0;
  std::string session;
  std::string content;
  std::string if_match;
  bool operator==(const PatchSession&) const = default;
};

// Ends a session at once. Answered by SessionDeleted, also when the session is already gone; a
// SessionState closed goes with it when it existed. `request` 0: nobody waits, no SessionDeleted.
struct DeleteSession {
  static constexpr std::string_view kType = "delete-session";
  RequestNumber request = 0;
  std::string session;
  bool operator==(const DeleteSession&) const = default;
};

// What a page lets its viewer session receive at most.
enum class Limit : std::uint8_t { kNone, kAudioOnly, kHeight };
struct LimitTier {
  static constexpr std::string_view kType = "limit-tier";
  std::string session;
  Limit limit = Limit::kNone;
  std::uint32_t max_height = 0;  // pixels; only with kHeight
  bool operator==(const LimitTier&) const = default;
};

struct SessionCreated {
  static constexpr std::string_view kType = "session-created";
  RequestNumber request = 0;
  std::string session;  // 32 hex digits, random
  std::string answer;   // SDP, <= kMaxSdp
  std::string etag;     // quoted, changes with each ICE restart
  bool operator==(const SessionCreated&) const = default;
};

// The answer to CreateSession or PatchSession that cannot be carried out: kUnreadable,
// kUnknownSession, kNoCodec, kPreconditionFailed, kNotNegotiable, kFull or kBusy.
struct SessionRefused {
  static constexpr std::string_view kType = "session-refused";
  RequestNumber request = 0;
  RefusalCode code = RefusalCode::kWorkerWrong;
  std::string detail;             // one English sentence, for who does not know the code
  std::uint32_t retry_after = 0;  // seconds, for Retry-After; 0: signaling's own
  bool operator==(const SessionRefused&) const = default;
};

// `content` is empty after a trickle (204), the new ufrag and pwd after an ICE restart (200).
struct SessionPatched {
  static constexpr std::string_view kType = "session-patched";
  RequestNumber request = 0;
  std::string content;
  std::string etag;
  bool operator==(const SessionPatched&) const = default;
};

struct SessionDeleted {
  static constexpr std::string_view kType = "session-deleted";
  RequestNumber request = 0;
  bool operator==(const SessionDeleted&) const = default;
};

// Sent on each change of phase. After kClosed the id is never used again.
struct SessionState {
  static constexpr std::string_view kType = "session-state";
  std::string session;
  std::string class_id;
  Role role = Role::kView;
  SessionPhase phase = SessionPhase::kConnecting;
  std::string reason;  // `consent`, `dtls`, `deleted`, `replaced`...; empty where none applies
  bool operator==(const SessionState&) const = default;
};

}  // namespace lectern::control
