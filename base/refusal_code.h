// Why the server says no. Every refusal that leaves it has one of these codes: as the member `code`
// of a problem (HTTP, RFC 9457) or of the message `error` (WebSocket). Pages find their own words
// for a code, in each of their languages; the English sentence beside it is for encoders and for
// people with curl. docs/protocol.md (P130) and web/src/link/codes.ts have the same list, and
// scripts/check_codes.py fails when one of them lacks a code.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lectern {

// Name, code, HTTP status, close code of the WebSocket (0: it stays open, or is never told this),
// title, and the name of the number that goes with the code ("": none).
#define LECTERN_REFUSAL_CODES(X)                                                             \
  /* who asks */                                                                             \
  X(kTokenMissing, "token-missing", 401, 4401, "No token", "")                               \
  X(kTokenInvalid, "token-invalid", 401, 4401, "Token not valid", "")                        \
  X(kTokenExpired, "token-expired", 401, 4401, "Token expired", "")                          \
  X(kTicketUsed, "ticket-used", 404, 0, "Ticket used or expired", "")                        \
  X(kForbidden, "forbidden", 403, 4403, "Forbidden", "")                                     \
  X(kForeignOrigin, "foreign-origin", 403, 4403, "Foreign origin", "")                       \
  /* the class */                                                                            \
  X(kUnknownClass, "unknown-class", 404, 4404, "Unknown class", "")                          \
  X(kClassTaken, "class-taken", 409, 0, "Class taken", "")                                   \
  X(kVersion, "version", 400, 4400, "Other version", "")                                     \
  /* no room, or not now: another try may pass */                                            \
  X(kFull, "full", 503, 4503, "Server full", "")                                             \
  X(kClassesFull, "classes-full", 503, 4503, "No more classes", "")                          \
  X(kBusy, "busy", 503, 0, "Server busy", "")                                                \
  X(kStarting, "starting", 503, 0, "Server starting", "")                                    \
  X(kStopping, "stopping", 503, 0, "Server stopping", "")                                    \
  X(kNotKept, "not-kept", 503, 0, "Not kept", "")                                            \
  X(kWorkerAway, "worker-away", 503, 0, "Worker not connected", "")                          \
  X(kWorkerSilent, "worker-silent", 504, 0, "Worker silent", "")                             \
  X(kWorkerWrong, "worker-wrong", 502, 0, "Wrong answer of a worker", "")                    \
  X(kTooManyConnections, "too-many-connections", 429, 4429, "Too many connections", "limit") \
  X(kTooManySessions, "too-many-sessions", 429, 0, "Too many sessions", "limit")             \
  X(kTooManyTries, "too-many-tries", 429, 0, "Too many tries", "limit")                      \
  X(kTooFast, "too-fast", 429, 0, "Too fast", "")                                            \
  X(kNetworkFull, "network-full", 429, 0, "Network full", "limit")                           \
  X(kNetworkBusy, "network-busy", 429, 4429, "Network busy", "")                             \
  X(kWrongLinks, "wrong-links", 429, 0, "Too many wrong links", "")                          \
  /* what a page said to its class; the WebSocket stays open */                              \
  X(kBadMessage, "bad-message", 400, 0, "Bad message", "")                                   \
  X(kHelloFirst, "hello-first", 400, 0, "Hello first", "")                                   \
  X(kNotAllowed, "not-allowed", 403, 0, "Not allowed", "")                                   \
  X(kTooManyMessages, "too-many-messages", 429, 0, "Too many messages", "rate")              \
  /* the request itself */                                                                   \
  X(kUnreadable, "unreadable", 400, 0, "Unreadable description", "")                         \
  X(kNoCodec, "no-codec", 406, 0, "No codec in common", "")                                  \
  X(kNotNegotiable, "not-negotiable", 422, 0, "Not negotiable", "")                          \
  X(kUnknownSession, "unknown-session", 404, 0, "Unknown session", "")                       \
  X(kPreconditionFailed, "precondition-failed", 412, 0, "Precondition failed", "")           \
  X(kBadRequest, "bad-request", 400, 0, "Bad request", "")                                   \
  X(kNotFound, "not-found", 404, 0, "Not found", "")                                         \
  X(kWrongMethod, "wrong-method", 405, 0, "Method not allowed", "")                          \
  X(kNotAcceptable, "not-acceptable", 406, 0, "Not acceptable", "")                          \
  X(kTooSlow, "too-slow", 408, 0, "Too slow", "")                                            \
  X(kBodyTooLong, "body-too-long", 413, 0, "Content too large", "")                          \
  X(kWrongType, "wrong-type", 415, 0, "Unsupported media type", "")                          \
  X(kNoKey, "no-key", 501, 0, "No signing key", "")

enum class RefusalCode : std::uint8_t {
#define LECTERN_X(name, code, status, close, title, number) name,
  LECTERN_REFUSAL_CODES(LECTERN_X)
#undef LECTERN_X
};

// What is the same in every refusal of one code.
struct RefusalKind {
  std::string_view code;
  int status;           // of HTTP
  std::uint16_t close;  // of a WebSocket; 0: it is not closed
  std::string_view title;
  std::string_view number;  // name of the number that goes with it; empty: none
};

inline constexpr std::array kRefusalKinds = {
#define LECTERN_X(name, code, status, close, title, number) \
  RefusalKind{code, status, close, title, number},
    LECTERN_REFUSAL_CODES(LECTERN_X)
#undef LECTERN_X
};

[[nodiscard]] constexpr const RefusalKind& kind_of(RefusalCode code) {
  return kRefusalKinds[static_cast<std::size_t>(code)];
}

}  // namespace lectern
