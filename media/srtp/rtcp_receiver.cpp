#include "media/srtp/rtcp_receiver.h"

#include <algorithm>

namespace lectern::srtp {

Unprotected RtcpReceiver::unprotect(MutableBytes packet) {
  const auto header = cipher_.peek(packet);
  if (!header) return std::unexpected(Refusal::kMalformed);

  auto source = std::ranges::find(sources_, header->ssrc, &Source::ssrc);
  if (source == sources_.end()) {
    if (sources_.size() == kMaxSources) return std::unexpected(Refusal::kTooManySources);
  } else if (const auto novelty = source->window.judge(header->index); novelty != Novelty::kNew) {
    return std::unexpected(novelty == Novelty::kReplayed ? Refusal::kReplayed : Refusal::kTooOld);
  }

  const auto clear = cipher_.open(packet, *header);
  if (!clear) return std::unexpected(Refusal::kBadTag);
  if (source == sources_.end()) source = sources_.insert(source, {header->ssrc, {}});
  source->window.mark(header->index);
  return *clear;
}

}  // namespace lectern::srtp
