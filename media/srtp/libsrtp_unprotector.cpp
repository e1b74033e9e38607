#include "media/srtp/libsrtp_unprotector.h"

#include "base/check.h"
#include "media/srtp/rtp_shape.h"

#include <srtp2/srtp.h>

#include <algorithm>
#include <array>

namespace lectern::srtp {
namespace {

void initialise_once() {
  static const srtp_err_status_t kStatus = srtp_init();
  LECTERN_CHECK(kStatus == srtp_err_status_ok);
}

Refusal refusal(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_replay_fail:
      return Refusal::kReplayed;
    case srtp_err_status_replay_old:
      return Refusal::kTooOld;
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
      return Refusal::kBadTag;
    default:
      return Refusal::kMalformed;
  }
}

using UnprotectFunction = srtp_err_status_t (*)(srtp_t, void*, int*);

Unprotected run(UnprotectFunction unprotect, srtp_t session, MutableBytes packet) {
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = unprotect(session, packet.data(), &size);
  if (status != srtp_err_status_ok) return std::unexpected(refusal(status));
  return packet.first(static_cast<size_t>(size));
}

}  // namespace

void LibsrtpUnprotector::Free::operator()(srtp_ctx_t_* session) const {
  srtp_dealloc(session);
}

LibsrtpUnprotector::LibsrtpUnprotector(Profile profile, const MasterKey& master)
    : profile_(profile) {
  initialise_once();
  srtp_policy_t policy{};
  if (profile == Profile::kAeadAes128Gcm) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
  }
  std::array<uint8_t, kKeySize + kMaxSaltSize> key{};
  std::ranges::copy(master.key, key.begin());
  std::ranges::copy(master.salt, key.begin() + kKeySize);
  policy.key = key.data();
  policy.ssrc.type = ssrc_any_inbound;
  policy.window_size = kReplayWindow;
  srtp_t session = nullptr;
  LECTERN_CHECK(srtp_create(&session, &policy) == srtp_err_status_ok);
  session_.reset(session);
}

Unprotected LibsrtpUnprotector::unprotect_rtp(MutableBytes packet) {
  const auto shape = rtp_shape(packet);
  if (!shape || packet.size() < shape->header_size + tag_size(profile_)) {
    return std::unexpected(Refusal::kMalformed);
  }
  if (!has_room_for(shape->ssrc)) return std::unexpected(Refusal::kTooManySources);
  auto clear = run(srtp_unprotect, session_.get(), packet);
  if (clear) remember(shape->ssrc);
  return clear;
}

Unprotected LibsrtpUnprotector::unprotect_rtcp(MutableBytes packet) {
  constexpr size_t kClearHeaderSize = 8;
  if (packet.size() < kClearHeaderSize + rtcp_overhead(profile_) || packet[0] >> 6 != 2) {
    return std::unexpected(Refusal::kMalformed);
  }
  const uint32_t ssrc = load_be32(packet.data() + 4);
  if (!has_room_for(ssrc)) return std::unexpected(Refusal::kTooManySources);
  auto clear = run(srtp_unprotect_rtcp, session_.get(), packet);
  if (clear) remember(ssrc);
  return clear;
}

bool LibsrtpUnprotector::has_room_for(uint32_t ssrc) const {
  return sources_.size() < kMaxSources || std::ranges::find(sources_, ssrc) != sources_.end();
}

void LibsrtpUnprotector::remember(uint32_t ssrc) {
  if (std::ranges::find(sources_, ssrc) == sources_.end()) sources_.push_back(ssrc);
}

}  // namespace lectern::srtp
