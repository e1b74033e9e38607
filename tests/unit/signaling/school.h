// A Signaling with workers, pages and HTTP clients that exist only as values: what the tests of
// rules and the property test play with. Workers answer at once unless told to be mute.
#pragma once

#include "base/rng.h"
#include "signaling/placement/publication.h"
#include "signaling/signaling.h"
#include "signaling/terms/names.h"
#include "store/memory_documents.h"
#include "store/service.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::signaling {

struct FakeWorker {
  WorkerId link;
  control::WorkerNumber number = 0;
  bool is_mute = false;    // takes orders, answers nothing
  bool is_frozen = false;  // does not even say that it lives
  std::map<std::string, control::SessionEntry> sessions;
  std::map<std::string, control::LimitTier> limits;  // by session
  struct Sent {
    std::string class_id;
    Endpoint destination;
  };
  std::map<control::LegId, Sent> opened;
  struct Accepted {
    control::LegId leg = 0;
    Endpoint source;
  };
  std::map<std::string, Accepted> accepted;  // by class
  std::vector<control::ToWorker> orders;     // all that came, but for the time of day
  std::vector<std::int64_t> clocks;          // class time, as it was told
};

class School {
 public:
  explicit School(Config config = dev_config(), const TokenAuthority* authority = nullptr,
                  std::uint64_t seed = 1);

  static Config dev_config();
  static Endpoint leg_endpoint(control::WorkerNumber number);

  // ---------------------------------------------------------------------------------- workers
  FakeWorker& start_worker(control::WorkerNumber number, bool is_mute = false);
  // Connects again with the sessions it has: after signaling's restart.
  void reconnect_worker(control::WorkerNumber number);
  void kill_worker(control::WorkerNumber number);
  [[nodiscard]] FakeWorker& worker(control::WorkerNumber number) { return workers.at(number); }
  void tell(control::WorkerNumber number, control::FromWorker message);
  // The session is connected, and with a publisher: its sound and camera arrive.
  void connect(const SessionName& name);
  void arrive(const SessionName& name, Sources sources);

  // ------------------------------------------------------------------------------------- HTTP
  HttpRequest request(std::string method, const std::string& path, std::string body = {}) const;
  HttpRequest offer(const std::string& path) const;
  RequestId send(HttpRequest http);
  // The answer so far; nullptr while there is none.
  [[nodiscard]] const HttpResponse* answer(RequestId request) const;
  // Sends and returns the answer, which must come at once.
  const HttpResponse& ask(HttpRequest http);
  // Posts an offer that must succeed; connects the session.
  SessionName join(std::string_view class_id);
  SessionName teach(std::string_view class_id, std::string_view client = "page");

  // ------------------------------------------------------------------------------------ pages
  [[nodiscard]] static WsPeer local_peer();
  ConnectionId open(const WsPeer& peer = local_peer());
  ConnectionId hello(std::string_view class_id, std::string_view role,
                     std::string_view client = {});
  void say(ConnectionId page, std::string_view text);
  void say_media(ConnectionId page, const SessionName& name);
  void leave(ConnectionId page);
  // The shell had left something out for this page, which now has read everything else.
  void catch_up(ConnectionId page);
  // Messages of a type that a page has got, oldest first; `forget` empties all.
  [[nodiscard]] std::vector<nlohmann::json> heard(ConnectionId page, std::string_view type) const;
  [[nodiscard]] std::optional<std::uint16_t> close_code(ConnectionId page) const;
  void forget();

  // ------------------------------------------------------------------------------------- store
  // For a Config with has_store. It answers at once, unless `is_store_mute`.
  void start_store();
  void kill_store();
  store::MemoryDocuments::Disk disk;
  bool is_store_mute = false;
  std::string store_fault;  // from its next start on; empty: it keeps what it is given

  // -------------------------------------------------------------------------------------- time
  void advance(Duration span);

  // Signaling dies and starts anew: channels and WebSockets are gone, workers and sessions are not.
  void restart_signaling();

  // Whether a worker gets the class: by a leg that both ends know alike, or being the origin.
  [[nodiscard]] bool is_fed(std::string_view class_id, control::WorkerNumber edge,
                            control::WorkerNumber origin) const;

  Instant now = Instant::from_ms(1'000'000);
  std::map<control::WorkerNumber, FakeWorker> workers;
  Signaling& signaling() { return *signaling_; }

 private:
  void beat();  // of the workers that live
  void work_off();
  void carry_out(const Event& event);
  void obey(FakeWorker& worker, const control::ToWorker& order);
  void hand_on_answers();
  std::string fresh_session_id();

  Config config_;
  const TokenAuthority* authority_;
  Rng rng_;
  std::unique_ptr<Signaling> signaling_;
  std::unique_ptr<store::Service> store_;
  Events events_;
  Instant next_beat_;
  std::uint64_t last_id_ = 0;
  std::map<RequestId, std::string> asked_;  // method and path
  std::map<RequestId, HttpResponse> answers_;
  std::map<ConnectionId, std::vector<nlohmann::json>> heard_;
  std::map<ConnectionId, std::uint16_t> closed_;
  std::map<Audience, std::set<ConnectionId>> audiences_;
};

// The session that a 201's Location names.
SessionName session_of(const HttpResponse& response);
std::string header(const HttpResponse& response, std::string_view name);

}  // namespace lectern::signaling
