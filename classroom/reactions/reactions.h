// Reactions: five kinds of applause, counted over a second and shown to everybody ([P120]). Who has
// reacted is nobody's business, so it is not kept.
#pragma once

#include "classroom/context.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace lectern::classroom {

class Reactions {
 public:
  static constexpr std::array<std::string_view, 5> kNames = {"clap", "heart", "laugh", "thumb",
                                                             "wow"};
  using Kind = std::size_t;  // an index of kNames

  // `{"type":"reaction","kind":"clap"}`; the error is one sentence.
  [[nodiscard]] static std::expected<Kind, const char*> read(const nlohmann::json& message);

  void apply(Kind kind) { ++counts_[kind]; }
  // What came since it was last asked; to be called each second. Nothing when nothing came.
  [[nodiscard]] std::optional<Telling> tick();
  [[nodiscard]] bool needs_ticks() const;

 private:
  std::array<std::uint32_t, kNames.size()> counts_{};
};

}  // namespace lectern::classroom
