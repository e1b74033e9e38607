#include "media/transport/transport.h"

#include "media/transport/demux.h"
#include "media/transport/ice.h"

#include <algorithm>
#include <utility>

namespace lectern::transport {
namespace {

std::unique_ptr<Ice> make_ice(Instant now, Config& config, Rng& rng) {
  if (config.ice_side == IceSide::kLite)
    return make_lite_ice(now, std::move(config.local), config.media_is_consent);
  return make_controlling_ice(now, std::move(config.local), std::move(config.remote),
                              config.candidate_pairs, rng);
}

DropReason drop_reason(srtp::Refusal refusal, bool is_rtcp) {
  switch (refusal) {
    case srtp::Refusal::kMalformed:
      return is_rtcp ? DropReason::kRtcpMalformed : DropReason::kRtpMalformed;
    case srtp::Refusal::kBadTag:
      return DropReason::kSrtpAuthFailed;
    case srtp::Refusal::kReplayed:
    case srtp::Refusal::kTooOld:
      return DropReason::kSrtpReplay;
    case srtp::Refusal::kTooManySources:
    case srtp::Refusal::kNotWanted:
      return DropReason::kRtpUnknownSsrc;
  }
  return DropReason::kRtpMalformed;
}

}  // namespace

Transport::Transport(Instant now, Config config, const dtls::Context& context, Rng& rng,
                     DropCounters& drops)
    : drops_(drops),
      ice_(make_ice(now, config, rng)),
      dtls_(context, {.role = config.dtls_role,
                      .remote_fingerprint = config.remote_fingerprint,
                      .profiles = config.profiles}),
      inbound_(config.inbound) {}

Transport::~Transport() = default;

Received Transport::handle_datagram(Instant now, const Path& path, MutableBytes datagram) {
  if (state_ == State::kClosed) {
    drop(DropReason::kUnknownPath);
    return {};
  }
  switch (classify(datagram)) {
    case Protocol::kStun:
      handle_stun(now, path, datagram);
      return {};
    case Protocol::kDtls:
      handle_dtls(now, path, datagram);
      return {};
    case Protocol::kRtp:
      return handle_srtp(now, path, datagram, false);
    case Protocol::kRtcp:
      return handle_srtp(now, path, datagram, true);
    case Protocol::kUnknown:
      drop(DropReason::kUnknownFirstByte);
      return {};
  }
  return {};
}

void Transport::handle_stun(Instant now, const Path& path, Bytes datagram) {
  if (const auto reason = ice_->handle_datagram(now, path, datagram)) drop(*reason);
  follow_ice(now);
}

void Transport::handle_dtls(Instant now, const Path& path, Bytes datagram) {
  if (!ice_->is_validated(path)) {
    drop(DropReason::kDtlsBeforeIce);
    return;
  }
  if (!dtls_.handle(now, datagram)) drop(DropReason::kDtlsRejected);
  const bool was_connected = state_ == State::kConnected;
  follow_dtls();
  // The signature or the Finished that has just come answers what only that path has received.
  if (!was_connected && state_ == State::kConnected) ice_->on_traffic(now, path);
}

Received Transport::handle_srtp(Instant now, const Path& path, MutableBytes datagram,
                                bool is_rtcp) {
  if (!ice_->is_validated(path)) {
    drop(DropReason::kUnknownPath);
    return {};
  }
  if (state_ != State::kConnected) {
    drop(DropReason::kSrtpBeforeDtls);
    return {};
  }
  const auto clear =
      is_rtcp ? unprotector_->unprotect_rtcp(datagram) : unprotector_->unprotect_rtp(datagram);
  if (!clear) {
    drop(drop_reason(clear.error(), is_rtcp));
    const bool is_unopened =
        clear.error() == srtp::Refusal::kBadTag || clear.error() == srtp::Refusal::kMalformed;
    return {.is_unopened_rtp = is_unopened && !is_rtcp};
  }
  ice_->on_traffic(now, path);
  return {.kind = is_rtcp ? Received::Kind::kRtcp : Received::Kind::kRtp, .packet = *clear};
}

void Transport::handle_timeout(Instant now) {
  if (state_ == State::kClosed) return;
  ice_->handle_timeout(now);
  if (ice_->has_failed(now)) {
    finish(path_ ? CloseReason::kConsentExpired : CloseReason::kConnectTimeout);
    return;
  }
  follow_ice(now);
  dtls_.handle_timeout(now);
  follow_dtls();
}

Instant Transport::next_timeout() const {
  if (state_ == State::kClosed) return Instant::never();
  return std::min(ice_->next_timeout(), dtls_.next_timeout());
}

bool Transport::fill(Instant now, SendBatch& batch) {
  while (state_ != State::kClosed && !batch.is_full()) {
    const auto transmit = ice_->poll_transmit(now, batch.next());
    if (!transmit) break;
    batch.commit(transmit->size, transmit->path);
  }
  // A closed transport still sends its last alert.
  while (is_dtls_waiting() && !batch.is_full()) {
    const Bytes datagram = dtls_.front_outgoing();
    std::ranges::copy(datagram, batch.next().begin());
    batch.commit(datagram.size(), *path_);
    dtls_.pop_outgoing();
  }
  return is_dtls_waiting() || (state_ != State::kClosed && ice_->has_transmit(now));
}

bool Transport::is_validated(const Path& path) const {
  return ice_->is_validated(path);
}

bool Transport::is_proven(const Path& path) const {
  return ice_->is_proven(path);
}

std::optional<Instant> Transport::last_heard() const {
  return ice_->last_heard();
}

std::optional<Instant> Transport::last_heard(const Path& path) const {
  return ice_->last_heard(path);
}

std::optional<Event> Transport::take_event() {
  if (std::exchange(connected_pending_, false)) return Event{Event::Kind::kConnected};
  if (std::exchange(path_changed_pending_, false)) return Event{Event::Kind::kPathChanged};
  if (std::exchange(closed_pending_, false)) return Event{Event::Kind::kClosed, close_reason_};
  return std::nullopt;
}

void Transport::restart_ice(Instant now, ice::Credentials local, ice::Credentials remote) {
  ice_->restart(now, std::move(local), std::move(remote));
}

void Transport::replace_pairs(Instant now, std::span<const Path> pairs) {
  ice_->replace_pairs(now, pairs);
}

std::optional<Duration> Transport::round_trip() const {
  return ice_->round_trip();
}

void Transport::close() {
  if (state_ == State::kClosed) return;
  dtls_.close();
  finish(CloseReason::kClosedHere);
}

void Transport::follow_ice(Instant now) {
  const Path* selected = ice_->selected();
  if (selected == nullptr || path_ == *selected) return;
  const bool is_first = !path_;
  path_ = *selected;
  if (!is_first) {
    path_changed_pending_ = true;
    return;
  }
  state_ = State::kSecuring;
  dtls_.start(now);
  follow_dtls();
}

void Transport::follow_dtls() {
  switch (dtls_.state()) {
    case dtls::State::kFailed:
      finish(CloseReason::kDtlsFailed);
      return;
    case dtls::State::kClosed:
      finish(CloseReason::kPeerClosed);
      return;
    case dtls::State::kIdle:
    case dtls::State::kHandshaking:
    case dtls::State::kConnected:
      break;
  }
  const auto keys = dtls_.take_keying_material();
  if (!keys) return;
  protector_ = srtp::make_protector(keys->profile, keys->send);
  unprotector_ = srtp::make_unprotector(inbound_, keys->profile, keys->receive);
  state_ = State::kConnected;
  connected_pending_ = true;
}

void Transport::finish(CloseReason reason) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  close_reason_ = reason;
  closed_pending_ = true;
}

}  // namespace lectern::transport
