// Classes and who is in them: what a page says to its class, and what a class tells its pages.
//
//   frame → gate (who? how fast?) → Desk::on_message → one entry of the table of messages
//         → placement, or the class's own state → the class's pages
//
// The desk knows no HTTP, no tokens and no rates: who gets here has been admitted by the gate. It
// reads sessions from placement and is told their news.
#pragma once

#include "base/time.h"
#include "signaling/desk/classes.h"
#include "signaling/desk/members.h"
#include "signaling/placement/placement.h"
#include "signaling/terms/config.h"
#include "signaling/terms/events.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::signaling {

// What the desk is handed with one input: placement with the context for its calls.
struct DeskContext {
  Placement& placement;
  const PlacementContext& of_placement;

  [[nodiscard]] Instant now() const { return of_placement.now; }
  void touch(std::string_view class_id) const { of_placement.touched.emplace(class_id); }
  void send(ConnectionId page, SharedText text) const {
    of_placement.events.emplace_back(SendText{page, std::move(text)});
  }
  void broadcast(Audience audience, SharedText text, Lane lane = Lane::kMustArrive,
                 std::string key = {}) const {
    of_placement.events.emplace_back(SendToAudience{.audience = std::move(audience),
                                                    .bytes = std::move(text),
                                                    .lane = lane,
                                                    .key = std::move(key)});
  }
};

class Desk {
 public:
  explicit Desk(const Config& config);

  // -------------------------------------------------------------------------------- classes
  [[nodiscard]] bool has_class(std::string_view class_id) const;
  // Makes the class if it is not there; false when there are as many as may be.
  [[nodiscard]] bool ensure_class(std::string_view class_id, ClassKind kind);
  // It stays from now on though nobody is in it ([P17]).
  void make_lasting(std::string_view class_id);
  // Its sessions are over, it is forgotten. Returns the pages that were in it; they are the
  // caller's to close.
  std::vector<ConnectionId> end_class(const DeskContext& context, std::string_view class_id);
  [[nodiscard]] std::vector<std::string> classes() const { return classes_.names(); }
  [[nodiscard]] std::size_t size() const { return classes_.size(); }

  // ---------------------------------------------------------------------------------- pages
  // The page is in its class, which exists; it is told what the class is like.
  void enter(const DeskContext& context, Member member);
  void leave(const DeskContext& context, ConnectionId page);
  // Tells the page anew all that it may have missed.
  void refresh(const DeskContext& context, const Member& member) const;
  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] Member* find_member(ConnectionId page) { return members_.find(page); }

  // A message of the type `type`, to a feature or about the page's media; one that is not known
  // here is ignored ([P30]).
  void on_message(const DeskContext& context, Member& member, std::string_view type,
                  const nlohmann::json& message);
  // How many students of the class report that something is missing.
  void on_trouble(const std::string& class_id, const TroubleCounts& trouble);
  // What placement has said.
  void on_news(const DeskContext& context, const NewsItem& item);

  // ----------------------------------------------------------------------------------- time
  // Tells the pages of a touched class what is new.
  void show(const DeskContext& context, const std::string& class_id);
  // To be called each second while needs_ticks().
  void tick(const DeskContext& context);
  [[nodiscard]] bool needs_ticks() const;

  // Pages that were told to make another session, for /metrics.
  [[nodiscard]] std::uint64_t moves() const { return moves_; }

 private:
  // Each reads and applies one type of message; what is wrong with it comes back as a sentence,
  // null when nothing is.
  const char* on_media(const DeskContext& context, Member& member, const nlohmann::json& message);
  const char* on_limit(const DeskContext& context, Member& member, const nlohmann::json& message);
  const char* on_sources(const DeskContext& context, Member& member, const nlohmann::json& message);

  // The page's session is known: it is the page's from now on.
  void attach(const DeskContext& context, Member& member, const SessionName& name,
              const Session& session);
  void resolve_claims(const DeskContext& context, control::WorkerNumber worker);
  void give_up_claims(const DeskContext& context);
  void release(const DeskContext& context, Member& member, const char* move_reason);
  void send_move(const DeskContext& context, ConnectionId page, const char* reason);

  void tell(const DeskContext& context, const std::string& class_id,
            const Tellings& tellings) const;
  [[nodiscard]] SharedText teacher_audience(const DeskContext& context,
                                            const std::string& class_id) const;
  void show_audience(const DeskContext& context, const std::string& class_id, Told& told);
  void note_emptiness(const DeskContext& context, const std::string& class_id,
                      ClassRecord& record) const;
  void tell_class(const DeskContext& context, const Member& member) const;
  void tell_media(const DeskContext& context, const Member& member) const;

  Classes classes_;
  Members members_;
  std::uint64_t moves_ = 0;
};

// [P44] Two figures: 7, 42, 130, 1300.
[[nodiscard]] std::uint32_t rounded(std::uint32_t viewers);

}  // namespace lectern::signaling
