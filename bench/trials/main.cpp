// What could be faster on the send path, tried: pairs of ways to do the same thing, by turns in
// slices of 3 ms on one core, so that a slow minute of the machine meets both. Receivers read on
// another core, with UDP GRO. Prints JSON;
// `noise`: the same way twice, which is what a difference must be larger than.
//
//   ninja bench_trials && bench/bench_trials [--help]
//
// What came of it: docs/decisions/0008-what-else-was-tried-on-the-send-path.md. `disturbed`: the
// core was slower beside the slices than it can be; always so beside long runs of wide vector
// instructions, which lower its clock, and then it is so for both ways.

#include "bench/limit/receivers.h"
#include "bench/limit/slices.h"
#include "bench/trials/gcm_trial.h"
#include "bench/trials/send_trial.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lectern::bench {
namespace {

constexpr size_t kSound = 156;     // a packet of 20 ms of Opus as it leaves
constexpr size_t kPicture = 1186;  // a packet of a picture

struct Options {
  size_t receivers = 2'000;
  int core = 1;
  double seconds = 12;
  size_t slices = 41;
};

class Trials {
 public:
  explicit Trials(const Options& options)
      : options_(options),
        receivers_(options.receivers, Receivers::Mode::kJoin, options.core == 0 ? 1 : 0) {}

  void add_all() {
    const SendOptions served{.pmtu = IP_PMTUDISC_PROBE};
    add({served, kSound, {1}});  // comes after the ciphers of the last round: its caches are cold
    sends("noise: the same twice", served, served);
    SendOptions other = served;
    other.names_source = false;
    sends("IP_PKTINFO with each message, left out", served, other);
    other.bound = SendOptions::Bound::kAddress;
    sends("bound to ANY with IP_PKTINFO, bound to the address", served, other);
    other = served;
    other.pmtu = std::nullopt;
    sends("IP_PMTUDISC_PROBE, the kernel's default", served, other);
    other.pmtu = IP_PMTUDISC_DO;
    sends("IP_PMTUDISC_PROBE, DO", served, other);
    other = served;
    other.shares_port = true;
    sends("alone on the port, SO_REUSEPORT", served, other);
    other = served;
    other.is_v6 = false;
    sends("a socket of both families, of IPv4 alone", served, other);
    other = served;
    other.busy_poll_us = 50;
    sends("SO_BUSY_POLL 0, 50 us", served, other);
    other = served;
    other.is_on_huge_pages = true;
    sends("arena on small pages, on huge ones", served, other);
    send_pair("a frame of 3: two messages (1 + 2), one", {served, kPicture, {1, 2}},
              {served, kPicture, {3}});
    send_pair("a frame of 8: two messages (4 + 4), one", {served, kPicture, {4, 4}},
              {served, kPicture, {8}});
    gcm_pairs();
  }

  [[nodiscard]] nlohmann::json run() {
    own_core(options_.core);
    slices_.run(options_.seconds, options_.slices);
    nlohmann::json result = nlohmann::json::array();
    for (const Pair& pair : pairs_) {
      const Figure a = slices_.figure(pair.a);
      const Figure b = slices_.figure(pair.b);
      result.push_back({{"trial", pair.name},
                        {"a_ns", std::round(a.median)},
                        {"b_ns", std::round(b.median)},
                        {"b_over_a", std::round(1000 * b.median / a.median) / 1000},
                        {"a_p10_p90", {std::round(a.low), std::round(a.high)}},
                        {"b_p10_p90", {std::round(b.low), std::round(b.high)}},
                        {"slices", {a.slices, b.slices}},
                        {"disturbed", a.is_disturbed || b.is_disturbed}});
    }
    return result;
  }

 private:
  struct Message {
    SendOptions options;
    size_t size;
    std::vector<size_t> parts;
  };
  struct Pair {
    std::string name;
    size_t a;
    size_t b;
  };

  void sends(const std::string& name, const SendOptions& a, const SendOptions& b) {
    send_pair(name + "; sound", {a, kSound, {1}}, {b, kSound, {1}});
    send_pair(name + "; a frame of 3", {a, kPicture, {3}}, {b, kPicture, {3}});
  }

  void send_pair(const std::string& name, const Message& a, const Message& b) {
    pairs_.push_back({name, add(a), add(b)});
  }

  size_t add(const Message& message) {
    SendTrial& trial = *sends_.emplace_back(
        std::make_unique<SendTrial>(receivers_, message.options, message.size, message.parts));
    return slices_.add([&trial](size_t n) { return trial.send(n); });
  }

  void gcm_pairs() {
    using Way = GcmTrial::Way;
    for (const size_t payload : {size_t{120}, size_t{1150}}) {
      const std::string size = "; " + std::to_string(payload) + " bytes";
      gcm_pair("noise: GCM by direct calls twice" + size, payload, Way::kDirect, false);
      gcm_pair("GCM by direct calls, in bursts of 32" + size, payload, Way::kBurst, false);
      gcm_pair("GCM keys on small pages, on huge ones" + size, payload, Way::kDirect, true);
    }
  }

  void gcm_pair(const std::string& name, size_t payload, GcmTrial::Way way, bool is_on_huge_pages) {
    GcmTrial& a = add_gcm(payload, GcmTrial::Way::kDirect, false);
    GcmTrial& b = add_gcm(payload, way, is_on_huge_pages);
    a.seal(1);
    b.seal(1);
    if (a.sealed() != b.sealed()) throw std::runtime_error("the two ways of GCM disagree");
    pairs_.push_back({name, slices_.add([&a](size_t n) { return a.seal(n); }),
                      slices_.add([&b](size_t n) { return b.seal(n); })});
  }

  GcmTrial& add_gcm(size_t payload, GcmTrial::Way way, bool is_on_huge_pages) {
    return *gcms_.emplace_back(
        std::make_unique<GcmTrial>(options_.receivers, payload, way, is_on_huge_pages));
  }

  Options options_;
  Receivers receivers_;
  Slices slices_{[this] { return receivers_.missed(); }};
  std::vector<std::unique_ptr<SendTrial>> sends_;
  std::vector<std::unique_ptr<GcmTrial>> gcms_;
  std::vector<Pair> pairs_;
};

int command_line(int argc, char** argv) {
  Options options;
  CLI::App app("pairs of ways to encrypt and to send, by turns");
  app.add_option("--receivers", options.receivers, "addresses, each with a key")
      ->check(CLI::Range(64, 100'000))
      ->capture_default_str();
  app.add_option("--core", options.core, "where it runs")->capture_default_str();
  app.add_option("--seconds", options.seconds, "at most")->capture_default_str();
  app.add_option("--slices", options.slices, "of 3 ms, of each way")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  Trials trials(options);
  trials.add_all();
  std::puts(trials.run().dump(1).c_str());
  return 0;
}

}  // namespace
}  // namespace lectern::bench

int main(int argc, char** argv) {
  try {
    return lectern::bench::command_line(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_trials: %s\n", failure.what());
    return 1;
  }
}
