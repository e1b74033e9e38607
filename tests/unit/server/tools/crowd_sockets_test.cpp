#include "server/tools/crowd_sockets.h"

#include "server/io/udp_socket.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace lectern::tools {
namespace {

void put(SendBatch& batch, const std::string& text, const Path& path) {
  std::ranges::copy(text, batch.next().begin());
  batch.commit(text.size(), path);
}

TEST(CrowdSockets, GiveEachViewerAnAddressOfItsOwn) {
  auto crowd = CrowdSockets::open(true);
  ASSERT_TRUE(crowd);
  EXPECT_EQ(crowd->address_of(0).address_text(), "127.1.0.1");
  EXPECT_EQ(crowd->address_of(19'999).address_text(), "127.1.78.32");
  EXPECT_TRUE(crowd->address_of(0).is_loopback());
}

// To a server, and back: the server sees as many addresses as there are viewers, and what it sends
// as one GSO message arrives as the datagrams that it was.
TEST(CrowdSockets, CarryEachViewersDatagramsBothWays) {
  for (const bool takes_gro : {true, false}) {
    auto crowd = CrowdSockets::open(takes_gro);
    auto server = io::UdpSocket::open_loopback();
    ASSERT_TRUE(crowd && server);
    SendBatch batch;
    for (const size_t viewer : {0U, 1U, 9U, 3000U})
      put(batch, std::to_string(viewer), {server->local(), crowd->address_of(viewer)});
    crowd->send(batch);
    const auto received = server->receive();
    ASSERT_EQ(received.datagrams.size(), 4U);
    SendBatch replies;
    for (const io::ReceivedDatagram& datagram : received.datagrams)
      for (const char* part : {"aaaa", "bbbb", "cc"}) put(replies, part, datagram.path);
    server->send(replies);
    std::map<size_t, std::vector<std::string>> taken;
    crowd->receive([&](Instant, size_t viewer, const Path& path, MutableBytes bytes) {
      EXPECT_EQ(path.remote, server->local());
      EXPECT_EQ(path.local, crowd->address_of(viewer));
      taken[viewer].emplace_back(bytes.begin(), bytes.end());
    });
    EXPECT_EQ(taken.size(), 4U);
    for (const size_t viewer : {0U, 1U, 9U, 3000U})
      EXPECT_EQ(taken[viewer], (std::vector<std::string>{"aaaa", "bbbb", "cc"})) << viewer;
    EXPECT_EQ(crowd->dropped(), 0U);
  }
}

}  // namespace
}  // namespace lectern::tools
