#include "media/transport/ice.h"

#include "media/ice/controlling_agent.h"
#include "media/ice/lite_agent.h"
#include "media/stun/message.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace lectern::transport {
namespace {

// Answers that fill() has not fetched yet. A shell fetches after each batch it has read; what is
// over this bound is a lost answer, and the check comes again.
constexpr size_t kMaxReplies = 16;

class LiteIce final : public Ice {
 public:
  LiteIce(Instant now, ice::Credentials local, ice::LiteAgent::Consent consent)
      : agent_(now, std::move(local), consent) {}

  std::optional<DropReason> handle_datagram(Instant now, const Path& path,
                                            Bytes datagram) override {
    std::array<uint8_t, stun::kMaxMessageSize> reply;
    const auto outcome = agent_.handle_datagram(now, path, datagram, reply);
    if (outcome.reply_size > 0 && replies_.size() < kMaxReplies) {
      replies_.push_back({path, {reply.begin(), reply.begin() + outcome.reply_size}});
    }
    return outcome.drop;
  }

  void on_traffic(Instant now, const Path& path) override { agent_.on_traffic(now, path); }

  std::optional<Transmit> poll_transmit(Instant /*now*/, MutableBytes out) override {
    if (replies_.empty()) return std::nullopt;
    const Reply reply = std::move(replies_.front());
    replies_.erase(replies_.begin());
    if (replies_.empty()) replies_.shrink_to_fit();
    std::ranges::copy(reply.bytes, out.begin());
    return Transmit{reply.path, reply.bytes.size()};
  }
  bool has_transmit(Instant /*now*/) const override { return !replies_.empty(); }

  void handle_timeout(Instant /*now*/) override {}
  Instant next_timeout() const override { return agent_.next_timeout(); }
  bool has_failed(Instant now) const override { return agent_.has_expired(now); }

  const Path* selected() const override { return agent_.selected(); }
  bool is_validated(const Path& path) const override { return agent_.is_validated(path); }
  bool is_proven(const Path& path) const override { return agent_.is_proven(path); }
  std::optional<Instant> last_heard() const override { return agent_.last_heard(); }
  std::optional<Instant> last_heard(const Path& path) const override {
    return agent_.last_heard(path);
  }
  std::optional<Duration> round_trip() const override { return std::nullopt; }

  void restart(Instant /*now*/, ice::Credentials local, ice::Credentials /*remote*/) override {
    agent_.restart(std::move(local));
  }
  void replace_pairs(Instant /*now*/, std::span<const Path> /*pairs*/) override {}

 private:
  struct Reply {
    Path path;
    std::vector<uint8_t> bytes;
  };

  ice::LiteAgent agent_;
  std::vector<Reply> replies_;
};

class ControllingIce final : public Ice {
 public:
  ControllingIce(Instant now, ice::Credentials local, ice::Credentials remote,
                 std::span<const Path> pairs, Rng& rng)
      : agent_(now, std::move(local), std::move(remote), pairs, rng) {}

  std::optional<DropReason> handle_datagram(Instant now, const Path& path,
                                            Bytes datagram) override {
    if (!agent_.handle_datagram(now, path, datagram)) return DropReason::kStunMalformed;
    return std::nullopt;
  }

  void on_traffic(Instant /*now*/, const Path& /*path*/) override {}

  std::optional<Transmit> poll_transmit(Instant now, MutableBytes out) override {
    const auto transmit = agent_.poll_transmit(now, out);
    if (!transmit) return std::nullopt;
    return Transmit{transmit->path, transmit->size};
  }
  bool has_transmit(Instant now) const override { return agent_.next_timeout() <= now; }

  void handle_timeout(Instant now) override { agent_.handle_timeout(now); }
  Instant next_timeout() const override { return agent_.next_timeout(); }
  bool has_failed(Instant /*now*/) const override {
    return agent_.state() == ice::ControllingAgent::State::kFailed;
  }

  const Path* selected() const override {
    return agent_.selected() ? &*agent_.selected() : agent_.first_valid();
  }
  bool is_validated(const Path& path) const override { return agent_.is_validated(path); }
  bool is_proven(const Path& path) const override { return agent_.is_validated(path); }
  std::optional<Instant> last_heard() const override { return std::nullopt; }
  std::optional<Instant> last_heard(const Path& /*path*/) const override { return std::nullopt; }
  std::optional<Duration> round_trip() const override { return agent_.round_trip(); }

  void restart(Instant now, ice::Credentials local, ice::Credentials remote) override {
    agent_.restart(now, std::move(local), std::move(remote));
  }
  void replace_pairs(Instant now, std::span<const Path> pairs) override {
    agent_.replace_pairs(now, pairs);
  }

 private:
  ice::ControllingAgent agent_;
};

}  // namespace

std::unique_ptr<Ice> make_lite_ice(Instant now, ice::Credentials local, bool media_is_consent) {
  using Consent = ice::LiteAgent::Consent;
  return std::make_unique<LiteIce>(now, std::move(local),
                                   media_is_consent ? Consent::kChecksAndMedia : Consent::kChecks);
}

std::unique_ptr<Ice> make_controlling_ice(Instant now, ice::Credentials local,
                                          ice::Credentials remote, std::span<const Path> pairs,
                                          Rng& rng) {
  return std::make_unique<ControllingIce>(now, std::move(local), std::move(remote), pairs, rng);
}

}  // namespace lectern::transport
