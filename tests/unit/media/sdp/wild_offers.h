// The descriptions of tests/data/sdp-wild, and how they are answered.
#pragma once

#include "media/sdp/answer.h"

#include <gtest/gtest.h>

#include <expected>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::sdp {

inline AnswerParameters parameters() {
  return {.session_id = 7,
          .ufrag = "SRV1",
          .pwd = "0123456789abcdefghijkl",
          .fingerprint = "AA:BB",
          .candidates = {{.address = "192.0.2.2", .port = 9000}},
          .start_bitrate = std::nullopt};
}

inline std::expected<Answer, Refusal> publish(const std::string& text) {
  return answer_publisher(text, parameters());
}

inline std::expected<Answer, Refusal> view(const std::string& text) {
  const ViewerStreams streams{
      .by_kind = {StreamSsrc{10, 0}, StreamSsrc{20, 21}, StreamSsrc{30, 31}}, .cname = "c"};
  return answer_viewer(text, parameters(), streams);
}

inline std::string wild(const std::string& name) {
  std::ifstream file("tests/data/sdp-wild/" + name + ".sdp", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

inline constexpr std::string_view kSession =
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n"
    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 "
    "0B:30:55:7A:9F:C4:E9:0E:33:58:7D:A2:C7:EC:11:36:5B:80:A5:CA:EF:14:39:5E:83:A8:CD:F2:17:3C:61:"
    "86"
    "\r\n";

// One H.264 section; `lines` are payload type and parameters.
inline std::string h264_offer(std::string_view direction,
                              const std::vector<std::pair<int, std::string>>& lines) {
  std::string formats;
  std::string attributes;
  for (const auto& [payload_type, fmtp] : lines) {
    const std::string number = std::to_string(payload_type);
    formats.append(" ").append(number);
    attributes.append("a=rtpmap:").append(number).append(" H264/90000\r\n");
    if (!fmtp.empty())
      attributes.append("a=fmtp:").append(number).append(" ").append(fmtp).append("\r\n");
  }
  return std::string(kSession) + "m=video 9 UDP/TLS/RTP/SAVPF" + formats +
         "\r\na=" + std::string(direction) + "\r\na=rtcp-mux\r\n" + attributes;
}

}  // namespace lectern::sdp
