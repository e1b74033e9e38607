// The words of the WebSocket `lectern.v1` (docs/protocol.md section 5): what a page says, read;
// what it is told, written.
#pragma once

#include "media/control/messages.h"
#include "signaling/classroom.h"
#include "signaling/events.h"
#include "signaling/names.h"
#include "signaling/roster.h"
#include "signaling/session_directory.h"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace lectern::signaling {

// ------------------------------------------------------------------------------- from a page

struct HelloMessage {
  std::string class_id;
  PageRole role = PageRole::kStudent;
  double version = 0;
  std::string token;
  std::string client;
};
struct MediaMessage {
  std::optional<SessionName> session;
};
struct ReportMessage {
  bool without_sound = false;
  bool without_picture = false;
  bool without_codec = false;  // it cannot show the picture's format
};
struct LimitMessage {
  control::LimitTier limit;  // without the session
};
struct SourcesMessage {
  Sources sources;
};
struct PingMessage {
  std::optional<double> t;
};
// [P30] A `type` that is not known here: to be ignored.
struct UnknownMessage {};

using PageMessage = std::variant<HelloMessage, MediaMessage, ReportMessage, LimitMessage,
                                 SourcesMessage, PingMessage, UnknownMessage>;

// The error is one sentence for `error bad-message`.
[[nodiscard]] std::expected<PageMessage, const char*> parse_page_message(std::string_view text);

// --------------------------------------------------------------------------------- to a page

[[nodiscard]] SharedText welcome_text(const Page& page, const std::string& server_version);
[[nodiscard]] SharedText class_text(const ClassView& view);
[[nodiscard]] SharedText student_audience_text(std::uint32_t viewers);
[[nodiscard]] SharedText teacher_audience_text(std::uint32_t viewers,
                                               const std::map<std::string, std::uint32_t>& rungs,
                                               const Roster::TroubleCounts& trouble);
[[nodiscard]] SharedText rung_text(const Rung& rung);
[[nodiscard]] SharedText unusable_text(const SessionName& session,
                                       const control::Unusable& unusable);
[[nodiscard]] SharedText encodings_text(const SessionName& session,
                                        const control::SourceDemand& demand);
[[nodiscard]] SharedText move_text(const char* reason);
[[nodiscard]] SharedText replaced_text();
[[nodiscard]] SharedText token_text(const std::string& token);
[[nodiscard]] SharedText pong_text(const std::optional<double>& t);
[[nodiscard]] SharedText error_text(const char* code, const char* sentence);

[[nodiscard]] const char* name_of(TeacherState state);

}  // namespace lectern::signaling
