#include "media/dtls/endpoint.h"

#include "media/dtls/alert_channel.h"
#include "media/dtls/handshake.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lectern::dtls {
namespace {

constexpr uint8_t kHandshakeType = 22;  // RFC 6347 §4.1: first octet of a record
constexpr Duration kRepeatGap = Duration::milliseconds(50);
constexpr size_t kMaxOutgoing = 16;

}  // namespace

Endpoint::Endpoint(const Context& context, const Settings& settings)
    : context_(context), settings_(std::make_unique<Settings>(settings)) {}

Endpoint::~Endpoint() = default;

void Endpoint::start(Instant now) {
  if (state_ != State::kIdle) return;
  state_ = State::kHandshaking;
  started_ = now;
  handshake_ = std::make_unique<Handshake>(context_, *settings_);
  if (settings_->role == Role::kClient) after_step(now, handshake_->advance({}));
}

bool Endpoint::handle(Instant now, Bytes datagram) {
  if (datagram.empty()) return false;
  if (state_ == State::kHandshaking) {
    // Our hello may have been repeated meanwhile: then this is too long, which is the safe side.
    if (settings_->role == Role::kClient && !std::exchange(has_heard_, true)) {
      handshake_->expect_round_trip(now - started_);
    }
    after_step(now, handshake_->advance(datagram));
    return true;
  }
  if (state_ != State::kConnected) return false;
  if (datagram[0] == kHandshakeType) return repeat_last_flight(now);
  if (alerts_ != nullptr && alerts_->is_peers_goodbye(datagram)) {
    state_ = State::kClosed;
    return true;
  }
  return false;
}

void Endpoint::handle_timeout(Instant now) {
  if (state_ != State::kHandshaking) return;
  if (now >= started_ + settings_->deadline) {
    fail(Failure::kTimeout);
  } else if (now >= retransmission_) {
    after_step(now, handshake_->on_timer());
  }
}

Instant Endpoint::next_timeout() const {
  if (state_ != State::kHandshaking) return Instant::never();
  return std::min(started_ + settings_->deadline, retransmission_);
}

void Endpoint::pop_outgoing() {
  outgoing_.erase(outgoing_.begin());
  if (outgoing_.empty()) outgoing_.shrink_to_fit();
}

std::optional<KeyingMaterial> Endpoint::take_keying_material() {
  if (keying_material_ == nullptr) return std::nullopt;
  const KeyingMaterial material = *keying_material_;
  keying_material_.reset();
  return material;
}

void Endpoint::close() {
  if (state_ == State::kFailed || state_ == State::kClosed) return;
  if (state_ == State::kConnected && alerts_ != nullptr) queue({alerts_->close_notify()});
  handshake_.reset();
  state_ = State::kClosed;
}

void Endpoint::after_step(Instant now, HandshakeStep step) {
  auto written = handshake_->take_outgoing();
  if (step == HandshakeStep::kDone) {
    // The client ends a handshake by hearing the server's Finished; only a server speaks last.
    if (settings_->role == Role::kServer) last_flight_ = written;
    queue(std::move(written));
    become_connected();
    return;
  }
  queue(std::move(written));
  if (step == HandshakeStep::kFailed) {
    fail(handshake_->has_seen_wrong_fingerprint() ? Failure::kWrongFingerprint
                                                  : Failure::kProtocol);
    return;
  }
  if (step == HandshakeStep::kMaySend) static_cast<void>(make_keys());
  retransmission_ = now + handshake_->until_timer();
}

// False: no SRTP profile was agreed on.
bool Endpoint::make_keys() {
  if (has_made_keys_) return true;
  const auto material = handshake_->keying_material();
  if (!material) return false;
  keying_material_ = std::make_unique<KeyingMaterial>(*material);
  has_made_keys_ = true;
  return true;
}

void Endpoint::become_connected() {
  if (!make_keys()) {
    fail(Failure::kNoSrtpProfile);
    return;
  }
  alerts_ = handshake_->alert_channel();
  handshake_.reset();
  settings_.reset();
  state_ = State::kConnected;
}

void Endpoint::fail(Failure failure) {
  state_ = State::kFailed;
  failure_ = failure;
  handshake_.reset();
  settings_.reset();
}

// RFC 6347 §4.2.4: a client that repeats its last flight has not got ours. The same records again
// do no harm: those it has had, it drops as replays. Smaller than what asked for it, and spaced
// out.
bool Endpoint::repeat_last_flight(Instant now) {
  if (last_flight_.empty() || now < repeat_not_before_) return false;
  repeat_not_before_ = now + kRepeatGap;
  queue(last_flight_);
  return true;
}

void Endpoint::queue(std::vector<std::vector<uint8_t>> datagrams) {
  const size_t room = kMaxOutgoing - std::min(kMaxOutgoing, outgoing_.size());
  datagrams.resize(std::min(room, datagrams.size()));
  std::ranges::move(datagrams, std::back_inserter(outgoing_));
}

}  // namespace lectern::dtls
