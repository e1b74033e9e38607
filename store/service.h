// The store without a socket and without a file: asks come in, answers are pulled, and a change is
// answered when it is durable.
//
//   ask → Documents → (kGroupWindow later, for all that came meanwhile) commit → answers
//
// When the documents fail, every change of the group is answered Failed, they are closed, and all
// who are connected hear Trouble. They are opened anew each kRetryPeriod, and meanwhile each ask is
// answered Failed at once: a full disk ends no lesson.
#pragma once

#include "base/strong_id.h"
#include "base/time.h"
#include "store/documents.h"
#include "store/messages.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lectern::store {

using ClientId = StrongId<struct ClientTag, std::uint64_t>;  // one connection

class Service {
 public:
  static constexpr Duration kGroupWindow = Duration::milliseconds(5);
  static constexpr Duration kRetryPeriod = Duration::seconds(5);
  static constexpr std::size_t kMostInListing = 100;

  using Open = std::function<Result<std::unique_ptr<Documents>>()>;
  using Answer = std::pair<ClientId, FromStore>;

  // Opens the documents at once.
  Service(Instant now, Open open);

  void connected(ClientId client);
  void ask(Instant now, ClientId client, const ToStore& message);
  // What the client has not been told yet is told to nobody; its changes are made nevertheless.
  void gone(ClientId client);

  // Commits what waits; to be called before the process ends, too.
  void commit(Instant now);
  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  [[nodiscard]] std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }
  // One sentence; empty: all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  void open(Instant now);
  void fail(Instant now, const std::string& reason);
  void answer_list(Instant now, ClientId client, const List& ask);
  void change(Instant now, ClientId client, Ticket ticket, const Result<void>& outcome);

  Open open_;
  std::unique_ptr<Documents> documents_;  // null: in trouble
  std::string trouble_;
  std::set<ClientId> clients_;
  std::vector<std::pair<ClientId, Ticket>> waiting_;  // for the commit
  std::vector<Answer> answers_;
  Instant commit_at_ = Instant::never();
  Instant retry_at_ = Instant::never();
};

}  // namespace lectern::store
