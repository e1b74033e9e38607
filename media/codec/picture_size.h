#pragma once

#include <cstdint>

namespace lectern::codec {

// Luma samples.
struct PictureSize {
  uint32_t width = 0;
  uint32_t height = 0;

  bool operator==(const PictureSize&) const = default;
};

}  // namespace lectern::codec
