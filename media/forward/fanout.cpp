#include "media/forward/fanout.h"

#include <algorithm>

namespace lectern::forward {

void Fanout::note(TierStream& tier) {
  Audience& audience = tier.audience(route_);
  if (audience.is_walked || audience.members.empty()) return;
  audience.is_walked = true;
  audience.walk_again = false;
  audience.cursor = 0;
  audience.walk_until = tier.end_order();
  tiers_.push_back(&tier);
}

void Fanout::forget(TierStream& tier) {
  std::erase(tiers_, &tier);
  tier.audience(route_).is_walked = false;
}

void Fanout::note_armed(Subscription& subscription) {
  if (subscription.is_switch_due()) {
    if (subscription.take_up()) note(*subscription.tier());
    return;
  }
  note(*subscription.tier());
  subscription.tier()->audience(route_).walk_again = true;
}

std::optional<Fanout::Due> Fanout::next() {
  while (!tiers_.empty()) {
    TierStream& tier = *tiers_.front();
    if (auto due = walk(tier)) return due;
    tiers_.pop_front();
    Audience& audience = tier.audience(route_);
    audience.is_walked = false;
    // Packets that came, and members that moved, while the walk was under way.
    if (audience.walk_again || tier.end_order() > audience.walk_until) note(tier);
  }
  return std::nullopt;
}

const Subscription* Fanout::upcoming(size_t ahead) const {
  if (tiers_.empty()) return nullptr;
  const Audience& audience = tiers_.front()->audience(route_);
  const size_t index = audience.cursor + ahead;
  return index < audience.members.size() ? audience.members[index] : nullptr;
}

std::optional<Fanout::Due> Fanout::walk(TierStream& tier) {
  Audience& audience = tier.audience(route_);
  while (audience.cursor < audience.members.size()) {
    Subscription* subscription = audience.members[audience.cursor];
    if (const TierStream::Entry* packet = subscription->next_due())
      return Due{.subscription = subscription, .packet = packet};
    if (!subscription->is_switch_due()) {
      ++audience.cursor;
      continue;
    }
    // Another takes its place in the list: the cursor stays. (A switch within one tier puts it at
    // the end of the same list.)
    if (subscription->take_up()) note(*subscription->tier());
  }
  return std::nullopt;
}

void Fanouts::note(TierStream& tier) {
  let_go(tier);
  viewers.note(tier);
  legs.note(tier);
}

void Fanouts::hold(TierStream& tier, Instant now) {
  if (std::find(held_.begin(), held_.end(), &tier) != held_.end()) return;
  held_.push_back(&tier);
  next_release_ = std::min(next_release_, now + kPatience);
}

void Fanouts::release(Instant now) {
  if (now < next_release_) return;
  while (!held_.empty()) note(*held_.back());
}

void Fanouts::forget(TierStream& tier) {
  let_go(tier);
  viewers.forget(tier);
  legs.forget(tier);
}

void Fanouts::let_go(TierStream& tier) {
  std::erase(held_, &tier);
  if (held_.empty()) next_release_ = Instant::never();
}

}  // namespace lectern::forward
