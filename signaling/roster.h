// The pages that are connected by WebSocket: who they are, which class, which media session.
//
// A media session belongs to at most one page, and a page has at most one. A session may be claimed
// before its worker has listed it ([P35]): the claim waits here.
#pragma once

#include "base/time.h"
#include "media/control/messages.h"
#include "signaling/classroom.h"
#include "signaling/ids.h"
#include "signaling/message_rate.h"
#include "signaling/names.h"
#include "signaling/permissions.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lectern::signaling {

enum class PageRole : std::uint8_t { kStudent, kTeacher };

struct Page {
  ConnectionId id;
  bool is_local = false;    // may do without a token under --dev
  bool is_known = false;    // has shown who it is, and is counted for that person
  bool is_greeted = false;  // has said hello
  // A hello whose class may still become known, and what was said after it ([P51]).
  std::vector<std::string> waiting;
  PageRole role = PageRole::kStudent;
  std::string class_id;
  std::string client;
  Caller caller;
  double renewal_spread = 0;  // when within its time the token is renewed, 0 to 1 ([P23])
  Instant opened_at;
  Instant heard_at;
  MessageRate rate{8, 16};
  std::uint32_t dropped = 0;
  Instant complained_at;
  std::optional<SessionName> media;
  std::optional<Instant> media_waits_since;  // claimed, but no worker has listed it yet
  std::optional<Sources> sources;            // teachers: what is switched on
  control::LimitTier limit;                  // without the session
  struct Trouble {
    Instant at;
    bool without_sound = false;
    bool without_picture = false;
    bool without_codec = false;  // the reason of the latter
  };
  std::optional<Trouble> trouble;  // only while there is one
};

class Roster {
 public:
  Page& open(ConnectionId id, Instant now);
  [[nodiscard]] Page* find(ConnectionId id);
  // The page is one of this person from now on.
  void know(Page& page, const std::string& person);
  // Ascending ids.
  [[nodiscard]] const std::set<ConnectionId>& of_person(const std::string& person) const;
  // Pages that have shown who they are.
  [[nodiscard]] std::size_t known() const { return known_; }
  // Puts a greeted page among those of its class.
  void enter(const Page& page);
  void remove(ConnectionId id);

  // The page's media session from now on; another page that had it loses it.
  void claim(Page& page, std::optional<SessionName> media);
  [[nodiscard]] Page* page_of(const SessionName& media);

  // Ascending ids. Empty for a class that nobody is in.
  [[nodiscard]] const std::set<ConnectionId>& pages(std::string_view class_id, PageRole role) const;
  [[nodiscard]] bool is_empty(std::string_view class_id) const;
  // Students whose last report, not older than 30 s, said that sound or picture does not come.
  struct TroubleCounts {
    std::uint32_t sound = 0;
    std::uint32_t picture = 0;
    std::uint32_t codec = 0;  // of `picture`
  };
  [[nodiscard]] TroubleCounts trouble(Instant now, std::string_view class_id);
  [[nodiscard]] std::size_t size() const { return pages_.size(); }
  [[nodiscard]] std::size_t count(PageRole role) const;
  [[nodiscard]] std::vector<ConnectionId> ids() const;

 private:
  struct OfClass {
    std::set<ConnectionId> students;
    std::set<ConnectionId> teachers;
  };

  std::unordered_map<ConnectionId, Page> pages_;
  std::map<std::string, OfClass, std::less<>> by_class_;
  std::map<SessionName, ConnectionId> by_media_;
  std::unordered_map<std::string, std::set<ConnectionId>> by_person_;
  std::size_t known_ = 0;
};

}  // namespace lectern::signaling
