// The table of features: what people do in a class besides looking and listening, one line each.
// The features themselves are in classroom/ and know nothing of pages.
#pragma once

#include "classroom/context.h"
#include "classroom/reactions/reactions.h"
#include "signaling/terms/message_rate.h"

#include <nlohmann/json.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace lectern::signaling {

// The state of all features of one class.
struct Features {
  classroom::Reactions reactions{};
};

using Tellings = std::vector<classroom::Telling>;

struct Feature {
  std::string_view type;  // of the messages that pages say to it
  MessageRate rate;       // of one person, over all their pages; held by the gate
  // Reads and applies one message. What is wrong with it comes back as a sentence, null when
  // nothing is.
  const char* (*apply)(Features&, const classroom::Context&, const nlohmann::json&, Tellings&);
  // To be called each second; null for a feature that does not wait for time.
  void (*tick)(Features&, Tellings&);
};

[[nodiscard]] std::span<const Feature> features();
// Null for a type that is no feature's.
[[nodiscard]] const Feature* find_feature(std::string_view type);

}  // namespace lectern::signaling
