// What encrypting one packet and making one DTLS connection cost.
//
//   ninja bench_srtp && bench/bench_srtp
//
// `sessions` is how many keys take turns: with one, everything is in the nearest cache; with
// thousands, as in a fan-out, it is not.

#include "base/check.h"
#include "base/rng.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "media/dtls/endpoint.h"
#include "media/srtp/engine.h"
#include "media/srtp/protector.h"
#include "media/srtp/unprotector.h"

#include <benchmark/benchmark.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <vector>

namespace lectern {
namespace {

constexpr size_t kHeaderSize = 20;  // with one header extension

srtp::MasterKey random_key(Rng& rng, srtp::Profile profile) {
  srtp::MasterKey master;
  rng.fill(master.key);
  rng.fill(MutableBytes(master.salt).first(srtp::salt_size(profile)));
  return master;
}

std::vector<uint8_t> clear_rtp(size_t size) {
  std::vector<uint8_t> packet(size + srtp::kMaxRtpOverhead, 0x5a);
  packet[0] = 0x90;
  packet[1] = 96;
  store_be16(packet.data() + 12, 0xBEDE);
  store_be16(packet.data() + 14, 1);
  return packet;
}

void protect(benchmark::State& state, srtp::Engine engine, srtp::Profile profile) {
  if (engine == srtp::Engine::kIpsecMb && !srtp::ipsec_mb_works()) {
    state.SkipWithError("no libipsec-mb, or not this processor");
    return;
  }
  Rng rng(1);
  const auto size = static_cast<size_t>(state.range(0));
  std::vector<std::unique_ptr<srtp::Protector>> sessions;
  sessions.reserve(static_cast<size_t>(state.range(1)));
  for (int64_t i = 0; i < state.range(1); ++i) {
    sessions.push_back(srtp::make_protector(engine, profile, random_key(rng, profile)));
  }
  std::vector<uint8_t> packet = clear_rtp(size);
  uint64_t index = 0;
  size_t session = 0;
  for ([[maybe_unused]] auto _ : state) {
    store_be16(packet.data() + 2, static_cast<uint16_t>(index));
    benchmark::DoNotOptimize(sessions[session]->protect_rtp(packet, kHeaderSize, size, index));
    if (++session == sessions.size()) {
      session = 0;
      ++index;
    }
  }
}
BENCHMARK_CAPTURE(protect, evp_gcm, srtp::Engine::kEvp, srtp::Profile::kAeadAes128Gcm)
    ->ArgNames({"size", "sessions"})
    ->ArgsProduct({{120, 1150}, {1, 1000, 10'000}});
BENCHMARK_CAPTURE(protect, ipsec_mb_gcm, srtp::Engine::kIpsecMb, srtp::Profile::kAeadAes128Gcm)
    ->ArgNames({"size", "sessions"})
    ->ArgsProduct({{120, 1150}, {1, 1000, 10'000}});
BENCHMARK_CAPTURE(protect, evp_cm_sha1, srtp::Engine::kEvp, srtp::Profile::kAesCm128HmacSha1_80)
    ->ArgNames({"size", "sessions"})
    ->ArgsProduct({{120, 1150}, {1, 1000, 10'000}});

void protect_libsrtp(benchmark::State& state, srtp::Profile profile) {
  static const srtp_err_status_t kStatus = srtp_init();
  LECTERN_CHECK(kStatus == srtp_err_status_ok);
  Rng rng(1);
  const auto size = static_cast<size_t>(state.range(0));
  std::vector<srtp_t> sessions(static_cast<size_t>(state.range(1)));
  for (srtp_t& session : sessions) {
    std::array<uint8_t, srtp::kKeySize + srtp::kMaxSaltSize> key{};
    rng.fill(key);
    srtp_policy_t policy{};
    if (profile == srtp::Profile::kAeadAes128Gcm) {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    }
    policy.key = key.data();
    policy.ssrc.type = ssrc_any_outbound;
    LECTERN_CHECK(srtp_create(&session, &policy) == srtp_err_status_ok);
  }
  std::vector<uint8_t> packet = clear_rtp(size);
  uint16_t sequence_number = 0;
  size_t session = 0;
  for ([[maybe_unused]] auto _ : state) {
    store_be16(packet.data() + 2, sequence_number);
    int written = static_cast<int>(size);
    LECTERN_CHECK(srtp_protect(sessions[session], packet.data(), &written) == srtp_err_status_ok);
    if (++session == sessions.size()) {
      session = 0;
      ++sequence_number;
    }
  }
  for (srtp_t made : sessions) srtp_dealloc(made);
}
BENCHMARK_CAPTURE(protect_libsrtp, gcm, srtp::Profile::kAeadAes128Gcm)
    ->ArgNames({"size", "sessions"})
    ->ArgsProduct({{120, 1150}, {1, 200}});
BENCHMARK_CAPTURE(protect_libsrtp, cm_sha1, srtp::Profile::kAesCm128HmacSha1_80)
    ->ArgNames({"size", "sessions"})
    ->ArgsProduct({{120, 1150}, {1, 200}});

void receiver_report(benchmark::State& state) {
  constexpr auto kProfile = srtp::Profile::kAeadAes128Gcm;
  Rng rng(1);
  const srtp::MasterKey master = random_key(rng, kProfile);
  const auto protector = srtp::make_protector(kProfile, master);
  const auto unprotector = srtp::make_unprotector(srtp::Inbound::kRtcpOnly, kProfile, master);
  for ([[maybe_unused]] auto _ : state) {
    std::array<uint8_t, 32 + srtp::kMaxRtcpOverhead> packet{0x81, 201, 0, 7};
    const size_t size = protector->protect_rtcp(packet, 32);
    LECTERN_CHECK(unprotector->unprotect_rtcp(MutableBytes(packet).first(size)).has_value());
  }
}
BENCHMARK(receiver_report);

struct Identity {
  dtls::Certificate certificate = dtls::Certificate::generate();
  dtls::Context context{certificate};
};

// Everything that `from` has to say goes to `to`; returns the time that `to` took.
std::chrono::duration<double> pass(dtls::Endpoint& from, dtls::Endpoint& to) {
  std::chrono::duration<double> spent{};
  while (from.has_outgoing()) {
    const Bytes front = from.front_outgoing();
    const std::vector<uint8_t> datagram(front.begin(), front.end());
    from.pop_outgoing();
    const auto start = std::chrono::steady_clock::now();
    to.handle(Instant(), datagram);
    spent += std::chrono::steady_clock::now() - start;
  }
  return spent;
}

// One side's share of a whole handshake.
void handshake(benchmark::State& state, dtls::Role measured) {
  const Identity ours;
  const Identity theirs;
  const auto other = measured == dtls::Role::kClient ? dtls::Role::kServer : dtls::Role::kClient;
  for ([[maybe_unused]] auto _ : state) {
    dtls::Endpoint us(ours.context,
                      {.role = measured, .remote_fingerprint = theirs.certificate.fingerprint()});
    dtls::Endpoint peer(theirs.context,
                        {.role = other, .remote_fingerprint = ours.certificate.fingerprint()});
    const auto start = std::chrono::steady_clock::now();
    us.start(Instant());
    std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    peer.start(Instant());
    while (us.has_outgoing() || peer.has_outgoing()) {
      spent += pass(peer, us);
      pass(us, peer);
    }
    LECTERN_CHECK(us.state() == dtls::State::kConnected && peer.state() == dtls::State::kConnected);
    state.SetIterationTime(spent.count());
  }
}
BENCHMARK_CAPTURE(handshake, as_server, dtls::Role::kServer)->UseManualTime();
BENCHMARK_CAPTURE(handshake, as_client, dtls::Role::kClient)->UseManualTime();

}  // namespace
}  // namespace lectern
