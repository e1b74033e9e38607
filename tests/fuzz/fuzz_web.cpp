// A client of the web listener: the first octet draws where its stream is cut, the rest is the
// stream. However it is cut, the same is understood and the same is said, but for pongs: of several
// pings that came at once only the last is answered. And a listener that answers late, writes in
// little pieces and lets time pass survives it too.
#include "base/check.h"
#include "base/rng.h"
#include "tests/unit/server/recorded_connection.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace lectern;
using namespace lectern::io;

namespace {

void feed_in_pieces(RecordedConnection& client, std::string_view stream, Rng& rng) {
  while (!stream.empty()) {
    const auto size = std::min<std::size_t>(1 + rng.below(40), stream.size());
    client.feed(stream.substr(0, size));
    stream.remove_prefix(size);
  }
}

bool is_pong(const std::string& piece) {
  return piece.starts_with('\x8a');
}
bool is_close(const std::string& piece) {
  return piece.starts_with('\x88');
}

std::vector<std::string> without_pongs(std::vector<std::string> pieces) {
  std::erase_if(pieces, is_pong);
  return pieces;
}

std::string last_pong(const std::vector<std::string>& pieces) {
  const auto last = std::ranges::find_if(pieces.rbegin(), pieces.rend(), is_pong);
  return last == pieces.rend() ? std::string() : *last;
}

void check_same(const RecordedConnection& one, const RecordedConnection& other) {
  LECTERN_CHECK(one.events() == other.events());
  LECTERN_CHECK(without_pongs(one.pieces()) == without_pongs(other.pieces()));
  LECTERN_CHECK(last_pong(one.pieces()) == last_pong(other.pieces()));
}

// RFC 6455 section 5.5.1.
void check_nothing_follows_close(const std::vector<std::string>& pieces) {
  const auto close = std::ranges::find_if(pieces, is_close);
  LECTERN_CHECK(close == pieces.end() || close + 1 == pieces.end());
}

// The bounds that hold whatever a client sends.
void check_bounds(RecordedConnection& client) {
  LECTERN_CHECK(client.connection().is_over() || client.connection().has_output() ||
                client.connection().wants_bytes() || client.is_shut_down() ||
                !client.events().empty());
}

// Answers come late, what is written is not taken at once, and in between seconds pass.
void feed_a_slow_server(std::string_view stream, Rng& rng) {
  RecordedConnection client;
  client.answer_later();
  while (!stream.empty() && !client.connection().is_over()) {
    const auto size = std::min<std::size_t>(1 + rng.below(200), stream.size());
    rng.chance(0.3) ? client.stop_writing() : client.resume_writing();
    client.feed(stream.substr(0, size));
    stream.remove_prefix(size);
    client.connection().respond(client.now(), {.status = 200, .headers = {}, .body = body_of("x")});
    if (rng.chance(0.1)) {
      client.connection().close(client.now(), 1001, "bye");
    }
    if (rng.chance(0.2)) {
      client.pass(Duration::seconds(static_cast<std::int64_t>(rng.below(15))));
    }
    check_bounds(client);
  }
  client.resume_writing();
  for (int i = 0; i < 20 && !client.connection().is_over(); ++i) {
    client.pass(Duration::seconds(130));
  }
  LECTERN_CHECK(client.connection().is_over());
  check_nothing_follows_close(client.pieces());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  Rng rng(data[0]);
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  RecordedConnection whole;
  whole.feed(stream);
  RecordedConnection cut;
  feed_in_pieces(cut, stream, rng);
  check_same(cut, whole);
  check_nothing_follows_close(whole.pieces());
  check_nothing_follows_close(cut.pieces());
  feed_a_slow_server(stream, rng);
  return 0;
}
