// The pages of a simulated school: a teacher and students that behave as the real pages do (post,
// say hello, come back by themselves), each behind its own access link and NAT.
#pragma once

#include "base/rng.h"
#include "media/client/publisher.h"
#include "media/client/viewer.h"
#include "media/dtls/certificate.h"
#include "media/dtls/context.h"
#include "tests/sim/lesson.h"
#include "tests/sim/virtual_network.h"
#include "tests/sim/virtual_signaling.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lectern::sim {

struct AccessLink {
  LinkProfile up;
  LinkProfile down;
};

// What a page holds: one peer connection after another, and a WebSocket.
struct Page {
  bool is_teacher = false;
  AccessLink link;
  client::ViewerConfig viewer_config;
  std::unique_ptr<client::Viewer> viewer;        // student
  std::unique_ptr<client::Publisher> publisher;  // teacher
  std::optional<HostId> host;                    // of the media socket
  Endpoint endpoint;                             // ours, behind the NAT
  std::string session;                           // last element of Location; empty: none yet
  std::optional<signaling::ConnectionId> connection;
  int attempts = 0;         // posts so far
  uint64_t generation = 0;  // of the peer connection: what is under way for an older one is void
  int refused = 0;          // posts not answered by 201
  Instant wakes_at = Instant::never();
  std::vector<Instant> moves;
  struct Rung {
    Instant at;
    std::string name;  // "180p", "audio"...
  };
  std::vector<Rung> rungs;  // as signaling told them, one after another
};

class VirtualPages {
 public:
  VirtualPages(VirtualNetwork& network, VirtualSignaling& signaling, Rng& rng,
               const LessonOptions& lesson);

  // The first one is the teacher's, who begins the lesson.
  Page& open(std::unique_ptr<Page> page);
  // A page is closed: DELETE, and the WebSocket ends.
  void close(Page& page);
  // Signaling has died: every WebSocket is gone, and no post will be answered.
  void disconnect_all();
  // It is there again; the pages notice within their jitter.
  void reconnect_all();
  void answer(const signaling::HttpResponse& response);
  void deliver(const signaling::SendText& text);
  // The NAT gives the page another public address.
  void rebind(Page& page);

  [[nodiscard]] Page& at(size_t number) { return *pages_.at(number); }
  [[nodiscard]] size_t size() const { return pages_.size(); }
  [[nodiscard]] Lesson& lesson() { return lesson_; }

 private:
  void open_web_socket(Page& page);
  void say(Page& page, std::string text);
  void hear(Page& page, const std::string& text);
  void delete_session(const Page& page, const std::string& session);
  void post(Page& page);
  void open_peer_connection(Page& page);
  void request_session(Page& page);
  void on_created(Page& page, const signaling::HttpResponse& response);
  void post_again(Page& page, Duration after);
  void come_back(Page& page);
  void receive(Instant now, Page& page, const Path& path, MutableBytes bytes);
  void drive(Page& page);
  void handle_events(Page& page, const client::Events& events);
  void tick_lesson();
  Endpoint new_address();

  VirtualNetwork& network_;
  VirtualSignaling& signaling_;
  Rng& rng_;
  size_t encodings_;
  dtls::Certificate certificate_;
  dtls::Context context_;  // of all pages: one certificate is as good as many here
  std::vector<std::unique_ptr<Page>> pages_;
  std::unordered_map<uint64_t, Page*> by_connection_;
  struct PendingPost {
    Page* page;
    uint64_t generation;
  };
  std::unordered_map<uint64_t, PendingPost> posts_;
  Lesson lesson_;
  uint64_t next_id_ = 1;
  uint32_t next_address_ = 0;
};

}  // namespace lectern::sim
