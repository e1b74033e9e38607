// The clients of a listener by where they come from and by what they wait for: what an address
// holds, and which client goes when room is short.
#pragma once

#include "base/time.h"
#include "server/io/web_client.h"

#include <array>
#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace lectern::io {

class ClientPlaces {
 public:
  // Counts the client under its address. Each call costs a constant time but for victim(), which
  // looks at six lists.
  void add(WebClient& client);
  void remove(WebClient& client);
  // The client waits for something since `since`, or for nothing any more.
  void place(WebClient& client, WebClient::Waiting waiting, Instant since);

  [[nodiscard]] std::size_t held_by(const std::string& address_key) const;
  [[nodiscard]] std::size_t in_handshake() const;
  // Of those whose TLS is not up the oldest of that address, else the oldest of all.
  [[nodiscard]] WebClient* oldest_in_handshake(const std::string& address_key) const;
  // Whom to give up, of all clients or of one address (not empty); the oldest of the first kind
  // that there is: a slow request, a slow handshake, an unused connection, a slow reader, any
  // handshake, any request that has not arrived. Null: everybody is at work.
  [[nodiscard]] WebClient* victim(Instant now, const std::string& address_key) const;

 private:
  using List = std::list<WebClient*>;
  using Lists = std::array<List, static_cast<std::size_t>(WebClient::Waiting::kNone)>;

  struct Address {
    std::size_t held = 0;
    Lists waiting;  // oldest first
  };

  [[nodiscard]] const Lists* lists_of(const std::string& address_key) const;

  std::unordered_map<std::string, Address> addresses_;
  Lists waiting_;
};

}  // namespace lectern::io
