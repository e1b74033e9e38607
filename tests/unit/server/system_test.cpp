// Files, paths and ports that an operator may get wrong: one sentence each.
#include "server/system.h"

#include "server/certificate.h"
#include "server/io/fd.h"
#include "server/paths.h"
#include "server/port_probe.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace lectern::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "system-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

TEST(ReadFile, GivesWhatIsInIt) {
  const Folder folder;
  std::ofstream(folder / "key") << std::string(40'000, 'k');
  EXPECT_EQ(read_file(folder / "key").value(), std::string(40'000, 'k'));
}

TEST(ReadFile, AFolderIsNoFile) {
  const Folder folder;
  const auto text = read_file(folder / "");
  ASSERT_FALSE(text.has_value());
  EXPECT_THAT(text.error().context, HasSubstr("Is a directory"));
  const auto pair = check_certificate(folder / "", folder / "");
  ASSERT_FALSE(pair.has_value());
  EXPECT_THAT(pair.error().context, HasSubstr("Is a directory"));
}

TEST(ReadFile, WhatIsAbsentOrEndlessIsSaid) {
  const Folder folder;
  EXPECT_THAT(read_file(folder / "absent").error().context, HasSubstr("No such file"));
  std::ofstream(folder / "long") << std::string(1'100'000, 'x');
  EXPECT_THAT(read_file(folder / "long").error().context, HasSubstr("longer than the megabyte"));
}

TEST(ReadFile, APipeOrADeviceKeepsNobodyWaiting) {
  const Folder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(read_file(folder / "pipe").error().context, HasSubstr("is a pipe or a device"));
  EXPECT_THAT(read_file("/dev/zero").error().context, HasSubstr("is a pipe or a device"));
}

TEST(System, KnowsAKeyThatEverybodyMayRead) {
  const Folder folder;
  std::ofstream(folder / "key") << "secret";
  chmod((folder / "key").c_str(), 0640);
  EXPECT_FALSE(is_readable_by_others(folder / "key"));
  chmod((folder / "key").c_str(), 0644);
  EXPECT_TRUE(is_readable_by_others(folder / "key"));
  EXPECT_FALSE(is_readable_by_others(folder / "absent"));
}

TEST(Paths, TheControlSocketMustFitIntoAnAddress) {
  const std::string rest = "/run/control.sock";
  EXPECT_TRUE(check_control_socket(std::string(107 - rest.size(), 'd')));
  const auto longer = check_control_socket(std::string(110 - rest.size(), 'd'));
  ASSERT_FALSE(longer.has_value());
  EXPECT_THAT(longer.error().context, HasSubstr("3 characters too long"));
  EXPECT_THAT(longer.error().context, HasSubstr("--data"));
}

// A TCP port that somebody listens on at 127.0.0.1.
class Taken {
 public:
  Taken() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_.number(), 1), 0);
    EXPECT_EQ(getsockname(fd_.number(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  io::Fd fd_;
  std::uint16_t port_ = 0;
};

ServeConfig listening_at(const std::string& address, std::uint16_t port) {
  ServeConfig config;
  config.web.listen = address;
  config.web.port = port;
  config.web.metrics_port = 0;
  config.media_workers = 0;  // none is probed
  return config;
}

TEST(PortProbe, TriesTheAddressThatTheServerListensAt) {
  const Taken taken;
  EXPECT_THAT(taken_ports(listening_at("127.0.0.1", taken.port())),
              ElementsAre(HasSubstr(std::to_string(taken.port()) + " of 127.0.0.1 is in use")));
  EXPECT_THAT(taken_ports(listening_at("127.0.0.2", taken.port())), IsEmpty());
  EXPECT_THAT(taken_ports(listening_at("", taken.port())), ElementsAre(HasSubstr("is in use")));
}

TEST(PortProbe, SaysThatAnAddressIsNotOfThisMachine) {
  EXPECT_THAT(taken_ports(listening_at("192.0.2.7", 18080)),
              ElementsAre(HasSubstr("192.0.2.7 is no address of this machine")));
}

}  // namespace
}  // namespace lectern::server
