// The words of a class on the WebSocket `lectern.v1` (docs/protocol.md section 5): what its pages
// say, read; what they are told, written. What a page says before it is in a class is the gate's.
#pragma once

#include "media/control/messages.h"
#include "signaling/desk/members.h"
#include "signaling/placement/publication.h"
#include "signaling/placement/session_directory.h"
#include "signaling/terms/events.h"
#include "signaling/terms/names.h"
#include "signaling/terms/problems.h"
#include "signaling/terms/trouble.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lectern::signaling {

// ------------------------------------------------------------------------------- from a page
// The error is one sentence for `error bad-message`.
template <typename T>
using Read = std::expected<T, const char*>;

struct MediaMessage {
  std::optional<SessionName> session;
};
struct LimitMessage {
  control::LimitTier limit;  // without the session
};
struct SourcesMessage {
  Sources sources;
};

[[nodiscard]] Read<MediaMessage> read_media(const nlohmann::json& json);
[[nodiscard]] Read<LimitMessage> read_limit(const nlohmann::json& json);
[[nodiscard]] Read<SourcesMessage> read_sources(const nlohmann::json& json);

// --------------------------------------------------------------------------------- to a page

[[nodiscard]] SharedText shared_text(const nlohmann::json& message);

[[nodiscard]] SharedText class_text(const ClassView& view);
[[nodiscard]] SharedText student_audience_text(std::uint32_t viewers);
[[nodiscard]] SharedText teacher_audience_text(std::uint32_t viewers,
                                               const std::map<std::string, std::uint32_t>& rungs,
                                               const TroubleCounts& trouble);
[[nodiscard]] SharedText rung_text(const Rung& rung);
[[nodiscard]] SharedText times_text(control::WorkerNumber worker,
                                    const std::vector<control::TrackTime>& tracks);
[[nodiscard]] SharedText unusable_text(const SessionName& session,
                                       const control::Unusable& unusable);
[[nodiscard]] SharedText encodings_text(const SessionName& session,
                                        const control::SourceDemand& demand);
[[nodiscard]] SharedText move_text(const char* reason);
[[nodiscard]] SharedText replaced_text();
[[nodiscard]] SharedText error_text(const Problem& problem);

[[nodiscard]] const char* name_of(TeacherState state);

}  // namespace lectern::signaling
