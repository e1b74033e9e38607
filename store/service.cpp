#include "store/service.h"

#include "base/overloaded.h"

#include <algorithm>
#include <variant>

namespace lectern::store {
namespace {

// What a Listing may hold besides the last document, whatever that is.
constexpr std::size_t kListingRoom = kMaxRecord - kMaxBody - kMaxKey - kMaxKind - 64;

std::size_t size_of(const Document& document) {
  return document.kind.size() + document.key.size() + document.body.size() + 12;
}

std::string cut(std::string sentence) {
  sentence.resize(std::min(sentence.size(), kMaxSentence));
  return sentence;
}

}  // namespace

Service::Service(Instant now, Open open) : open_(std::move(open)) {
  this->open(now);
}

void Service::open(Instant now) {
  auto opened = open_();
  retry_at_ = Instant::never();
  if (!opened) return fail(now, opened.error().context);
  documents_ = *std::move(opened);
  if (std::exchange(trouble_, {}).empty()) return;
  for (const ClientId client : clients_) answers_.emplace_back(client, Trouble{});
}

void Service::fail(Instant now, const std::string& reason) {
  for (const auto& [client, ticket] : std::exchange(waiting_, {}))
    if (clients_.contains(client)) answers_.emplace_back(client, Failed{ticket, cut(reason)});
  documents_.reset();
  commit_at_ = Instant::never();
  retry_at_ = now + kRetryPeriod;
  if (trouble_ == cut(reason)) return;
  trouble_ = cut(reason);
  for (const ClientId client : clients_) answers_.emplace_back(client, Trouble{trouble_});
}

void Service::connected(ClientId client) {
  clients_.insert(client);
  answers_.emplace_back(client, Welcome{.schema = kSchema, .trouble = trouble_});
}

void Service::gone(ClientId client) {
  clients_.erase(client);
}

void Service::ask(Instant now, ClientId client, const ToStore& message) {
  if (documents_ == nullptr) {
    const Ticket ticket = std::visit([](const auto& ask) { return ask.ticket; }, message);
    answers_.emplace_back(client, Failed{ticket, trouble_});
    return;
  }
  std::visit(Overloaded{[&](const Put& ask) {
                          change(now, client, ask.ticket, documents_->put(ask.document));
                        },
                        [&](const Erase& ask) {
                          change(now, client, ask.ticket, documents_->erase(ask.kind, ask.key));
                        },
                        [&](const List& ask) { answer_list(now, client, ask); }},
             message);
}

void Service::change(Instant now, ClientId client, Ticket ticket, const Result<void>& outcome) {
  waiting_.emplace_back(client, ticket);
  if (!outcome) return fail(now, outcome.error().context);
  commit_at_ = std::min(commit_at_, now + kGroupWindow);
}

// Nobody is told of what may still be lost: what waits is committed first.
void Service::answer_list(Instant now, ClientId client, const List& ask) {
  commit(now);
  if (documents_ == nullptr) {
    answers_.emplace_back(client, Failed{ask.ticket, trouble_});
    return;
  }
  auto found = documents_->list(ask.kind, ask.after, kMostInListing + 1);
  if (!found) {
    waiting_.emplace_back(client, ask.ticket);
    return fail(now, found.error().context);
  }
  Listing listing{.ticket = ask.ticket, .documents = {}, .has_more = false};
  std::size_t size = 0;
  for (Document& document : *found) {
    listing.has_more = listing.documents.size() == kMostInListing || size > kListingRoom;
    if (listing.has_more) break;
    size += size_of(document);
    listing.documents.push_back(std::move(document));
  }
  answers_.emplace_back(client, std::move(listing));
}

void Service::commit(Instant now) {
  commit_at_ = Instant::never();
  if (documents_ == nullptr || waiting_.empty()) return;
  if (const auto done = documents_->commit(); !done) return fail(now, done.error().context);
  for (const auto& [client, ticket] : std::exchange(waiting_, {}))
    if (clients_.contains(client)) answers_.emplace_back(client, Done{ticket});
}

void Service::handle_timeout(Instant now) {
  if (now >= commit_at_) commit(now);
  if (now >= retry_at_) open(now);
}

Instant Service::next_timeout() const {
  return std::min(commit_at_, retry_at_);
}

}  // namespace lectern::store
