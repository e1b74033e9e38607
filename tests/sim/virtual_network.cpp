#include "tests/sim/virtual_network.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace lectern::sim {

namespace {

// RFC 7983: first bytes 20..63 are DTLS, 128..191 RTP and RTCP.
bool is_dtls(Bytes datagram) {
  return datagram[0] >= 20 && datagram[0] <= 63;
}
bool is_rtp_or_rtcp(Bytes datagram) {
  return datagram[0] >= 128 && datagram[0] <= 191;
}

// A DTLS flight differs by a byte or two from run to run (DER signatures), and a link with a rate
// must not turn that into another schedule.
size_t size_on_link(Bytes datagram) {
  return is_dtls(datagram) ? 600 : datagram.size();
}

uint64_t fold(uint64_t hash, uint64_t value) {
  return (hash ^ value) * 0x100000001b3U;
}

}  // namespace

bool Link::is_lost(Instant now, Rng& rng) {
  if (now >= outage_from_ && now < outage_until_) return true;
  const bool in_burst = lost_last_ && profile_.loss_after_loss >= 0;
  lost_last_ = rng.chance(in_burst ? profile_.loss_after_loss : profile_.loss);
  return lost_last_;
}

Link::Arrivals Link::send(Instant now, size_t size, Rng& rng) {
  if (is_lost(now, rng)) return {};
  Instant leaves = now;
  if (profile_.rate > DataRate()) {
    const Instant start = std::max(now, busy_until_);
    if (start - now > profile_.queue) return {};
    const auto bits = static_cast<int64_t>(size) * 8;
    busy_until_ = start + Duration::microseconds(bits * 1'000'000 / profile_.rate.bps());
    leaves = busy_until_;
  }
  // Jitter alone keeps the order, as a queue does.
  Instant arrives = std::max(leaves + profile_.delay + rng.jitter(profile_.jitter), last_arrival_);
  last_arrival_ = arrives;
  if (profile_.reorder > 0 && rng.chance(profile_.reorder)) arrives += profile_.reorder_by;
  Arrivals arrivals{arrives, Instant::never()};
  if (profile_.duplicate > 0 && rng.chance(profile_.duplicate))
    arrivals.second = arrives + Duration::microseconds(500);
  return arrivals;
}

HostId VirtualNetwork::add_host(const Endpoint& endpoint, Receive receive) {
  const auto id = static_cast<HostId>(hosts_.size());
  hosts_.push_back({endpoint, std::move(receive), {}, {}});
  const bool is_new = by_endpoint_.emplace(endpoint, id).second;
  LECTERN_CHECK(is_new);
  return id;
}

void VirtualNetwork::remove_host(HostId host) {
  by_endpoint_.erase(hosts_[host].public_endpoint);
  hosts_[host].receive = nullptr;
}

void VirtualNetwork::set_profile(HostId host, const LinkProfile& up, const LinkProfile& down) {
  hosts_[host].up.set_profile(up);
  hosts_[host].down.set_profile(down);
}

void VirtualNetwork::set_outage(HostId host, Instant from, Instant until) {
  hosts_[host].up.set_outage(from, until);
  hosts_[host].down.set_outage(from, until);
}

void VirtualNetwork::rebind(HostId host, const Endpoint& public_endpoint) {
  by_endpoint_.erase(hosts_[host].public_endpoint);
  hosts_[host].public_endpoint = public_endpoint;
  const bool is_new = by_endpoint_.emplace(public_endpoint, host).second;
  LECTERN_CHECK(is_new);
}

void VirtualNetwork::send(Instant now, HostId from, const Endpoint& to, Bytes datagram) {
  LECTERN_CHECK(!datagram.empty());
  const auto found = by_endpoint_.find(to);
  const Link::Arrivals up = hosts_[from].up.send(now, size_on_link(datagram), rng_);
  if (up.first.is_never() || found == by_endpoint_.end()) {
    ++lost_;
    return;
  }
  const Path path{hosts_[from].public_endpoint, to};
  for (const Instant when : {up.first, up.second})
    schedule(when, {found->second, false, path, {datagram.begin(), datagram.end()}});
}

void VirtualNetwork::at(Instant when, Timer timer) {
  if (when.is_never()) return;
  events_.push({std::max(when, now_), order_++, 0, std::move(timer)});
}

void VirtualNetwork::schedule(Instant when, Delivery delivery) {
  if (when.is_never()) return;
  uint32_t index = 0;
  if (free_deliveries_.empty()) {
    index = static_cast<uint32_t>(deliveries_.size());
    deliveries_.push_back(std::move(delivery));
  } else {
    index = free_deliveries_.back();
    free_deliveries_.pop_back();
    deliveries_[index] = std::move(delivery);
  }
  events_.push({std::max(when, now_), order_++, index, nullptr});
}

void VirtualNetwork::arrive(uint32_t index) {
  // Taken out first: what happens now may send, and so grow the table.
  Delivery delivery = std::move(deliveries_[index]);
  free_deliveries_.push_back(index);
  if (delivery.is_past_down_link) {
    deliver(delivery);
  } else {
    enter_down_link(delivery);
  }
}

void VirtualNetwork::enter_down_link(Delivery& delivery) {
  const Link::Arrivals down =
      hosts_[delivery.to].down.send(now_, size_on_link(delivery.datagram), rng_);
  if (down.first.is_never()) {
    ++lost_;
    return;
  }
  delivery.is_past_down_link = true;
  if (!down.second.is_never()) schedule(down.second, delivery);
  schedule(down.first, std::move(delivery));
}

void VirtualNetwork::deliver(Delivery& delivery) {
  const Host& host = hosts_[delivery.to];
  // A rebinding while the datagram was under way: the NAT has forgotten the old address.
  if (host.receive == nullptr || host.public_endpoint != delivery.path.local) {
    ++lost_;
    return;
  }
  trace(delivery);
  ++delivered_;
  const Receive receive = host.receive;  // the receiver may remove its own host
  receive(now_, delivery.path, delivery.datagram);
}

void VirtualNetwork::trace(const Delivery& delivery) {
  const Bytes datagram = delivery.datagram;
  uint64_t hash = fold(trace_hash_, static_cast<uint64_t>(now_.us()));
  hash = fold(hash, delivery.to);
  hash = fold(hash, std::hash<Endpoint>()(delivery.path.remote));
  if (!is_dtls(datagram)) {
    hash = fold(hash, datagram.size());
    // RTP's fixed header is in clear under SRTP, of SRTCP the first 8 bytes; STUN is all clear but
    // keyed by credentials that come from the seed.
    const bool is_rtcp =
        is_rtp_or_rtcp(datagram) && datagram.size() > 1 && datagram[1] >= 192 && datagram[1] <= 223;
    const size_t clear = is_rtcp ? 8 : is_rtp_or_rtcp(datagram) ? 12 : datagram.size();
    for (const uint8_t byte : datagram.first(std::min(clear, datagram.size())))
      hash = fold(hash, byte);
  }
  trace_hash_ = hash;
}

void VirtualNetwork::run_until(Instant end) {
  while (!events_.empty() && events_.top().when <= end) {
    // top() is const: the closure is moved out, and the event popped before it runs.
    Event event = std::move(const_cast<Event&>(events_.top()));
    events_.pop();
    now_ = event.when;
    if (event.timer) {
      event.timer(now_);
    } else {
      arrive(event.delivery);
    }
  }
  now_ = end;
}

}  // namespace lectern::sim
