// What ICE costs a server: a check answered by the lite agent, and junk turned away.
//
//   ninja bench_stun && bench/bench_stun

#include "base/check.h"
#include "media/ice/lite_agent.h"
#include "media/ice/ufrag.h"
#include "media/stun/message.h"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace lectern {
namespace {

constexpr SipKey kKey = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

struct Check {
  ice::Credentials local{.ufrag = ice::encode_ufrag({.slot = 5, .generation = 6}, kKey),
                         .password = "0123456789abcdefghijkl"};
  std::array<uint8_t, stun::kMaxMessageSize> buffer{};
  size_t size = 0;

  Check() {
    size = stun::write_binding_request({.receiver_ufrag = local.ufrag,
                                        .sender_ufrag = "abcd",
                                        .priority = 1,
                                        .use_candidate = true},
                                       as_bytes(local.password), buffer);
    LECTERN_CHECK(size > 0);
  }
  [[nodiscard]] Bytes datagram() const { return Bytes(buffer).first(size); }
};

void parse(benchmark::State& state) {
  const Check check;
  for (auto _ : state) benchmark::DoNotOptimize(stun::parse(check.datagram()));
}
BENCHMARK(parse);

// The way of a datagram whose ufrag is not ours: no HMAC, no table.
void refuse_by_tag(benchmark::State& state) {
  const Check check;
  SipKey other = kKey;
  other[0] = 99;
  for (auto _ : state) {
    const auto message = stun::parse(check.datagram());
    const auto username = stun::split_username(*message);
    benchmark::DoNotOptimize(ice::decode_ufrag(username->receiver, other));
  }
}
BENCHMARK(refuse_by_tag);

// Parse, HMAC of the request, HMAC of the answer.
void answer_check(benchmark::State& state) {
  const Check check;
  ice::LiteAgent agent(Instant::from_ms(0), check.local);
  const Path path{.remote = Endpoint::v4(192, 0, 2, 1, 4000), .local = {}};
  std::array<uint8_t, stun::kMaxMessageSize> reply{};
  for (auto _ : state) {
    const auto outcome = agent.handle_datagram(Instant::from_ms(1), path, check.datagram(), reply);
    LECTERN_CHECK(outcome.reply_size > 0 && !outcome.drop);
    benchmark::DoNotOptimize(reply);
  }
}
BENCHMARK(answer_check);

}  // namespace
}  // namespace lectern
