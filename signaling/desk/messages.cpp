#include "signaling/desk/messages.h"

#include "base/json.h"

#include <nlohmann/json.hpp>

#include <array>

namespace lectern::signaling {

using Json = nlohmann::json;

Read<MediaMessage> read_media(const Json& json) {
  const auto member = json.find("session");
  if (member == json.end()) return std::unexpected("media needs a session, or null.");
  if (member->is_null()) return MediaMessage{};
  MediaMessage media;
  if (const auto text = text_member(json, "session")) media.session = SessionName::parse(*text);
  if (!media.session) return std::unexpected("The session of media is no session name.");
  return media;
}

Read<LimitMessage> read_limit(const Json& json) {
  struct Named {
    std::string_view rung;
    control::Limit limit;
    std::uint32_t max_height;
  };
  constexpr std::array<Named, 5> kLimits = {{{"1080p", control::Limit::kHeight, 1080},
                                             {"720p", control::Limit::kHeight, 720},
                                             {"360p", control::Limit::kHeight, 360},
                                             {"180p", control::Limit::kHeight, 180},
                                             {"audio", control::Limit::kAudioOnly, 0}}};
  const auto member = json.find("rung");
  if (member == json.end()) return std::unexpected("limit needs a rung, or null.");
  if (member->is_null()) return LimitMessage{};
  const auto rung = text_member(json, "rung");
  for (const Named& named : kLimits)
    if (rung == named.rung)
      return LimitMessage{{.session = {}, .limit = named.limit, .max_height = named.max_height}};
  return std::unexpected("The rung of limit is 1080p, 720p, 360p, 180p, audio or null.");
}

Read<SourcesMessage> read_sources(const Json& json) {
  const auto camera = bool_member(json, "camera");
  const auto microphone = bool_member(json, "microphone");
  const auto screen = bool_member(json, "screen");
  if (!camera || !microphone || !screen)
    return std::unexpected("sources needs camera, microphone and screen, each true or false.");
  return SourcesMessage{{.camera = *camera, .microphone = *microphone, .screen = *screen}};
}

const char* name_of(TeacherState state) {
  switch (state) {
    case TeacherState::kAbsent:
      return "absent";
    case TeacherState::kAway:
      return "away";
    case TeacherState::kLive:
      return "live";
  }
  return "absent";
}

SharedText shared_text(const Json& message) {
  return std::make_shared<const std::string>(to_text(message));
}

SharedText class_text(const ClassView& view) {
  return shared_text({{"type", "class"},
                      {"teacher", name_of(view.teacher)},
                      {"sources",
                       {{"camera", view.sources.camera},
                        {"microphone", view.sources.microphone},
                        {"screen", view.sources.screen}}}});
}

SharedText student_audience_text(std::uint32_t viewers) {
  return shared_text({{"type", "audience"}, {"viewers", viewers}});
}

SharedText teacher_audience_text(std::uint32_t viewers,
                                 const std::map<std::string, std::uint32_t>& rungs,
                                 const TroubleCounts& trouble) {
  Json counts = Json::object();
  for (const auto& [rung, count] : rungs) counts[rung] = count;
  Json troubles = {{"sound", trouble.sound}, {"picture", trouble.picture}};
  if (trouble.codec > 0) troubles["codec"] = trouble.codec;
  return shared_text(
      {{"type", "audience"}, {"viewers", viewers}, {"rungs", counts}, {"trouble", troubles}});
}

SharedText rung_text(const Rung& rung) {
  return shared_text(
      {{"type", "rung"}, {"rung", rung.rung}, {"fps", rung.fps}, {"reason", rung.reason}});
}

SharedText times_text(control::WorkerNumber worker, const std::vector<control::TrackTime>& tracks) {
  static constexpr std::array<const char*, control::kTracks> kNames = {"audio", "camera", "screen"};
  Json by_name = Json::object();
  for (const control::TrackTime& time : tracks)
    by_name[kNames[static_cast<std::size_t>(time.track)]].push_back(
        {{"height", time.height}, {"rtp", time.rtp}, {"at", time.at_us}});
  return shared_text({{"type", "times"}, {"worker", worker}, {"tracks", by_name}});
}

SharedText unusable_text(const SessionName& session, const control::Unusable& unusable) {
  Json message = {{"type", "unusable"}, {"session", session.to_string()}};
  if (!unusable.track.empty()) message["track"] = unusable.track;
  if (!unusable.reason.empty()) message["reason"] = unusable.reason;
  return shared_text(message);
}

SharedText encodings_text(const SessionName& session, const control::SourceDemand& demand) {
  Json message = {{"type", "encodings"}, {"session", session.to_string()}};
  if (!demand.camera.empty()) message["camera"] = demand.camera;
  if (!demand.screen.empty()) message["screen"] = demand.screen;
  return shared_text(message);
}

SharedText move_text(const char* reason) {
  return shared_text({{"type", "move"}, {"reason", reason}});
}

SharedText replaced_text() {
  return shared_text({{"type", "replaced"}});
}

SharedText error_text(const Problem& problem) {
  Json message = members_of(problem);
  message["type"] = "error";
  message["text"] = problem.detail;
  return shared_text(message);
}

}  // namespace lectern::signaling
