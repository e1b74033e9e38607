// A school with tokens: what the tests of quotas and of ownership play with.
#pragma once

#include "signaling/gate/jwt_authority.h"
#include "tests/unit/signaling/school.h"

#include <memory>
#include <string>
#include <utility>

namespace lectern::signaling {

class StrictSchool {
 public:
  static constexpr std::int64_t kNow = 1'800'000'000;

  explicit StrictSchool(Config config = default_config())
      : school(std::move(config), authority.get()) {}

  static Config default_config() {
    Config config;
    config.classes = {"physics", "history"};
    return config;
  }

  struct Person {
    std::string subject;
    Grants grants = kStudentGrants;
    std::string class_id = "*";
    std::int64_t life_s = 3600;
    std::string id = "t";
    std::int64_t auth_until = 0;
  };
  std::string token(const Person& person) const {
    return *authority->mint({.subject = person.subject,
                             .class_id = person.class_id,
                             .grants = person.grants,
                             .not_before = kNow,
                             .expires = kNow + person.life_s,
                             .id = person.id,
                             .auth_until = person.auth_until},
                            kNow);
  }
  HttpRequest as(const Person& person, HttpRequest http) const {
    http.authorization = "Bearer " + token(person);
    http.peer = peer;
    return http;
  }
  const HttpResponse& post(const Person& person, const std::string& path) {
    return school.ask(as(person, school.offer(path)));
  }
  int status(const Person& person, const std::string& path) { return post(person, path).status; }
  const HttpResponse& change(const Person& person, const std::string& method,
                             const std::string& path, const std::string& if_match = {}) {
    HttpRequest http = school.request(method, path);
    if (method == "PATCH") {
      http.content_type = "application/trickle-ice-sdpfrag";
      http.body = "a=ice-ufrag:x\r\n";
    }
    http.if_match = if_match;
    return school.ask(as(person, std::move(http)));
  }
  ConnectionId hello(const Person& person, const std::string& class_id, const std::string& role,
                     const std::string& client = {}) {
    WsPeer from = School::local_peer();
    from.address = peer;
    const ConnectionId page = school.open(from);
    say_hello(page, person, class_id, role, client);
    return page;
  }
  void say_hello(ConnectionId page, const Person& person, const std::string& class_id,
                 const std::string& role, const std::string& client = {}) {
    nlohmann::json hello = {
        {"type", "hello"}, {"class", class_id}, {"role", role}, {"token", token(person)}};
    if (!client.empty()) hello["client"] = client;
    school.say(page, hello.dump());
  }
  std::string error(ConnectionId page) const {
    const auto errors = school.heard(page, "error");
    return errors.empty() ? std::string() : errors.back().at("code").get<std::string>();
  }

  std::unique_ptr<TokenAuthority> authority = *make_hs256_authority(std::string(32, 'k'));
  School school;
  Endpoint peer = Endpoint::v4(192, 0, 2, 1, 50'000);
};

}  // namespace lectern::signaling
