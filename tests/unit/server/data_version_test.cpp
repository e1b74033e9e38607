#include "server/data_version.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace lectern::server {
namespace {

class DataVersion : public testing::Test {
 protected:
  DataVersion()
      : folder_(std::filesystem::temp_directory_path() /
                ("lectern-data-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~DataVersion() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) { std::ofstream(folder_ / "VERSION") << text; }
  std::string fault() {
    const auto checked = check_data_version(folder_);
    return checked ? "" : checked.error().context;
  }

  std::filesystem::path folder_;
};

TEST_F(DataVersion, ANewFolderIsStampedAndThenOurs) {
  EXPECT_EQ(fault(), "");
  ASSERT_TRUE(stamp_data_version(folder_));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "VERSION"));
  EXPECT_EQ(fault(), "");
}

TEST_F(DataVersion, ThatOfANewerServerIsRefused) {
  write("2\n");
  EXPECT_NE(fault().find("of a newer server (version 2, this one knows 1)"), std::string::npos)
      << fault();
}

TEST_F(DataVersion, WhatIsNoNumberIsRefused) {
  for (const char* text : {"", "one", "1x"}) {
    write(text);
    EXPECT_NE(fault().find("should hold one number"), std::string::npos) << text;
  }
}

TEST_F(DataVersion, AnOldStampStays) {
  write("1\n");
  ASSERT_TRUE(stamp_data_version(folder_));
  std::string line;
  std::ifstream(folder_ / "VERSION") >> line;
  EXPECT_EQ(line, "1");
}

TEST(DataVersionOfNoFolder, IsOfANewOne) {
  EXPECT_TRUE(check_data_version("/nonexistent"));
  EXPECT_FALSE(stamp_data_version("/nonexistent"));
}

}  // namespace
}  // namespace lectern::server
