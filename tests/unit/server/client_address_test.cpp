#include "server/client_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lectern::server {
namespace {

std::string client(const char* peer, const char* forwarded_for,
                   const std::vector<std::string>& trusted = {}) {
  io::WebRequest request;
  request.remote = *Endpoint::parse(peer, 4711);
  if (*forwarded_for != '\0') {
    request.headers.emplace_back("x-forwarded-for", forwarded_for);
  }
  return TrustedProxies(trusted).client_of(request).address_text();
}

TEST(ClientAddress, P70OnlyATrustedProxyIsBelieved) {
  EXPECT_EQ(client("198.51.100.7", ""), "198.51.100.7");
  EXPECT_EQ(client("198.51.100.7", "192.0.2.1"), "198.51.100.7");
  EXPECT_EQ(client("127.0.0.1", "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client("::1", "2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(client("127.0.0.1", ""), "127.0.0.1");
  EXPECT_EQ(client("10.0.0.5", "192.0.2.1", {"10.0.0.5"}), "192.0.2.1");
  EXPECT_EQ(client("::ffff:10.0.0.5", "192.0.2.1", {"10.0.0.5"}), "192.0.2.1");
}

TEST(ClientAddress, TrustedAreProxiesOfThisMachineAndThoseThatAreNamed) {
  const TrustedProxies named({"10.0.0.5", "2001:db8::5"});
  for (const char* peer : {"127.0.0.1", "::1", "10.0.0.5", "2001:db8::5"}) {
    EXPECT_TRUE(named.contains(*Endpoint::parse(peer, 4711))) << peer;
  }
  for (const char* peer : {"10.0.0.6", "2001:db8::6", "198.51.100.7"}) {
    EXPECT_FALSE(named.contains(*Endpoint::parse(peer, 4711))) << peer;
  }
}

TEST(ClientAddress, P70WhatTheClientItselfWroteIsNotBelieved) {
  EXPECT_EQ(client("127.0.0.1", "203.0.113.9, 192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client("127.0.0.1", "203.0.113.9, 192.0.2.1, 10.0.0.5", {"10.0.0.5"}), "192.0.2.1");
  EXPECT_EQ(client("127.0.0.1", "192.0.2.1, junk"), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", "junk, 192.0.2.1 "), "192.0.2.1");
  EXPECT_EQ(client("127.0.0.1", ","), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", "192.0.2.1:5000"), "192.0.2.1");
  EXPECT_EQ(client("127.0.0.1", "[2001:db8::1]:5000"), "2001:db8::1");
}

TEST(ClientAddress, P9AnyWordOfAProxyIsSeen) {
  io::WebRequest request;
  EXPECT_FALSE(is_forwarded(request));
  for (const char* name : {"forwarded", "via", "x-forwarded-for", "x-forwarded-host",
                           "x-forwarded-proto", "x-real-ip"}) {
    request.headers = {{name, "x"}};
    EXPECT_TRUE(is_forwarded(request)) << name;
    request.headers = {{name, ""}};
    EXPECT_TRUE(is_forwarded(request)) << name << " without a value";
  }
  request.headers = {{"host", "localhost"}, {"origin", "http://localhost"}};
  EXPECT_FALSE(is_forwarded(request));
  request.is_1_0 = true;
  EXPECT_TRUE(is_forwarded(request)) << "nginx, untold";
}

}  // namespace
}  // namespace lectern::server
