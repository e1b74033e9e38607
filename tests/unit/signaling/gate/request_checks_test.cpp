#include "signaling/gate/request_checks.h"

#include "signaling/gate/header_values.h"

#include <gtest/gtest.h>

#include <string>

namespace lectern::signaling {
namespace {

TEST(RequestChecks, P10AcceptAdmitsBySpecificTypeOrWildcard) {
  for (const char* accept : {"", "  ", "application/sdp", "Application/SDP", "*/*", "application/*",
                             "text/html, application/sdp;q=0.5", "text/html,*/*;q=0.1"})
    EXPECT_TRUE(accepts(accept, "application/sdp")) << accept;
  for (const char* accept : {"text/html", "application/json", "text/*", "application/sdpx", ","})
    EXPECT_FALSE(accepts(accept, "application/sdp")) << accept;
}

TEST(RequestChecks, P10OnlyPrintableUtf8IsText) {
  EXPECT_TRUE(is_printable("v=0\r\ns=-\ti\n"));
  EXPECT_TRUE(is_printable("kelas \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("\x1b[0m"), std::string("\x7f"), std::string("\x80"),
        std::string("\xc3"), std::string("\xc3("), std::string("\xe2\x82"), std::string("\xff"),
        std::string("\xc0\xaf"), std::string("\xf5\x80\x80\x80")})
    EXPECT_FALSE(is_printable(text));
}

TEST(RequestChecks, AQueryGivesTheFirstValueOfAName) {
  EXPECT_EQ(query_value("client=a&client=b", "client"), "a");
  EXPECT_EQ(query_value("x=1&client=", "client"), "");
  EXPECT_EQ(query_value("client", "client"), std::nullopt);
  EXPECT_EQ(query_value("clients=a", "client"), std::nullopt);
  EXPECT_EQ(query_value("", "client"), std::nullopt);
}

}  // namespace
}  // namespace lectern::signaling
