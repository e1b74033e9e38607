// The recorded offers of tests/data/sdp.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lectern::sdp {

inline const std::filesystem::path kOffers = "tests/data/sdp";

inline std::string offer(const std::string& name) {
  std::ifstream file(kOffers / (name + ".sdp"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> all_offers() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kOffers)) {
    names.push_back(entry.path().stem().string());
  }
  return names;
}

}  // namespace lectern::sdp
