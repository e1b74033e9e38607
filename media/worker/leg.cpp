#include "media/worker/leg.h"

#include "media/rtcp/application.h"

#include <algorithm>

namespace lectern::worker {
namespace {

constexpr uint32_t kFirstSsrc = 0x4C000000;
constexpr uint32_t kName = 0x4C54524E;  // "LTRN"
constexpr uint8_t kWishSubtype = 0;
constexpr uint8_t kOffersSubtype = 1;
constexpr size_t kOfferSize = 8;
constexpr int64_t kMostKbps = 0xFFFFFF;

std::optional<rtcp::Application> parse(const rtcp::PacketView& packet, uint8_t subtype) {
  const auto application = rtcp::parse_application(packet);
  if (!application || application->name != kName || application->subtype != subtype)
    return std::nullopt;
  return *application;
}

}  // namespace

LegPlace leg_place(size_t stream) {
  if (stream == 0) return {.track = kAudio, .encoding = 0};
  return {.track = stream <= forward::kMaxEncodings ? kCamera : kScreen,
          .encoding = (stream - 1) % forward::kMaxEncodings};
}

uint32_t leg_ssrc(size_t stream) {
  const LegPlace place = leg_place(stream);
  return kFirstSsrc | static_cast<uint32_t>(place.track) << 8 |
         static_cast<uint32_t>(place.encoding);
}

std::optional<size_t> leg_stream(uint32_t ssrc) {
  for (size_t stream = 0; stream < kLegStreams; ++stream)
    if (leg_ssrc(stream) == ssrc) return stream;
  return std::nullopt;
}

bool write_leg_wish(uint32_t ssrc, const LegWish& wish, ByteWriter& out) {
  std::array<uint8_t, 4> data{};
  store_be32(data.data(), static_cast<uint32_t>(wish.to_ulong()));
  return rtcp::write_application(
      {.subtype = kWishSubtype, .ssrc = ssrc, .name = kName, .data = data}, out);
}

std::optional<LegWish> parse_leg_wish(const rtcp::PacketView& packet) {
  const auto application = parse(packet, kWishSubtype);
  if (!application || application->data.size() < 4) return std::nullopt;
  return LegWish(load_be32(application->data.data()));
}

bool write_leg_offers(uint32_t ssrc, const LegOffers& offers, ByteWriter& out) {
  std::array<uint8_t, kLegStreams * kOfferSize> data{};
  ByteWriter entries(data);
  for (size_t stream = 0; stream < kLegStreams; ++stream) {
    const auto& offer = offers[stream];
    if (!offer) continue;
    entries.u8(static_cast<uint8_t>(stream));
    entries.u8(offer->is_asleep ? 1 : 0);
    entries.u16(static_cast<uint16_t>(std::min<uint32_t>(offer->height, 0xFFFF)));
    entries.u8(static_cast<uint8_t>(std::min<uint32_t>(offer->fps, 0xFF)));
    entries.u24(static_cast<uint32_t>(std::min(offer->rate.kbps(), kMostKbps)));
  }
  return rtcp::write_application(
      {.subtype = kOffersSubtype, .ssrc = ssrc, .name = kName, .data = entries.written()}, out);
}

std::optional<LegOffers> parse_leg_offers(const rtcp::PacketView& packet) {
  const auto application = parse(packet, kOffersSubtype);
  if (!application) return std::nullopt;
  LegOffers offers;
  ByteReader entries(application->data);
  while (entries.remaining() >= kOfferSize) {
    const size_t stream = entries.u8();
    forward::Track::Offer offer;
    offer.is_asleep = entries.u8() != 0;
    offer.height = entries.u16();
    offer.fps = entries.u8();
    offer.rate = DataRate::kbps(entries.u24());
    if (stream > 0 && stream < kLegStreams) offers[stream] = offer;
  }
  return offers;
}

}  // namespace lectern::worker
