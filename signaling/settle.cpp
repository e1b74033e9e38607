#include "signaling/settle.h"

#include "signaling/media_answers.h"
#include "signaling/page_messages.h"

#include <algorithm>
#include <utility>

namespace lectern::signaling {
namespace {

constexpr Duration kTaughtClassLinger = Duration::seconds(60);  // [P17]

void settle_legs(const Turn& turn, const std::string& class_id, const Classroom* room) {
  Tables& tables = turn.tables;
  Legs::Wanted wanted{.class_id = class_id, .origin = std::nullopt, .edges = {}};
  if (room != nullptr && room->origin() && tables.workers.ready(*room->origin()) != nullptr)
    wanted.origin = room->origin();
  for (const control::WorkerNumber worker : tables.sessions.workers_with_viewers(class_id))
    if (worker != wanted.origin && tables.workers.ready(worker) != nullptr)
      wanted.edges.push_back(worker);
  tables.legs.settle(turn.now, wanted, tables.workers, tables.rng, turn.events);
}

void broadcast(const Turn& turn, const std::string& class_id, PageRole role,
               const SharedText& text) {
  for (const ConnectionId page : turn.tables.roster.pages(class_id, role)) turn.send(page, text);
}

void show_class(const Turn& turn, const std::string& class_id, ClassEntry& entry) {
  const ClassView view = entry.room.view(turn.now);
  if (view == entry.shown) return;
  entry.shown = view;
  const SharedText text = class_text(view);
  broadcast(turn, class_id, PageRole::kTeacher, text);
  broadcast(turn, class_id, PageRole::kStudent, text);
}

void read_wanted_sources(const Turn& turn, Classroom& room) {
  if (!room.publisher()) return;
  const Page* page = turn.tables.roster.page_of(*room.publisher());
  if (page != nullptr && page->sources) room.set_wanted(turn.now, *page->sources);
}

SharedText teacher_audience(const Turn& turn, const std::string& class_id) {
  return teacher_audience_text(turn.tables.sessions.connected_viewers(class_id),
                               turn.tables.workers.rungs(class_id),
                               turn.tables.roster.trouble(turn.now, class_id));
}

void show_audience(const Turn& turn, const std::string& class_id, ClassEntry& entry) {
  if (!turn.tables.roster.pages(class_id, PageRole::kTeacher).empty()) {
    const SharedText text = teacher_audience(turn, class_id);
    if (entry.teacher_audience == nullptr || *entry.teacher_audience != *text) {
      entry.teacher_audience = text;
      broadcast(turn, class_id, PageRole::kTeacher, text);
    }
  }
  if (turn.now < entry.next_student_audience) return;
  const std::uint32_t viewers = rounded(turn.tables.sessions.connected_viewers(class_id));
  if (entry.student_audience == viewers) return;
  entry.student_audience = viewers;
  entry.next_student_audience = turn.now + kStudentAudiencePeriod;
  broadcast(turn, class_id, PageRole::kStudent, student_audience_text(viewers));
}

// Notes since when a class made by teaching has been empty.
void note_emptiness(const Turn& turn, const std::string& class_id, ClassEntry& entry) {
  const bool is_empty = entry.room.kind() == Classroom::Kind::kTaught &&
                        turn.tables.roster.is_empty(class_id) &&
                        !turn.tables.sessions.has_sessions(class_id);
  if (!is_empty) entry.empty_since.reset();
  if (is_empty && !entry.empty_since) entry.empty_since = turn.now;
}

}  // namespace

std::uint32_t rounded(std::uint32_t viewers) {
  std::uint32_t unit = 1;
  while (viewers / unit >= 100) unit *= 10;
  return viewers / unit * unit;
}

void settle(const Turn& turn) {
  for (const std::string& class_id : std::exchange(turn.tables.touched, {})) {
    ClassEntry* entry = turn.tables.find_class(class_id);
    if (entry != nullptr) let_succeed(turn, entry->room);
    if (entry != nullptr) read_wanted_sources(turn, entry->room);
    settle_legs(turn, class_id, entry != nullptr ? &entry->room : nullptr);
    if (entry != nullptr) show_class(turn, class_id, *entry);
  }
}

void tick_classes(const Turn& turn) {
  Tables& tables = turn.tables;
  for (auto& [class_id, entry] : tables.classes) {
    const auto origin = entry.room.origin();
    let_succeed(turn, entry.room);
    entry.room.expire(turn.now);
    if (entry.room.origin() != origin) tables.touch(class_id);
    show_class(turn, class_id, entry);
    show_audience(turn, class_id, entry);
    note_emptiness(turn, class_id, entry);
  }
  std::erase_if(tables.classes, [&turn](const auto& item) {
    const auto& empty_since = item.second.empty_since;
    const bool is_over = empty_since && turn.now >= *empty_since + kTaughtClassLinger;
    if (is_over) turn.tables.workers.forget_class(item.first);
    return is_over;
  });
  tables.legs.expire(turn.now, tables.workers, turn.events);
  for (const std::string& class_id : tables.legs.due(turn.now)) tables.touch(class_id);
  tables.tickets.expire(turn.now);
  tables.quotas.expire(turn.now);
}

bool needs_ticks(const Tables& tables) {
  return tables.roster.size() > 0 || tables.sessions.size() > 0 || tables.legs.size() > 0 ||
         tables.tickets.size() > 0 || tables.quotas.size() > 0 ||
         std::ranges::any_of(tables.classes, [](const auto& item) {
           return item.second.room.kind() == Classroom::Kind::kTaught ||
                  !item.second.room.is_settled();
         });
}

void send_audience(const Turn& turn, const Page& page) {
  if (page.role == PageRole::kTeacher) {
    turn.send(page.id, teacher_audience(turn, page.class_id));
  } else {
    const auto viewers = turn.tables.sessions.connected_viewers(page.class_id);
    turn.send(page.id, student_audience_text(rounded(viewers)));
  }
}

}  // namespace lectern::signaling
