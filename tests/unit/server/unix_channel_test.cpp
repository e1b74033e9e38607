// Two ends of a channel in one loop; each test runs the loop until what it waits for has happened.
#include "server/io/unix_channel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lectern::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRecord = 1024;

class UnixChannelTest : public testing::Test {
 protected:
  UnixChannelTest() : path_(fs::temp_directory_path() / ("channel-" + std::to_string(getpid()))) {
    auto listening = UnixListener::listen(path_);
    EXPECT_TRUE(listening);
    listener_ = std::make_unique<UnixListener>(loop_, *std::move(listening), [this](Fd socket) {
      server_ = open(std::move(socket), server_records_, server_closed_);
      loop_.stop();
    });
    client_ = connect();
    loop_.run();
  }
  ~UnixChannelTest() override { fs::remove(path_); }

  std::unique_ptr<UnixChannel> connect() {
    auto socket = UnixChannel::connect(path_);
    EXPECT_TRUE(socket);
    return open(*std::move(socket), client_records_, client_closed_);
  }

  std::unique_ptr<UnixChannel> open(Fd socket, std::vector<std::string>& records, int& closed) {
    return std::make_unique<UnixChannel>(
        loop_, std::move(socket), kMaxRecord,
        UnixChannel::Handlers{.on_record =
                                  [this, &records](std::string_view record) {
                                    records.emplace_back(record);
                                    loop_.stop();
                                  },
                              .on_closed =
                                  [this, &closed] {
                                    ++closed;
                                    loop_.stop();
                                  }});
  }

  UvLoop loop_;
  fs::path path_;
  std::vector<std::string> server_records_;
  std::vector<std::string> client_records_;
  int server_closed_ = 0;
  int client_closed_ = 0;
  std::unique_ptr<UnixListener> listener_;
  std::unique_ptr<UnixChannel> server_;
  std::unique_ptr<UnixChannel> client_;
};

TEST_F(UnixChannelTest, RecordsKeepTheirEdgesInBothDirections) {
  client_->send("one");
  client_->send("two");
  server_->send("three");
  while (server_records_.size() < 2 || client_records_.empty()) {
    loop_.run();
  }
  EXPECT_EQ(server_records_, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(client_records_, (std::vector<std::string>{"three"}));
}

TEST_F(UnixChannelTest, TheOtherEndsDepartureIsSeenOnce) {
  client_.reset();
  loop_.run();
  EXPECT_EQ(server_closed_, 1);
  EXPECT_FALSE(server_->is_open());
  server_->send("nobody hears this");
  server_->close();
  EXPECT_EQ(server_closed_, 1);
}

TEST_F(UnixChannelTest, ARecordOverTheLimitClosesTheChannel) {
  client_->send(std::string(kMaxRecord + 1, 'x'));
  loop_.run();
  EXPECT_EQ(server_closed_, 1);
  EXPECT_TRUE(server_records_.empty());
}

TEST_F(UnixChannelTest, APeerThatDoesNotReadIsClosedAtTheBound) {
  const std::string record(kMaxRecord, 'x');
  std::size_t sent = 0;
  while (client_->is_open() && sent < 4 * UnixChannel::kMaxQueuedBytes) {
    client_->send(record);
    sent += record.size();
  }
  EXPECT_EQ(client_closed_, 1);
  EXPECT_GT(sent, UnixChannel::kMaxQueuedBytes);
}

TEST_F(UnixChannelTest, ALivingListenerIsNotPushedAside) {
  const auto second = UnixListener::listen(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::address_in_use);
}

TEST_F(UnixChannelTest, ADeadListenersSocketFileIsReplaced) {
  listener_.reset();
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_TRUE(UnixListener::listen(path_));
}

TEST(UnixChannel, NobodyListensYet) {
  const auto socket = UnixChannel::connect("/nonexistent/control.sock");
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, std::errc::no_such_file_or_directory);
  EXPECT_FALSE(UnixChannel::connect("/" + std::string(200, 'x')));
}

}  // namespace
}  // namespace lectern::io
