#include "media/srtp/evp_unprotector.h"

#include "base/digest.h"

#include <algorithm>

namespace lectern::srtp {
namespace {

// RFC 3711 §3.3.1: the index nearest to the highest so far that has this sequence number. There is
// nothing before ROC 0.
uint64_t estimate_index(uint64_t highest, uint16_t sequence_number) {
  const auto step = static_cast<int16_t>(sequence_number - static_cast<uint16_t>(highest));
  if (step < 0 && highest < static_cast<uint64_t>(-step)) return sequence_number;
  return highest + static_cast<uint64_t>(static_cast<int64_t>(step));
}

}  // namespace

EvpUnprotector::EvpUnprotector(Profile profile, const SessionKeys& keys)
    : salt_(keys.rtp.salt), rtcp_(profile, keys.rtcp) {
  if (profile == Profile::kAeadAes128Gcm) {
    gcm_.emplace(keys.rtp.encryption);
  } else {
    cm_.emplace(CtrCipher(keys.rtp.encryption), HmacSha1(keys.rtp.authentication));
  }
}

Unprotected EvpUnprotector::unprotect_rtp(MutableBytes packet) {
  const auto shape = rtp_shape(packet);
  const size_t tag = tag_size(gcm_ ? Profile::kAeadAes128Gcm : Profile::kAesCm128HmacSha1_80);
  if (!shape || packet.size() < shape->header_size + tag) {
    return std::unexpected(Refusal::kMalformed);
  }

  uint64_t index = shape->sequence_number;
  auto source = std::ranges::find(sources_, shape->ssrc, &Source::ssrc);
  if (source == sources_.end()) {
    if (sources_.size() == kMaxSources) return std::unexpected(Refusal::kTooManySources);
  } else {
    index = estimate_index(source->window.highest(), shape->sequence_number);
    const auto novelty = source->window.judge(index);
    if (novelty == Novelty::kReplayed) return std::unexpected(Refusal::kReplayed);
    if (novelty == Novelty::kTooOld) return std::unexpected(Refusal::kTooOld);
  }

  const auto clear = open(packet, *shape, index);
  if (!clear) return std::unexpected(Refusal::kBadTag);
  if (source == sources_.end()) source = sources_.insert(source, {shape->ssrc, {}});
  source->window.mark(index);
  return *clear;
}

std::optional<MutableBytes> EvpUnprotector::open(MutableBytes packet, const RtpShape& shape,
                                                 uint64_t index) {
  const size_t tag = tag_size(gcm_ ? Profile::kAeadAes128Gcm : Profile::kAesCm128HmacSha1_80);
  const size_t size = packet.size() - tag;
  const MutableBytes payload = packet.subspan(shape.header_size, size - shape.header_size);
  if (gcm_) {
    if (!gcm_->open(rtp_gcm_iv(salt_, shape.ssrc, index), packet.first(shape.header_size), Bytes(),
                    payload, packet.last(tag))) {
      return std::nullopt;
    }
    return packet.first(size);
  }
  std::array<uint8_t, 4> roc;
  store_be32(roc.data(), static_cast<uint32_t>(index >> 16));
  const auto digest = cm_->authentication.of(packet.first(size), roc);
  if (!equal_in_constant_time(Bytes(digest).first(tag), packet.last(tag))) return std::nullopt;
  cm_->cipher.apply(ctr_iv(salt_, shape.ssrc, index), payload);
  return packet.first(size);
}

}  // namespace lectern::srtp
