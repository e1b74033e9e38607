// The physical limit of the fan-out on this machine: what encrypting a packet for each receiver and
// handing it to the kernel cost, with no server around it. Prints JSON.
//
//   ninja bench_limit && bench/bench_limit [--help]
//
// Exit status 2: the machine was disturbed while it ran, or its receivers missed too much.

#include "bench/limit/ciphers.h"
#include "bench/limit/receivers.h"
#include "bench/limit/sender.h"
#include "bench/limit/slices.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lectern::bench {
namespace {

// What one receiver is sent in one go: packets of one size.
struct Shape {
  const char* name;
  size_t payload;
  size_t packets;
};
constexpr std::array kShapes = {
    Shape{"sound", 120, 1},      // 20 ms of Opus
    Shape{"single", 1150, 1},    // a packet of a picture that travels alone
    Shape{"frame_3", 1150, 3},   // a picture of 500 to 700 kbit/s
    Shape{"frame_11", 1150, 11}  // of 2.5 Mbit/s at 25 frames/s
};

// A second of a receiver: messages by shape.
struct Rate {
  const char* shape;
  double per_second;
};
struct Tier {
  const char* name;
  std::vector<Rate> rates;
};
const std::vector<Tier>& tiers() {
  static const std::vector<Tier> kAll = {
      {"audio", {{"sound", 16}}},
      {"low_500k", {{"sound", 50}, {"frame_3", 55.0 / 3}}},
      {"class_600k", {{"sound", 50}, {"frame_3", 80.0 / 3}}},  // what bench/fanout sends
      {"high_2500k", {{"sound", 50}, {"frame_11", 272.0 / 11}}},
  };
  return kAll;
}

struct Options {
  size_t receivers = 20'000;
  std::string mode = "drain";
  std::string cipher = "evp";
  std::string send = "bare";
  int core = 1;
  double seconds = 15;
};

class Load {
 public:
  Load(const Shape& shape, Ciphers& ciphers, Sender& sender, size_t receivers)
      : shape_(shape), ciphers_(ciphers), sender_(sender), receivers_(receivers) {
    packet_.assign(kHeader + shape.payload, 0x5a);
    packet_[0] = 0x90;
    store_be32(&packet_[12], 0xBEDE0001);
    scratch_.resize((packet_.size() + kTag) * shape.packets);
  }

  size_t seal(size_t packets) {
    size_t did = 0;
    for (; did < packets; did += shape_.packets) {
      seal_message(scratch_);
      step();
    }
    return did;
  }
  size_t send(size_t packets) {
    return each_message(packets, [](MutableBytes) {});
  }
  size_t both(size_t packets) {
    return each_message(packets, [this](MutableBytes room) { seal_message(room); });
  }

 private:
  template <typename Write>
  size_t each_message(size_t packets, Write&& write) {
    size_t did = 0;
    for (; did < packets; did += shape_.packets) {
      write(sender_.add(receiver_, packet_.size() + kTag, shape_.packets));
      step();
    }
    sender_.flush();
    return did;
  }

  void seal_message(MutableBytes room) {
    const size_t size = packet_.size() + kTag;
    for (size_t i = 0; i < shape_.packets; ++i)
      ciphers_.seal(receiver_, number_ + static_cast<uint32_t>(i), packet_,
                    room.subspan(i * size, size));
  }

  void step() {
    if (++receiver_ < receivers_) return;
    receiver_ = 0;
    number_ += static_cast<uint32_t>(shape_.packets);
  }

  const Shape& shape_;
  Ciphers& ciphers_;
  Sender& sender_;
  size_t receivers_;
  size_t receiver_ = 0;
  uint32_t number_ = 1;
  std::vector<uint8_t> packet_;
  std::vector<uint8_t> scratch_;
};

double rounded(double value) {
  return std::round(value * 10) / 10;
}

nlohmann::json to_json(const Figure& figure) {
  return {{"median", rounded(figure.median)},
          {"p10", rounded(figure.low)},
          {"p90", rounded(figure.high)},
          {"slices", figure.slices},
          {"slices_with_misses", figure.slices_with_misses},
          {"missed_percent", rounded(100 * figure.missed)},
          {"disturbed", figure.is_disturbed}};
}

// The shapes' figures in nanoseconds a packet, summed up to those of a receiver's second.
nlohmann::json tiers_of(const std::map<std::string, double>& ns_by_shape) {
  nlohmann::json result;
  for (const Tier& tier : tiers()) {
    double ns = 0;
    double packets = 0;
    for (const Rate& rate : tier.rates) {
      for (const Shape& shape : kShapes) {
        if (std::string(shape.name) != rate.shape) continue;
        const double count = rate.per_second * static_cast<double>(shape.packets);
        ns += count * ns_by_shape.at(shape.name);
        packets += count;
      }
    }
    result[tier.name] = {{"packets_per_second", rounded(packets)},
                         {"ns_per_packet", rounded(ns / packets)},
                         {"receivers_per_core", std::floor(1e9 / ns)}};
  }
  return result;
}

Receivers::Mode mode_of(const std::string& name) {
  size_t mode = 0;
  while (Receivers::kModeNames[mode] != name) ++mode;
  return static_cast<Receivers::Mode>(mode);
}

int run(const Options& options) {
  if (!ciphers_agree()) throw std::runtime_error("EVP and the protector disagree");
  Receivers receivers(options.receivers, mode_of(options.mode), options.core == 0 ? 1 : 0);
  const auto ciphers = options.cipher == "evp" ? make_evp_ciphers(options.receivers)
                                               : make_protector_ciphers(options.receivers);
  const auto sender = options.send == "bare" ? make_bare_sender(receivers, kShapes.back().packets)
                                             : make_socket_sender(receivers);
  own_core(options.core);
  struct Stages {
    size_t seal, send, both;
  };
  Slices slices([&receivers] { return receivers.missed(); });
  std::vector<std::unique_ptr<Load>> loads;
  std::vector<Stages> stages;
  for (const Shape& shape : kShapes) {
    Load& load =
        *loads.emplace_back(std::make_unique<Load>(shape, *ciphers, *sender, options.receivers));
    stages.push_back({slices.add([&load](size_t n) { return load.seal(n); }),
                      slices.add([&load](size_t n) { return load.send(n); }),
                      slices.add([&load](size_t n) { return load.both(n); })});
  }
  slices.run(options.seconds, 41);

  nlohmann::json out = {{"cipher", options.cipher},
                        {"send", options.send},
                        {"mode", options.mode},
                        {"receivers", options.receivers}};
  bool is_disturbed = false;
  double most_missed = 0;
  std::map<std::string, double> ns_by_shape;
  for (size_t i = 0; i < kShapes.size(); ++i) {
    const Figure both = slices.figure(stages[i].both);
    is_disturbed |= both.is_disturbed;
    most_missed = std::max(most_missed, both.missed);
    ns_by_shape[kShapes[i].name] = both.median;
    out["ns_per_packet"][kShapes[i].name] = {{"seal", to_json(slices.figure(stages[i].seal))},
                                             {"send", to_json(slices.figure(stages[i].send))},
                                             {"both", to_json(both)}};
  }
  out["tiers"] = tiers_of(ns_by_shape);
  out["disturbed"] = is_disturbed;
  out["missed_percent"] = rounded(100 * most_missed);
  std::puts(out.dump(2).c_str());
  return is_disturbed ? 2 : 0;
}

int command_line(int argc, char** argv) {
  Options options;
  CLI::App app("what encrypting and sending cost, with no server around it");
  app.add_option("--receivers", options.receivers, "addresses, each with a key")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--mode", options.mode,
                 "drop: nobody reads; drain: read on the other core; join: read with UDP GRO")
      ->check(CLI::IsMember({"drop", "drain", "join"}))
      ->capture_default_str();
  app.add_option("--cipher", options.cipher, "evp: plain OpenSSL; protector: the server's own")
      ->check(CLI::IsMember({"evp", "protector"}))
      ->capture_default_str();
  app.add_option("--send", options.send, "bare: sendmmsg alone; socket: the server's UdpSocket")
      ->check(CLI::IsMember({"bare", "socket"}))
      ->capture_default_str();
  app.add_option("--core", options.core, "where it runs; receivers read on another")
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "at most")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace lectern::bench

int main(int argc, char** argv) {
  try {
    return lectern::bench::command_line(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_limit: %s\n", failure.what());
    return 1;
  }
}
