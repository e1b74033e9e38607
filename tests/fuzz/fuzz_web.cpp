// A client of the web listener: the first octet draws where its stream is cut, the rest is the
// stream. However it is cut, the same is understood and the same is said; and a listener that
// answers late, writes in little pieces and lets time pass survives it too.
#include "base/check.h"
#include "base/rng.h"
#include "tests/unit/server/recorded_connection.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

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
  LECTERN_CHECK(cut.events() == whole.events());
  LECTERN_CHECK(cut.written() == whole.written());
  feed_a_slow_server(stream, rng);
  return 0;
}
