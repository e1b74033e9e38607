// What a leg looks like on its way from the worker that has a class to one that wants it.
//
// Every datagram begins with the leg's id (8 octets). Behind it is clear RTP: one stream for the
// sound and one for each encoding of a picture, known by their SSRCs; or RTCP: sender reports, and
// what is asked of whom by APP packets (RFC 3550 §6.7) of the name "LTRN":
//
//   subtype 0, the wish, from the receiving end: one word, a bit for each stream it wants (bit 0 is
//   the sound, which always comes). Sent on change and each second.
//   subtype 1, the offer, from the sending end: for each encoding that it has or could have had
//   (asleep: the publisher would send it again), two words: stream (8 bits), asleep (8), height of
//   the shorter side (16); frames per second (8), kbit/s (24). Sent on change and each half second.
#pragma once

#include "base/bytes.h"
#include "media/forward/track.h"
#include "media/rtcp/compound.h"
#include "media/worker/class_media.h"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lectern::worker {

inline constexpr size_t kLegHeaderSize = 8;
inline constexpr forward::PayloadTypes kLegPayloadTypes = {111, 96, 97, 98, 99, 100};
inline constexpr size_t kLegStreams = 1 + 2 * forward::kMaxEncodings;

// Which track and encoding the stream `stream` (below kLegStreams) carries.
struct LegPlace {
  size_t track = 0;
  size_t encoding = 0;
};
[[nodiscard]] LegPlace leg_place(size_t stream);

[[nodiscard]] uint32_t leg_ssrc(size_t stream);
// Nothing for an SSRC that no leg uses.
[[nodiscard]] std::optional<size_t> leg_stream(uint32_t ssrc);

using LegWish = std::bitset<kLegStreams>;
[[nodiscard]] bool write_leg_wish(uint32_t ssrc, const LegWish& wish, ByteWriter& out);
[[nodiscard]] std::optional<LegWish> parse_leg_wish(const rtcp::PacketView& packet);

using LegOffers = std::array<std::optional<forward::Track::Offer>, kLegStreams>;
[[nodiscard]] bool write_leg_offers(uint32_t ssrc, const LegOffers& offers, ByteWriter& out);
// Streams that do not exist are passed over.
[[nodiscard]] std::optional<LegOffers> parse_leg_offers(const rtcp::PacketView& packet);

}  // namespace lectern::worker
