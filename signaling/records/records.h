// What of signaling outlives it: the classes that were made by the API. Records asks the store to
// keep them and to tell them again after a start; an ask that has not been answered waits here, and
// is asked again when the store comes back within kPatience.
//
// The store may be away, or in trouble (a full disk). Then nothing new can be made by the API, and
// that is all: lessons go on, and what was answered "made" has been kept.
#pragma once

#include "base/time.h"
#include "signaling/terms/events.h"
#include "signaling/terms/http.h"
#include "signaling/terms/problems.h"
#include "store/messages.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lectern::signaling {

// The store has this class: it exists, and stays though nobody is in it.
struct ClassFound {
  std::string class_id;
};

// All classes that the store had have been found.
struct ClassesFound {};

// The outcome of keep_class() and forget_class(): exactly one for each.
struct ClassRecorded {
  enum class Outcome : std::uint8_t { kMade, kKept, kForgotten };

  Asker asker;
  std::string class_id;
  Outcome outcome = Outcome::kMade;  // what it is, or (with a problem) was to be
  std::optional<Problem> problem;
};

using RecordsItem = std::variant<ClassFound, ClassesFound, ClassRecorded>;
using RecordsNews = std::vector<RecordsItem>;

// What Records is handed with each input.
struct RecordsContext {
  Instant now;
  Events& events;
  RecordsNews& news;
};

class Records {
 public:
  // An ask that the store has not answered by then is answered with a problem.
  static constexpr Duration kPatience = Duration::seconds(3);

  // `has_store`: false where nothing is to outlive the process; each ask is granted at once then.
  explicit Records(bool has_store) : has_store_(has_store), is_loaded_(!has_store) {}

  // Whoever asked hears by ClassRecorded. `is_new`: nobody has been in it before.
  void keep_class(const RecordsContext& context, const Asker& asker, const std::string& class_id,
                  bool is_new);
  void forget_class(const RecordsContext& context, const Asker& asker, const std::string& class_id);
  [[nodiscard]] bool has_class(std::string_view class_id) const {
    return classes_.contains(class_id);
  }

  // ---- the store
  void on_message(const RecordsContext& context, const store::FromStore& message);
  void on_gone();

  void handle_timeout(const RecordsContext& context);
  [[nodiscard]] Instant next_timeout() const;

  // Whether the classes are known that the store had when this process began.
  [[nodiscard]] bool is_loaded() const { return is_loaded_; }
  // Why nothing can be kept now, in one sentence; empty: it can.
  [[nodiscard]] std::string trouble() const;
  // Asks without an answer yet.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Ask {
    Asker asker;
    std::string class_id;
    ClassRecorded::Outcome outcome = ClassRecorded::Outcome::kMade;
    Instant deadline;
  };

  void ask(const RecordsContext& context, const Asker& asker, const std::string& class_id,
           ClassRecorded::Outcome outcome);
  void send(const RecordsContext& context, store::Ticket ticket, const Ask& ask) const;
  void send_list(const RecordsContext& context, std::string after);
  void finish(const RecordsContext& context, store::Ticket ticket, std::optional<Problem> problem);
  void on_listing(const RecordsContext& context, const store::Listing& listing);

  bool has_store_;
  bool is_loaded_;
  bool is_connected_ = false;
  std::string trouble_;  // as the store told it
  std::set<std::string, std::less<>> classes_;
  std::map<store::Ticket, Ask> waiting_;
  store::Ticket last_ticket_ = 0;
  std::optional<store::Ticket> list_ticket_;
  Instant list_again_ = Instant::never();
};

}  // namespace lectern::signaling
