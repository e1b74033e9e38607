// STUN parsing, and the lite agent behind it, with whatever a datagram may hold.

#include "base/check.h"
#include "media/ice/lite_agent.h"
#include "media/ice/ufrag.h"
#include "media/stun/message.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace {

using lectern::Bytes;

// The credentials of RFC 5769, so that its samples in the corpus authenticate.
const lectern::ice::Credentials kLocal{.ufrag = "evtj", .password = "VOkJxbRl1RmTxUk/WvJxBt"};

void try_agent(Bytes datagram) {
  lectern::ice::LiteAgent agent(lectern::Instant::from_ms(0), kLocal);
  std::array<uint8_t, lectern::stun::kMaxMessageSize> reply{};
  const lectern::Path path{.remote = lectern::Endpoint::v4(192, 0, 2, 1, 1), .local = {}};
  const auto outcome = agent.handle_datagram(lectern::Instant::from_ms(1), path, datagram, reply);
  LECTERN_CHECK(outcome.reply_size <= reply.size());
  // Whatever we answer is STUN, and no path is valid but by an accepted check.
  if (outcome.reply_size > 0)
    LECTERN_CHECK(lectern::stun::parse(Bytes(reply).first(outcome.reply_size)).has_value());
  LECTERN_CHECK(agent.is_validated(path) == !outcome.drop.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes datagram(data, size);
  const auto message = lectern::stun::parse(datagram);
  if (message) {
    static_cast<void>(lectern::stun::check_integrity(*message, lectern::as_bytes(kLocal.password)));
    const auto username = lectern::stun::split_username(*message);
    if (username) static_cast<void>(lectern::ice::decode_ufrag(username->receiver, {}));
  }
  try_agent(datagram);
  return 0;
}
