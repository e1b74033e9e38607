#include "signaling/gate/reports.h"

#include "base/json.h"

namespace lectern::signaling {
namespace {

constexpr Duration kReportLifetime = Duration::seconds(30);  // [P44]
constexpr Duration kRepetition = Duration::seconds(10);

}  // namespace

std::expected<Report, const char*> read_report(const nlohmann::json& json) {
  constexpr auto kBool = MemberType::kBool;
  if (wrong_member(json, {{"sound", kBool}, {"playing", kBool}, {"codec", kBool}}))
    return std::unexpected("sound, playing and codec of a report are true or false.");
  if (wrong_member(json, {{"rung", MemberType::kText}}))
    return std::unexpected("The rung of a report is a text.");
  for (const char* figure : {"rtt_ms", "loss", "freezes", "audio_ms_concealed", "bytes"})
    if (json.contains(figure) && !(number_member(json, figure).value_or(-1) >= 0))
      return std::unexpected("The figures of a report are numbers of 0 or more.");
  if (number_member(json, "loss").value_or(0) > 1)
    return std::unexpected("The loss of a report is 0 to 1.");
  const bool without_codec = bool_member(json, "codec").value_or(false);
  return Report{.without_sound = !bool_member(json, "sound").value_or(true),
                .without_picture = without_codec || !bool_member(json, "playing").value_or(true),
                .without_codec = without_codec};
}

void Reports::note(Instant now, ConnectionId page, const std::string& class_id,
                   const Report& report) {
  forget(page);
  if (!report.without_sound && !report.without_picture) return;
  const Noted& noted = pages_.emplace(page, Noted{class_id, report, now}).first->second;
  count(noted, 1);
}

void Reports::forget(ConnectionId page) {
  const auto found = pages_.find(page);
  if (found == pages_.end()) return;
  count(found->second, ~std::uint32_t{0});  // wraps: one less
  pages_.erase(found);
}

void Reports::count(const Noted& noted, std::uint32_t step) {
  TroubleCounts& counts = classes_[noted.class_id].counts;
  if (noted.report.without_sound) counts.sound += step;
  if (noted.report.without_picture) counts.picture += step;
  if (noted.report.without_codec) counts.codec += step;
}

Reports::Due Reports::due(Instant now) {
  std::vector<ConnectionId> old;
  for (const auto& [page, noted] : pages_)
    if (noted.at + kReportLifetime < now) old.push_back(page);
  for (const ConnectionId page : old) forget(page);
  Due due;
  for (auto& [class_id, of_class] : classes_) {
    const bool is_news = of_class.counts != of_class.told;
    if (!is_news && now < of_class.told_at + kRepetition) continue;
    of_class.told = of_class.counts;
    of_class.told_at = now;
    due.emplace_back(class_id, of_class.counts);
  }
  std::erase_if(classes_, [](const auto& item) {
    return item.second.told == TroubleCounts{} && item.second.counts == TroubleCounts{};
  });
  return due;
}

}  // namespace lectern::signaling
