#include "signaling/records/records.h"

#include "base/overloaded.h"

#include <algorithm>
#include <utility>

namespace lectern::signaling {

using Outcome = ClassRecorded::Outcome;

namespace {

constexpr std::string_view kClassKind = "class";
// Empty for now: a class by the API is a name.
constexpr std::string_view kClassBody = "{}";
constexpr Duration kListRetry = Duration::seconds(1);
constexpr const char* kAway = "The store does not answer.";
constexpr const char* kUnanswered =
    "The store does not answer. Try again in a few seconds, and look what is there by then.";

}  // namespace

void Records::keep_class(const RecordsContext& context, const Asker& asker,
                         const std::string& class_id, bool is_new) {
  ask(context, asker, class_id, is_new ? Outcome::kMade : Outcome::kKept);
}

void Records::forget_class(const RecordsContext& context, const Asker& asker,
                           const std::string& class_id) {
  ask(context, asker, class_id, Outcome::kForgotten);
}

void Records::ask(const RecordsContext& context, const Asker& asker, const std::string& class_id,
                  Outcome outcome) {
  const store::Ticket ticket = ++last_ticket_;
  const auto& entry = waiting_
                          .emplace(ticket, Ask{.asker = asker,
                                               .class_id = class_id,
                                               .outcome = outcome,
                                               .deadline = context.now + kPatience})
                          .first->second;
  if (!has_store_) return finish(context, ticket, std::nullopt);
  if (is_connected_) send(context, ticket, entry);
}

void Records::send(const RecordsContext& context, store::Ticket ticket, const Ask& ask) const {
  if (ask.outcome != Outcome::kForgotten) {
    context.events.emplace_back(ToStore{store::Put{.ticket = ticket,
                                                   .document = {.kind = std::string(kClassKind),
                                                                .key = ask.class_id,
                                                                .body = std::string(kClassBody)}}});
  } else {
    context.events.emplace_back(ToStore{
        store::Erase{.ticket = ticket, .kind = std::string(kClassKind), .key = ask.class_id}});
  }
}

void Records::finish(const RecordsContext& context, store::Ticket ticket,
                     std::optional<Problem> problem) {
  auto asked = waiting_.extract(ticket);
  if (asked.empty()) return;  // too late: it has been answered
  Ask& ask = asked.mapped();
  if (!problem && ask.outcome != Outcome::kForgotten) classes_.insert(ask.class_id);
  if (!problem && ask.outcome == Outcome::kForgotten) classes_.erase(ask.class_id);
  context.news.emplace_back(ClassRecorded{.asker = std::move(ask.asker),
                                          .class_id = std::move(ask.class_id),
                                          .outcome = ask.outcome,
                                          .problem = std::move(problem)});
}

void Records::send_list(const RecordsContext& context, std::string after) {
  list_again_ = Instant::never();
  list_ticket_ = ++last_ticket_;
  context.events.emplace_back(ToStore{store::List{
      .ticket = *list_ticket_, .kind = std::string(kClassKind), .after = std::move(after)}});
}

void Records::on_listing(const RecordsContext& context, const store::Listing& listing) {
  if (list_ticket_ != listing.ticket) return;
  list_ticket_.reset();
  for (const store::Document& document : listing.documents) {
    classes_.insert(document.key);
    context.news.emplace_back(ClassFound{document.key});
  }
  if (listing.has_more && !listing.documents.empty())
    return send_list(context, listing.documents.back().key);
  is_loaded_ = true;
  context.news.emplace_back(ClassesFound{});
}

void Records::on_message(const RecordsContext& context, const store::FromStore& message) {
  std::visit(
      Overloaded{[&](const store::Welcome& welcome) {
                   is_connected_ = true;
                   trouble_ = welcome.trouble;
                   // Also when they have been read before: a class that was refused for lack of an
                   // answer may have been kept after all.
                   send_list(context, {});
                   for (const auto& [ticket, ask] : waiting_) send(context, ticket, ask);
                 },
                 [&](const store::Done& done) { finish(context, done.ticket, std::nullopt); },
                 [&](const store::Failed& failed) {
                   if (list_ticket_ == failed.ticket) {
                     list_ticket_.reset();
                     list_again_ = context.now + kListRetry;
                   }
                   finish(context, failed.ticket, Problem{RefusalCode::kNotKept, failed.reason, 5});
                 },
                 [&](const store::Listing& listing) { on_listing(context, listing); },
                 [&](const store::Trouble& trouble) { trouble_ = trouble.sentence; }},
      message);
}

void Records::on_gone() {
  is_connected_ = false;
  list_ticket_.reset();
  list_again_ = Instant::never();
}

void Records::handle_timeout(const RecordsContext& context) {
  // Tickets grow with time, and so do deadlines.
  while (!waiting_.empty() && waiting_.begin()->second.deadline <= context.now)
    finish(context, waiting_.begin()->first, Problem{RefusalCode::kNotKept, kUnanswered, 5});
  if (context.now >= list_again_) send_list(context, {});
}

Instant Records::next_timeout() const {
  const Instant deadline = waiting_.empty() ? Instant::never() : waiting_.begin()->second.deadline;
  return std::min(deadline, list_again_);
}

std::string Records::trouble() const {
  if (!has_store_) return {};
  return is_connected_ ? trouble_ : kAway;
}

}  // namespace lectern::signaling
