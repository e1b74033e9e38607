// DTLS datagrams of peers that are still joining. One of them may cost 0.3 ms of CPU (ECDSA and
// ECDH), the hundreds of a class that opens its doors whole tenths of a second, and in that time
// nobody would be sent anything. So a worker takes only some of them in each turn of its loop, and
// STUN, RTCP and media go on in between.
//
// While nobody waits and the turn has not had its share, a datagram is worked on where it stands in
// the batch: the media that follows a peer's last flight must find the keys.
//
// Left out on purpose: priorities. Who came first is served first; a datagram that finds no room is
// one that was lost, and DTLS sends it again.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/slot_map.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace lectern::worker {

class HandshakeQueue {
 public:
  // At most 1.3 ms in a turn: a flight costs a quarter of that once per handshake, what comes
  // before and after it a tenth.
  static constexpr size_t kPerTurn = 4;
  // A worker that never gets to the end of what it has to send does not shut out newcomers.
  static constexpr Duration kLongestTurn = Duration::milliseconds(20);
  // A fifth of a second of work, 1.5 MB: who waits longer has sent it again anyway.
  static constexpr size_t kMaxWaiting = 1024;
  // Two flights of a browser. Nobody can take all places, and of repeated flights few are kept.
  static constexpr uint8_t kMaxOfOne = 6;

  struct Datagram {
    SlotId peer;
    Path path;
    std::vector<uint8_t> bytes;
  };

  // A turn of the loop is over: all that was due has been given out to be sent, however many
  // batches that took.
  void begin_turn(Instant now) {
    left_ = kPerTurn;
    turn_began_ = now;
  }
  // Takes one of the turn's kPerTurn pieces of work on handshakes; false when none is left.
  [[nodiscard]] bool spend(Instant now) {
    if (now - turn_began_ > kLongestTurn) begin_turn(now);
    if (left_ == 0) return false;
    --left_;
    return true;
  }

  // `waiting`: the peer's own count, raised here. False: there is no room.
  bool push(SlotId peer, uint8_t& waiting, const Path& path, Bytes bytes) {
    if (waiting >= kMaxOfOne || datagrams_.size() >= kMaxWaiting) return false;
    ++waiting;
    datagrams_.push_back({peer, path, {bytes.begin(), bytes.end()}});
    return true;
  }

  // The oldest of at least one; the caller lowers its peer's count, if that peer still exists.
  [[nodiscard]] Datagram take() {
    Datagram oldest = std::move(datagrams_.front());
    datagrams_.pop_front();
    return oldest;
  }

  [[nodiscard]] size_t size() const { return datagrams_.size(); }
  [[nodiscard]] bool is_empty() const { return datagrams_.empty(); }

 private:
  std::deque<Datagram> datagrams_;
  size_t left_ = kPerTurn;
  Instant turn_began_;
};

}  // namespace lectern::worker
