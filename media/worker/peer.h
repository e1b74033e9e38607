// One session of this worker: its transport, and its media as a publisher or as a viewer.
#pragma once

#include "base/endpoint.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "media/control/messages.h"
#include "media/transport/transport.h"
#include "media/worker/publisher_session.h"
#include "media/worker/viewer_session.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lectern::worker {

// A session of which nothing was heard is given up after this. The first check comes a round trip
// after the answer was made, which takes 3-7 s on GPRS. Once checks come, DTLS has its own 20 s.
inline constexpr Duration kFirstCheckPatience = Duration::seconds(10);

struct Peer {
  Peer(Instant now, transport::Config config, const dtls::Context& context, Rng& rng,
       DropCounters& drops)
      : created_at(now), transport(now, std::move(config), context, rng, drops) {}

  // When it is given up unless a check comes; never once one has come, or when it is over anyhow.
  [[nodiscard]] Instant first_check_deadline() const {
    const bool is_over = phase == control::SessionPhase::kClosed;
    return transport.path() || is_over ? Instant::never() : created_at + kFirstCheckPatience;
  }

  SlotId id;
  SlotId class_id;
  std::string session;  // 32 hex digits
  std::string owner;    // whose it is, in signaling's words; only given back in Hello
  control::Role role = control::Role::kView;
  control::SessionPhase phase = control::SessionPhase::kConnecting;
  Instant created_at;

  transport::Transport transport;
  std::unique_ptr<PublisherSession> publisher;  // one of the two
  std::unique_ptr<ViewerSession> viewer;

  std::string remote_ufrag;
  std::string remote_pwd;
  std::vector<std::string> former_ufrags;  // of the remote, before restarts; the oldest first
  std::string etag;
  uint8_t restarts = 0;     // of ICE
  std::vector<Path> paths;  // under which the worker's table finds it

  uint8_t handshakes_waiting = 0;  // datagrams in the worker's HandshakeQueue

  bool is_ready = false;  // stands in the worker's list of those who have something to send
  Instant scheduled = Instant::never();
};

}  // namespace lectern::worker
