#include "signaling/desk/members.h"

#include <algorithm>
#include <utility>

namespace lectern::signaling {

Member& Members::enter(Member member) {
  OfClass& of_class = by_class_[member.class_id];
  (member.role == PageRole::kTeacher ? of_class.teachers : of_class.students).insert(member.id);
  const ConnectionId id = member.id;
  return members_.insert_or_assign(id, std::move(member)).first->second;
}

Member* Members::find(ConnectionId id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

void Members::leave(ConnectionId id) {
  Member* member = find(id);
  if (member == nullptr) return;
  claim(*member, std::nullopt);
  const auto of_class = by_class_.find(member->class_id);
  of_class->second.students.erase(id);
  of_class->second.teachers.erase(id);
  if (of_class->second.students.empty() && of_class->second.teachers.empty())
    by_class_.erase(of_class);
  members_.erase(id);
}

void Members::claim(Member& member, std::optional<SessionName> session) {
  if (member.media.session) by_media_.erase(*member.media.session);
  member.media = {};
  if (!session) return;
  if (Member* other = of_media(*session)) other->media = {};
  by_media_[*session] = member.id;
  member.media.session = std::move(session);
}

void Members::claim_early(Member& member, const SessionName& session, Instant now) {
  claim(member, session);
  member.media.waits_since = now;
}

Member* Members::of_media(const SessionName& session) {
  const auto found = by_media_.find(session);
  return found == by_media_.end() ? nullptr : find(found->second);
}

const std::set<ConnectionId>& Members::of_class(std::string_view class_id, PageRole role) const {
  static const std::set<ConnectionId> kNobody;
  const auto found = by_class_.find(class_id);
  if (found == by_class_.end()) return kNobody;
  return role == PageRole::kTeacher ? found->second.teachers : found->second.students;
}

bool Members::is_empty(std::string_view class_id) const {
  return !by_class_.contains(class_id);
}

std::size_t Members::count(PageRole role) const {
  std::size_t total = 0;
  for (const auto& [class_id, of_class] : by_class_)
    total += role == PageRole::kTeacher ? of_class.teachers.size() : of_class.students.size();
  return total;
}

std::vector<ConnectionId> Members::ids() const {
  std::vector<ConnectionId> ids;
  ids.reserve(members_.size());
  for (const auto& [id, member] : members_) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

}  // namespace lectern::signaling
