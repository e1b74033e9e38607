#include "signaling/roster.h"

#include <algorithm>

namespace lectern::signaling {

namespace {

constexpr Duration kReportLifetime = Duration::seconds(30);  // [P44]

}  // namespace

Page& Roster::open(ConnectionId id, Instant now) {
  Page& page = pages_[id];
  page.id = id;
  page.opened_at = now;
  page.heard_at = now;
  return page;
}

Page* Roster::find(ConnectionId id) {
  const auto found = pages_.find(id);
  return found == pages_.end() ? nullptr : &found->second;
}

void Roster::know(Page& page, const std::string& person) {
  page.is_known = true;
  page.caller.person = person;
  by_person_[person].insert(page.id);
  ++known_;
}

const std::set<ConnectionId>& Roster::of_person(const std::string& person) const {
  static const std::set<ConnectionId> kNone;
  const auto found = by_person_.find(person);
  return found == by_person_.end() ? kNone : found->second;
}

void Roster::enter(const Page& page) {
  OfClass& of_class = by_class_[page.class_id];
  (page.role == PageRole::kTeacher ? of_class.teachers : of_class.students).insert(page.id);
}

void Roster::remove(ConnectionId id) {
  Page* page = find(id);
  if (page == nullptr) return;
  claim(*page, std::nullopt);
  if (page->is_known) {
    const auto of_person = by_person_.find(page->caller.person);
    of_person->second.erase(id);
    if (of_person->second.empty()) by_person_.erase(of_person);
    --known_;
  }
  const auto of_class = by_class_.find(page->class_id);
  if (of_class != by_class_.end()) {
    of_class->second.students.erase(id);
    of_class->second.teachers.erase(id);
    if (of_class->second.students.empty() && of_class->second.teachers.empty())
      by_class_.erase(of_class);
  }
  pages_.erase(id);
}

void Roster::claim(Page& page, std::optional<SessionName> media) {
  if (page.media) by_media_.erase(*page.media);
  page.media.reset();
  page.media_waits_since.reset();
  if (!media) return;
  if (Page* other = page_of(*media)) {
    other->media.reset();
    other->media_waits_since.reset();
  }
  by_media_[*media] = page.id;
  page.media = std::move(media);
}

Page* Roster::page_of(const SessionName& media) {
  const auto found = by_media_.find(media);
  return found == by_media_.end() ? nullptr : find(found->second);
}

const std::set<ConnectionId>& Roster::pages(std::string_view class_id, PageRole role) const {
  static const std::set<ConnectionId> kNobody;
  const auto found = by_class_.find(class_id);
  if (found == by_class_.end()) return kNobody;
  return role == PageRole::kTeacher ? found->second.teachers : found->second.students;
}

bool Roster::is_empty(std::string_view class_id) const {
  return !by_class_.contains(class_id);
}

Roster::TroubleCounts Roster::trouble(Instant now, std::string_view class_id) {
  TroubleCounts count;
  for (const ConnectionId id : pages(class_id, PageRole::kStudent)) {
    const Page& page = pages_.at(id);
    if (!page.trouble || page.trouble->at + kReportLifetime < now) continue;
    if (page.trouble->without_sound) ++count.sound;
    if (page.trouble->without_picture) ++count.picture;
    if (page.trouble->without_codec) ++count.codec;
  }
  return count;
}

std::size_t Roster::count(PageRole role) const {
  std::size_t total = 0;
  for (const auto& [class_id, of_class] : by_class_)
    total += role == PageRole::kTeacher ? of_class.teachers.size() : of_class.students.size();
  return total;
}

std::vector<ConnectionId> Roster::ids() const {
  std::vector<ConnectionId> ids;
  ids.reserve(pages_.size());
  for (const auto& [id, page] : pages_) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

}  // namespace lectern::signaling
