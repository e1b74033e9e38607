#include "signaling/tables.h"

#include <utility>

namespace lectern::signaling {

Tables::Tables(Config configuration, const TokenAuthority* token_authority, Rng& random)
    : config(std::move(configuration)),
      authority(token_authority),
      permissions(config, authority),
      rng(random),
      ungreeted(config.max_ungreeted, config.max_ungreeted_per_network),
      quotas(config.quotas),
      pending(random),
      tickets(config.max_tickets) {
  for (const std::string& class_id : config.classes)
    if (is_class_name(class_id)) classes.try_emplace(class_id, Classroom::Kind::kConfigured);
}

ClassEntry* Tables::find_class(std::string_view class_id) {
  const auto found = classes.find(class_id);
  return found == classes.end() ? nullptr : &found->second;
}

ClassEntry* Tables::ensure_class(std::string_view class_id, Classroom::Kind kind) {
  if (ClassEntry* known = find_class(class_id)) return known;
  if (classes.size() >= config.max_classes) return nullptr;
  return &classes.try_emplace(std::string(class_id), kind).first->second;
}

}  // namespace lectern::signaling
