#include "signaling/desk/features.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace lectern::signaling {

using classroom::Context;
using classroom::Reactions;
using Json = nlohmann::json;

namespace {

const char* react(Features& features, const Context& /*context*/, const Json& message,
                  Tellings& /*tellings*/) {
  const auto kind = Reactions::read(message);
  if (!kind) return kind.error();
  features.reactions.apply(*kind);
  return nullptr;
}

void count_reactions(Features& features, Tellings& tellings) {
  if (auto counts = features.reactions.tick()) tellings.push_back(*std::move(counts));
}

constexpr std::array kFeatures = {
    Feature{.type = "reaction", .rate = {2, 6}, .apply = react, .tick = count_reactions},
};

}  // namespace

std::span<const Feature> features() {
  return kFeatures;
}

const Feature* find_feature(std::string_view type) {
  const auto* const found = std::ranges::find(kFeatures, type, &Feature::type);
  return found == kFeatures.end() ? nullptr : found;
}

}  // namespace lectern::signaling
