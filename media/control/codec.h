// Control messages to bytes and back: one JSON object per record, `{"type":"open-leg",...}`.
//
// Each struct's members are listed once, in fields.h, and both directions are made from that list,
// so decode(encode(m)) == m. Any bytes are legal input to decode. JSON because a person reads a
// trace of this channel more often than it carries load: under 100 records a second. A record whose
// first octet is 1 to 8 is binary, and that octet its kind; no kind is known yet.
#pragma once

#include "base/result.h"
#include "media/control/messages.h"

#include <string>
#include <string_view>
#include <vector>

namespace lectern::control {

// The record for a message. Bytes that are not UTF-8 become U+FFFD. A record over kMaxRecord is a
// fault of the caller and aborts (LECTERN_CHECK): the bounds are stated in messages.h.
[[nodiscard]] std::string encode(const ToWorker& message);
[[nodiscard]] std::string encode(const FromWorker& message);

// The message in one whole record. Missing members keep their default, unknown ones are ignored
// (a newer peer may send more); a member of the wrong type, a number out of range, nesting deeper
// than 16 and a record over kMaxRecord are errors. kUnsupported: a `type` or a binary kind that is
// not known here, to be counted and passed over.
[[nodiscard]] Parsed<ToWorker> decode_to_worker(std::string_view record);
[[nodiscard]] Parsed<FromWorker> decode_from_worker(std::string_view record);

// `hello` and what is left of `sessions` cut into records of kMaxSessionsPerRecord, `more` set on
// all but the last.
[[nodiscard]] std::vector<FromWorker> hello_records(Hello hello,
                                                    const std::vector<SessionEntry>& sessions);

}  // namespace lectern::control
