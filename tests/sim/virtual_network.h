// A network in virtual time: hosts with an access link each way (delay, jitter, loss, bursts,
// duplicates, reordering, rate and queue, outages) and a NAT that can rebind. Deterministic: the
// same calls with the same Rng give the same deliveries in the same order.
//
// Left out on purpose: TCP, fragmentation, cross traffic, and everything between access links.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "base/units.h"

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace lectern::sim {

struct LinkProfile {
  Duration delay = Duration::milliseconds(1);
  Duration jitter = Duration::zero();  // uniform, added to the delay; does not reorder by itself
  double loss = 0;
  // Gilbert-Elliott: after a loss the next packet is lost with this probability instead.
  double loss_after_loss = -1;  // negative: the same as `loss`
  double duplicate = 0;
  double reorder = 0;  // share of packets held back by `reorder_by`
  Duration reorder_by = Duration::milliseconds(20);
  DataRate rate{};                               // zero: no limit
  Duration queue = Duration::milliseconds(300);  // tail drop behind this, when rate is limited
};

// One direction of an access link.
class Link {
 public:
  void set_profile(const LinkProfile& profile) { profile_ = profile; }
  // Everything handed to the link in [from, until) is lost.
  void set_outage(Instant from, Instant until) {
    outage_from_ = from;
    outage_until_ = until;
  }

  struct Arrivals {
    Instant first = Instant::never();  // never: lost
    Instant second = Instant::never();
  };
  Arrivals send(Instant now, size_t size, Rng& rng);

 private:
  bool is_lost(Instant now, Rng& rng);

  LinkProfile profile_;
  Instant outage_from_ = Instant::never();
  Instant outage_until_ = Instant::never();
  Instant busy_until_;
  Instant last_arrival_;
  bool lost_last_ = false;
};

using HostId = uint32_t;

class VirtualNetwork {
 public:
  // `datagram` may be changed in place by the receiver.
  using Receive = std::function<void(Instant now, const Path& path, MutableBytes datagram)>;
  using Timer = std::function<void(Instant now)>;

  explicit VirtualNetwork(Rng& rng) : rng_(rng) {}

  // `endpoint` is the host's own (and at first its public) address.
  HostId add_host(const Endpoint& endpoint, Receive receive);
  void remove_host(HostId host);
  void set_profile(HostId host, const LinkProfile& up, const LinkProfile& down);
  void set_outage(HostId host, Instant from, Instant until);
  // From now on the host is seen under another public address; what is sent to the old one is lost.
  void rebind(HostId host, const Endpoint& public_endpoint);

  // Leaves `from` at `now`. The receiver sees from's public address as path.remote and its own
  // public address as path.local.
  void send(Instant now, HostId from, const Endpoint& to, Bytes datagram);
  void at(Instant when, Timer timer);

  // Runs everything due until `end` (inclusive); now() is then `end`.
  void run_until(Instant end);
  [[nodiscard]] Instant now() const { return now_; }

  // Over everything that was delivered so far: times, addresses, sizes and clear-text headers. The
  // same scenario with the same seed gives the same value. Ciphertext and DTLS are left out:
  // OpenSSL draws its own randomness.
  [[nodiscard]] uint64_t trace_hash() const { return trace_hash_; }
  [[nodiscard]] uint64_t delivered() const { return delivered_; }
  [[nodiscard]] uint64_t lost() const { return lost_; }

 private:
  struct Host {
    Endpoint public_endpoint;
    Receive receive;
    Link up;
    Link down;
  };
  // Each way is taken in its own event, so that a link sees its packets in the order of time,
  // whatever the delays of those who send to it.
  struct Delivery {
    HostId to = 0;
    bool is_past_down_link = false;
    Path path;
    std::vector<uint8_t> datagram;
  };
  struct Event {
    Instant when;
    uint64_t order = 0;  // ties are broken by the order of calls, never by an address in memory
    uint32_t delivery = 0;
    Timer timer;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };

  void schedule(Instant when, Delivery delivery);
  void arrive(uint32_t index);
  void enter_down_link(Delivery& delivery);
  void deliver(Delivery& delivery);
  void trace(const Delivery& delivery);

  Rng& rng_;
  std::vector<Host> hosts_;
  std::unordered_map<Endpoint, HostId> by_endpoint_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::vector<Delivery> deliveries_;  // in flight; slots are reused
  std::vector<uint32_t> free_deliveries_;
  Instant now_;
  uint64_t order_ = 0;
  uint64_t trace_hash_ = 0xcbf29ce484222325U;
  uint64_t delivered_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace lectern::sim
