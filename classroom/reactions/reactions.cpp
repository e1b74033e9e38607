#include "classroom/reactions/reactions.h"

#include "base/json.h"

#include <algorithm>
#include <utility>

namespace lectern::classroom {

std::expected<Reactions::Kind, const char*> Reactions::read(const nlohmann::json& message) {
  const auto name = text_member(message, "kind");
  for (Kind kind = 0; kind < kNames.size(); ++kind)
    if (name == kNames[kind]) return kind;
  return std::unexpected("The kind of a reaction is clap, heart, laugh, thumb or wow.");
}

std::optional<Telling> Reactions::tick() {
  if (!needs_ticks()) return std::nullopt;
  nlohmann::json counts = nlohmann::json::object();
  for (Kind kind = 0; kind < kNames.size(); ++kind)
    if (counts_[kind] > 0) counts[std::string(kNames[kind])] = counts_[kind];
  counts_.fill(0);
  return Telling{.audience = Audience::kEverybody,
                 .lane = Lane::kDroppable,
                 .message = {{"type", "reactions"}, {"counts", std::move(counts)}}};
}

bool Reactions::needs_ticks() const {
  return std::ranges::any_of(counts_, [](std::uint32_t count) { return count > 0; });
}

}  // namespace lectern::classroom
