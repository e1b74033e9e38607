// The two sides of ICE under one set of verbs, so that a transport need not know which it has: the
// lite agent answers when asked, the controlling one asks when its time has come.
#pragma once

#include "base/bytes.h"
#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "media/ice/credentials.h"

#include <memory>
#include <optional>
#include <span>

namespace lectern::transport {

class Ice {
 public:
  struct Transmit {
    Path path;
    size_t size = 0;
  };

  Ice() = default;
  Ice(const Ice&) = delete;
  Ice& operator=(const Ice&) = delete;
  virtual ~Ice() = default;

  // One STUN datagram. Says why it counted for nothing, if so.
  virtual std::optional<DropReason> handle_datagram(Instant now, const Path& path,
                                                    Bytes datagram) = 0;
  // Authentic DTLS or SRTP came by `path`.
  virtual void on_traffic(Instant now, const Path& path) = 0;
  // Writes the next datagram that is due into `out`, stun::kMaxMessageSize octets at least.
  virtual std::optional<Transmit> poll_transmit(Instant now, MutableBytes out) = 0;
  [[nodiscard]] virtual bool has_transmit(Instant now) const = 0;

  virtual void handle_timeout(Instant now) = 0;
  [[nodiscard]] virtual Instant next_timeout() const = 0;
  [[nodiscard]] virtual bool has_failed(Instant now) const = 0;

  // Where to send: the nominated path, else the first that was validated.
  [[nodiscard]] virtual const Path* selected() const = 0;
  [[nodiscard]] virtual bool is_validated(const Path& path) const = 0;
  // See media/ice/lite_agent.h. A controlling agent's paths are proven: it has had answers.
  [[nodiscard]] virtual bool is_proven(const Path& path) const = 0;
  [[nodiscard]] virtual std::optional<Instant> last_heard() const = 0;
  [[nodiscard]] virtual std::optional<Instant> last_heard(const Path& path) const = 0;
  [[nodiscard]] virtual std::optional<Duration> round_trip() const = 0;

  virtual void restart(Instant now, ice::Credentials local, ice::Credentials remote) = 0;
  virtual void replace_pairs(Instant now, std::span<const Path> pairs) = 0;
};

[[nodiscard]] std::unique_ptr<Ice> make_lite_ice(Instant now, ice::Credentials local,
                                                 bool media_is_consent);
[[nodiscard]] std::unique_ptr<Ice> make_controlling_ice(Instant now, ice::Credentials local,
                                                        ice::Credentials remote,
                                                        std::span<const Path> pairs, Rng& rng);

}  // namespace lectern::transport
