#include "signaling/desk/desk.h"

#include "signaling/desk/messages.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace lectern::signaling {

using Json = nlohmann::json;

namespace {

constexpr Duration kTaughtClassLinger = Duration::seconds(60);  // [P17]

}  // namespace

std::uint32_t rounded(std::uint32_t viewers) {
  std::uint32_t unit = 1;
  while (viewers / unit >= 100) unit *= 10;
  return viewers / unit * unit;
}

Desk::Desk(const Config& config) : classes_(config.max_classes) {
  for (const std::string& class_id : config.classes)
    if (is_class_name(class_id)) classes_.ensure(class_id, ClassKind::kConfigured);
}

// ----------------------------------------------------------------------------------- classes

bool Desk::has_class(std::string_view class_id) const {
  return classes_.contains(class_id);
}

bool Desk::ensure_class(std::string_view class_id, ClassKind kind) {
  return classes_.ensure(class_id, kind) != nullptr;
}

void Desk::make_lasting(std::string_view class_id) {
  ClassRecord* record = classes_.find(class_id);
  if (record != nullptr && record->kind == ClassKind::kTaught) record->kind = ClassKind::kCreated;
}

std::vector<ConnectionId> Desk::end_class(const DeskContext& context, std::string_view class_id) {
  context.placement.end_class(context.of_placement, class_id);
  std::vector<ConnectionId> pages;
  for (const PageRole role : {PageRole::kTeacher, PageRole::kStudent})
    std::ranges::copy(members_.of_class(class_id, role), std::back_inserter(pages));
  classes_.erase(class_id);
  return pages;
}

// ------------------------------------------------------------------------------------- pages

void Desk::enter(const DeskContext& context, Member member) {
  const Member& entered = members_.enter(std::move(member));
  context.touch(entered.class_id);
  tell_class(context, entered);
  context.of_placement.events.emplace_back(
      JoinAudience{entered.id, {entered.class_id, entered.role}});
}

void Desk::refresh(const DeskContext& context, const Member& member) const {
  tell_class(context, member);
  tell_media(context, member);
}

void Desk::tell_class(const DeskContext& context, const Member& member) const {
  const std::string& class_id = member.class_id;
  context.send(member.id, class_text(classes_.find(class_id)->told.view));
  if (member.role == PageRole::kTeacher) {
    context.send(member.id, teacher_audience(context, class_id));
  } else {
    const auto viewers = context.placement.sessions().connected_viewers(class_id);
    context.send(member.id, student_audience_text(rounded(viewers)));
  }
}

void Desk::leave(const DeskContext& context, ConnectionId page) {
  const Member* member = members_.find(page);
  if (member == nullptr) return;
  context.touch(member->class_id);
  members_.leave(page);
}

// -------------------------------------------------------------------------- what pages say

void Desk::on_message(const DeskContext& context, Member& member, std::string_view type,
                      const Json& message) {
  struct Kind {
    std::string_view type;
    const char* (Desk::*apply)(const DeskContext&, Member&, const Json&);
  };
  static constexpr std::array<Kind, 3> kKinds = {
      {{"media", &Desk::on_media}, {"limit", &Desk::on_limit}, {"sources", &Desk::on_sources}}};
  const char* fault = nullptr;
  for (const Kind& kind : kKinds)
    if (type == kind.type) fault = (this->*kind.apply)(context, member, message);
  if (const Feature* feature = find_feature(type)) {
    Tellings tellings;
    fault = feature->apply(classes_.find(member.class_id)->features,
                           {.now = context.now(), .is_staff = member.role == PageRole::kTeacher},
                           message, tellings);
    tell(context, member.class_id, tellings);
  }
  if (fault != nullptr) context.send(member.id, error_text({RefusalCode::kBadMessage, fault}));
}

// ---------------------------------------------------------------------------- what they are told

void Desk::tell(const DeskContext& context, const std::string& class_id,
                const Tellings& tellings) const {
  for (const classroom::Telling& telling : tellings) {
    const SharedText text = shared_text(telling.message);
    context.broadcast({class_id, PageRole::kTeacher}, text, telling.lane, telling.key);
    if (telling.audience == classroom::Audience::kEverybody)
      context.broadcast({class_id, PageRole::kStudent}, text, telling.lane, telling.key);
  }
}

void Desk::show(const DeskContext& context, const std::string& class_id) {
  ClassRecord* record = classes_.find(class_id);
  if (record == nullptr) return;
  const ClassView view = context.placement.view(context.now(), class_id);
  if (view == record->told.view) return;
  record->told.view = view;
  const SharedText text = class_text(view);
  context.broadcast({class_id, PageRole::kTeacher}, text, Lane::kReplaceable, "class");
  context.broadcast({class_id, PageRole::kStudent}, text, Lane::kReplaceable, "class");
}

void Desk::on_trouble(const std::string& class_id, const TroubleCounts& trouble) {
  if (ClassRecord* record = classes_.find(class_id)) record->trouble = trouble;
}

SharedText Desk::teacher_audience(const DeskContext& context, const std::string& class_id) const {
  return teacher_audience_text(context.placement.sessions().connected_viewers(class_id),
                               context.placement.workers().rungs(class_id),
                               classes_.find(class_id)->trouble);
}

void Desk::show_audience(const DeskContext& context, const std::string& class_id, Told& told) {
  if (!members_.of_class(class_id, PageRole::kTeacher).empty()) {
    const SharedText text = teacher_audience(context, class_id);
    if (told.teacher_audience == nullptr || *told.teacher_audience != *text) {
      told.teacher_audience = text;
      context.broadcast({class_id, PageRole::kTeacher}, text, Lane::kReplaceable, "audience");
    }
  }
  if (context.now() < told.next_student_audience) return;
  const auto viewers = rounded(context.placement.sessions().connected_viewers(class_id));
  if (told.student_audience == viewers) return;
  told.student_audience = viewers;
  told.next_student_audience = context.now() + kStudentAudiencePeriod;
  context.broadcast({class_id, PageRole::kStudent}, student_audience_text(viewers),
                    Lane::kReplaceable, "audience");
}

// -------------------------------------------------------------------------------------- time

// Notes since when a class made by teaching has been empty.
void Desk::note_emptiness(const DeskContext& context, const std::string& class_id,
                          ClassRecord& record) const {
  const bool is_empty = record.kind == ClassKind::kTaught && members_.is_empty(class_id) &&
                        !context.placement.is_used(context.now(), class_id);
  if (!is_empty) record.empty_since.reset();
  if (is_empty && !record.empty_since) record.empty_since = context.now();
}

void Desk::tick(const DeskContext& context) {
  give_up_claims(context);
  for (auto& [class_id, record] : classes_.all()) {
    show(context, class_id);
    show_audience(context, class_id, record.told);
    note_emptiness(context, class_id, record);
    Tellings tellings;
    for (const Feature& feature : features())
      if (feature.tick != nullptr) feature.tick(record.features, tellings);
    tell(context, class_id, tellings);
  }
  std::erase_if(classes_.all(), [&context](const auto& item) {
    const auto& empty_since = item.second.empty_since;
    return empty_since && context.now() >= *empty_since + kTaughtClassLinger;
  });
}

bool Desk::needs_ticks() const {
  return members_.size() > 0 || std::ranges::any_of(classes_.all(), [](const auto& item) {
           return item.second.kind == ClassKind::kTaught;
         });
}

}  // namespace lectern::signaling
