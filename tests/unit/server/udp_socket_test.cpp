// Over loopback: what is sent is there when sendmmsg returns, so nothing here waits.
#include "server/io/udp_socket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace lectern::io {
namespace {

UdpSocket opened(Result<UdpSocket> socket) {
  EXPECT_TRUE(socket) << (socket ? "" : socket.error().context);
  return *std::move(socket);
}

Endpoint at(std::uint8_t last_byte, const UdpSocket& socket) {
  return Endpoint::v4(127, 0, 0, last_byte, socket.local().port);
}

void put(SendBatch& batch, std::size_t size, std::uint8_t fill, const Path& path) {
  std::ranges::fill(batch.next().first(size), fill);
  batch.commit(size, path);
}

struct Arrived {
  std::size_t size;
  std::uint8_t first_byte;
  Path path;
};

std::vector<Arrived> receive_all(UdpSocket& socket) {
  std::vector<Arrived> arrived;
  for (;;) {
    const UdpSocket::Received received = socket.receive();
    for (const ReceivedDatagram& datagram : received.datagrams) {
      arrived.push_back({datagram.bytes.size(), datagram.bytes[0], datagram.path});
    }
    if (!received.may_have_more) {
      return arrived;
    }
  }
}

TEST(UdpSocket, AReplyLeavesFromTheAddressThatWasAddressed) {
  UdpSocket server = opened(UdpSocket::open_any(0));
  UdpSocket client = opened(UdpSocket::open_loopback());
  SendBatch batch;
  // 127.0.0.2 is this machine too, but not the address that the kernel would answer from.
  put(batch, 10, 1, Path{at(2, server), {}});
  client.send(batch);
  const auto asked = receive_all(server);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].path.remote, client.local());
  EXPECT_EQ(asked[0].path.local, at(2, server));

  batch.clear();
  put(batch, 20, 2, asked[0].path);
  server.send(batch);
  const auto answered = receive_all(client);
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_EQ(answered[0].path.remote, at(2, server));
  EXPECT_EQ(answered[0].size, 20U);
}

TEST(UdpSocket, ARunOfEqualDatagramsArrivesAsItWas) {
  UdpSocket server = opened(UdpSocket::open_any(0));
  UdpSocket client = opened(UdpSocket::open_loopback());
  SendBatch batch;
  const std::vector<std::size_t> sizes = {1100, 1100, 1100, 300, 300, 1200};
  for (const std::size_t size : sizes) {
    put(batch, size, static_cast<std::uint8_t>(batch.count()), Path{client.local(), at(1, server)});
  }
  server.send(batch);
  const auto arrived = receive_all(client);
  ASSERT_EQ(arrived.size(), sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(arrived[i].size, sizes[i]);
    EXPECT_EQ(arrived[i].first_byte, i);
    EXPECT_EQ(arrived[i].path.remote, at(1, server));
  }
  EXPECT_EQ(server.counters().sent, sizes.size());
  EXPECT_EQ(server.counters().sent_bytes, 5100U);
  if (server.uses_gso()) {
    EXPECT_EQ(server.counters().gso_messages, 1U);
  }
}

TEST(UdpSocket, AnUnreachablePathCostsOnlyItsOwnDatagrams) {
  UdpSocket server = opened(UdpSocket::open_any(0));
  UdpSocket client = opened(UdpSocket::open_loopback());
  SendBatch batch;
  const Path good{client.local(), at(1, server)};
  // No interface has this source address: the kernel refuses the message.
  const Path bad{client.local(), Endpoint::v4(203, 0, 113, 7, server.local().port)};
  put(batch, 100, 0, good);
  put(batch, 100, 1, bad);
  put(batch, 100, 2, bad);
  put(batch, 100, 3, good);
  server.send(batch);
  const auto arrived = receive_all(client);
  ASSERT_EQ(arrived.size(), 2U);
  EXPECT_EQ(arrived[1].first_byte, 3);
  EXPECT_EQ(server.counters().drops.get(DropReason::kSendFailed), 2U);
  EXPECT_EQ(server.counters().sent, 2U);
}

TEST(UdpSocket, AFullBatchAndMoreIsReadInSeveralCalls) {
  UdpSocket server = opened(UdpSocket::open_any(0));
  UdpSocket client = opened(UdpSocket::open_loopback());
  for (int round = 0; round < 3; ++round) {
    SendBatch batch;
    while (!batch.is_full()) {
      put(batch, 200, 0, Path{at(1, server), {}});
    }
    client.send(batch);
  }
  EXPECT_EQ(receive_all(server).size(), 3 * SendBatch::kMaxDatagrams);
}

TEST(UdpSocket, ATakenPortIsNamed) {
  const UdpSocket first = opened(UdpSocket::open_any(0));
  const auto second = UdpSocket::open_any(first.local().port);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().context.find(std::to_string(first.local().port)), std::string::npos);
  EXPECT_EQ(second.error().code, std::errc::address_in_use);
}

}  // namespace
}  // namespace lectern::io
