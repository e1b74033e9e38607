// Whatever offer is accepted, however it was bent: its answer can be read, has its sections, and
// promises nothing that was not offered.
#include "base/rng.h"
#include "media/sdp/answer.h"
#include "tests/property/seed.h"
#include "tests/unit/media/sdp/offers.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lectern::sdp {
namespace {

constexpr size_t kRounds = 1000;

std::vector<std::string> samples() {
  std::vector<std::string> texts;
  for (const char* folder : {"tests/data/sdp", "tests/data/sdp-wild"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".sdp") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  std::ranges::sort(texts);
  return texts;
}

// Drops, doubles or moves some lines.
std::string bent(const std::string& text, Rng& rng) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  for (uint64_t change = rng.below(4); change > 0 && lines.size() > 1; --change) {
    const auto at = static_cast<std::ptrdiff_t>(1 + rng.below(lines.size() - 1));
    const std::string line = lines[static_cast<size_t>(at)];
    const uint64_t kind = rng.below(3);
    if (kind != 1) lines.erase(lines.begin() + at);
    if (kind == 0 || lines.size() < 2) continue;
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(1 + rng.below(lines.size() - 1)),
                 line);
  }
  std::string joined;
  for (const std::string& line : lines) joined += line;
  return joined;
}

void check_section(const Media& offered, const Media& answered) {
  EXPECT_EQ(answered.kind, offered.kind);
  EXPECT_EQ(answered.protocol, offered.protocol);
  EXPECT_EQ(answered.mid, offered.mid);
  if (answered.port == 0) return;
  for (const CodecLine& codec : answered.codecs)
    EXPECT_NE(std::ranges::find(offered.codecs, codec.payload_type, &CodecLine::payload_type),
              offered.codecs.end());
  for (const Extension& extension : answered.extensions) {
    EXPECT_TRUE(std::ranges::any_of(offered.extensions, [&](const Extension& other) {
      return other.id == extension.id && other.uri == extension.uri;
    }));
  }
  for (const std::string& rid : answered.simulcast_recv)
    EXPECT_NE(std::ranges::find(offered.simulcast_send, rid), offered.simulcast_send.end());
  EXPECT_LE(answered.has_rtcp_rsize, offered.has_rtcp_rsize);
}

TEST(SdpProperty, AnAnswerFitsItsOffer) {
  Rng rng(property_seed());
  const auto texts = samples();
  ASSERT_FALSE(texts.empty());
  const AnswerParameters parameters{.ufrag = "SRV1",
                                    .pwd = "0123456789abcdefghijkl",
                                    .fingerprint = "AA:BB",
                                    .candidates = {{.address = "192.0.2.2", .port = 9000}},
                                    .start_bitrate = DataRate::kbps(2000)};
  const ViewerStreams streams{
      .by_kind = {StreamSsrc{10, 0}, StreamSsrc{20, 21}, StreamSsrc{30, 31}}, .cname = "c"};
  size_t accepted = 0;
  for (size_t round = 0; round < kRounds; ++round) {
    const std::string text = bent(texts[rng.below(texts.size())], rng);
    SCOPED_TRACE(text);
    const auto answer = rng.below(2) == 0 ? answer_publisher(text, parameters)
                                          : answer_viewer(text, parameters, streams);
    if (!answer) {
      ASSERT_FALSE(answer.error().sentence.empty());
      continue;
    }
    ++accepted;
    const auto offer = parse(text);
    const auto read = parse(answer->text);
    ASSERT_TRUE(offer && read);
    ASSERT_EQ(read->media.size(), offer->media.size());
    for (size_t i = 0; i < read->media.size(); ++i) check_section(offer->media[i], read->media[i]);
    if (HasFailure()) return;
  }
  EXPECT_GT(accepted, kRounds / 10);
}

}  // namespace
}  // namespace lectern::sdp
