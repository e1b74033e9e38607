// The pages that are in a class: who they are there, and which media session is theirs.
//
// A media session belongs to at most one page, and a page has at most one. A session may be claimed
// before its worker has listed it ([P35]): the claim waits here.
#pragma once

#include "base/time.h"
#include "media/control/messages.h"
#include "signaling/placement/publication.h"
#include "signaling/terms/caller.h"
#include "signaling/terms/ids.h"
#include "signaling/terms/names.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lectern::signaling {

struct MediaClaim {
  std::optional<SessionName> session;
  std::optional<Instant> waits_since;  // claimed, but no worker has listed it yet
};

struct Member {
  ConnectionId id;
  PageRole role = PageRole::kStudent;
  std::string class_id;
  std::string client;
  Caller caller;
  std::optional<std::int64_t> auth_until{};  // [P72] of the caller
  MediaClaim media{};                        // changed by Members::claim alone
  std::optional<Sources> sources{};          // teachers: what is switched on
  control::LimitTier limit{};                // without the session
};

class Members {
 public:
  Member& enter(Member member);
  [[nodiscard]] Member* find(ConnectionId id);
  void leave(ConnectionId id);

  // The page's media session from now on; another page that had it loses it.
  void claim(Member& member, std::optional<SessionName> session);
  // Likewise, of a session that no worker has listed yet.
  void claim_early(Member& member, const SessionName& session, Instant now);
  [[nodiscard]] Member* of_media(const SessionName& session);

  // Ascending ids. Empty for a class that nobody is in.
  [[nodiscard]] const std::set<ConnectionId>& of_class(std::string_view class_id,
                                                       PageRole role) const;
  [[nodiscard]] bool is_empty(std::string_view class_id) const;
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] std::size_t count(PageRole role) const;
  [[nodiscard]] std::vector<ConnectionId> ids() const;  // ascending

 private:
  struct OfClass {
    std::set<ConnectionId> students;
    std::set<ConnectionId> teachers;
  };

  std::unordered_map<ConnectionId, Member> members_;
  std::map<std::string, OfClass, std::less<>> by_class_;
  std::map<SessionName, ConnectionId> by_media_;
};

}  // namespace lectern::signaling
