// Each rule of docs/protocol.md is cited in the name of a test, and each cited rule exists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace lectern::signaling {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::set<int> numbers(const std::string& text, const std::regex& pattern) {
  std::set<int> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
    found.insert(std::stoi((*match)[1]));
  return found;
}

TEST(Rules, EachIsCitedByATest) {
  const std::set<int> rules =
      numbers(contents("docs/protocol.md"), std::regex(R"(\*\*\[P([0-9]+)\]\*\*)"));
  ASSERT_GT(rules.size(), 30U);
  std::set<int> cited;
  const std::regex test_name(R"(\nTEST(?:_F|_P)?\(\w+, ((?:P[0-9]+)+))");
  for (const auto& file : std::filesystem::directory_iterator("tests/unit/signaling")) {
    const std::string text = contents(file.path());
    for (std::sregex_iterator match(text.begin(), text.end(), test_name), end; match != end;
         ++match)
      cited.merge(numbers((*match)[1], std::regex("P([0-9]+)")));
  }
  // Rules for pages alone, tested with them (web/test).
  const std::set<int> of_pages = {50};
  std::set<int> expected = rules;
  for (const int rule : of_pages) expected.erase(rule);
  EXPECT_EQ(cited, expected);
}

}  // namespace
}  // namespace lectern::signaling
