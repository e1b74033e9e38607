// What publisher and viewer have in common: an offer, the answer to it, and one transport towards
// a bundling server (ICE-lite or not) with this side controlling.
//
// Left out on purpose: gathering and trickling (the server learns our address from the checks),
// renegotiation.
#pragma once

#include "base/drop_reason.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "media/dtls/context.h"
#include "media/sdp/offer.h"
#include "media/transport/transport.h"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::client {

// What a client tells its owner.
struct Event {
  enum class Kind : uint8_t {
    kConnected,       // media can flow
    kClosed,          // for good: make a new client
    kKeyframeWanted,  // publisher: of `track` and `encoding`
  };
  Kind kind;
  transport::CloseReason reason = transport::CloseReason::kNone;  // of kClosed
  sdp::TrackKind track = sdp::TrackKind::kAudio;
  size_t encoding = 0;
};
using Events = std::vector<Event>;

// The paths from `local` to the candidates of its family, best first.
[[nodiscard]] std::vector<Path> candidate_pairs(const sdp::NegotiatedSession& session,
                                                const Endpoint& local);

class Connection {
 public:
  // `context`: shared by all clients of a process; outlives the connection.
  // `parameters`: all but credentials, fingerprint and cname, which are filled in here.
  Connection(const dtls::Context& context, Rng& rng, sdp::OfferParameters parameters);

  [[nodiscard]] const std::string& offer() const { return offer_; }
  [[nodiscard]] const std::string& cname() const { return parameters_.cname; }

  // Starts ICE towards the candidates of `answer` that have the family of `local`, the address
  // datagrams are sent from (and that Path::local of all of them will say).
  std::expected<void, sdp::Refusal> accept(Instant now, std::string_view answer,
                                           const Endpoint& local);

  // This client's address has changed (a new network): checks start again from `local`.
  void move(Instant now, const Endpoint& local);

  // Appends what the transport has to tell.
  void take_events(Events& events);

  // Null before accept().
  [[nodiscard]] transport::Transport* transport() { return transport_.get(); }
  [[nodiscard]] const transport::Transport* transport() const { return transport_.get(); }
  [[nodiscard]] bool is_connected() const {
    return transport_ && transport_->state() == transport::State::kConnected;
  }
  [[nodiscard]] const sdp::NegotiatedSession& session() const { return session_; }
  [[nodiscard]] const DropCounters& drops() const { return drops_; }

 private:
  const dtls::Context& context_;
  Rng rng_;
  sdp::OfferParameters parameters_;
  std::string offer_;
  sdp::NegotiatedSession session_;
  DropCounters drops_;
  std::unique_ptr<transport::Transport> transport_;
};

}  // namespace lectern::client
