// The words that signaling and a media worker say to each other: typed structs, one per
// SOCK_SEQPACKET record (codec.h), by family. The name of a message on the wire is its kType.
// Signaling listens, every worker connects and speaks first (Hello, within 5 s).
//
// Either side may die at any time. A worker keeps its sessions while signaling is away and lists
// them in the next Hello, so that nothing here needs to be stored or acknowledged: a request that
// gets no answer is answered 504 by signaling's own deadline.
//
// Left out on purpose: media. Not one RTP packet passes here, and no address of a viewer.
#pragma once

#include "media/control/leg_messages.h"
#include "media/control/presence_messages.h"
#include "media/control/report_messages.h"
#include "media/control/session_messages.h"

#include <cstddef>
#include <variant>

namespace lectern::control {

// Bound of one encoded record. The receiver's buffer has this size; a longer record is a fault of
// ours at the sender (LECTERN_CHECK) and a closed channel at the receiver (MSG_TRUNC).
inline constexpr std::size_t kMaxRecord = 64 * 1024;

using ToWorker = std::variant<CreateSession, PatchSession, DeleteSession, LimitTier, OpenLeg,
                              AcceptLeg, CloseLeg, Drain, Unwelcome, Clock>;

using FromWorker =
    std::variant<Hello, SessionList, SessionCreated, SessionRefused, SessionPatched, SessionDeleted,
                 SessionState, SourceState, SourceDemand, Unusable, MediaTimes, SessionRung,
                 Audience, Load, Alive, Draining, LegRefused>;

}  // namespace lectern::control
