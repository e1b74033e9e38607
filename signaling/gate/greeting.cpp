#include "signaling/gate/greeting.h"

#include "base/json.h"

namespace lectern::signaling {
namespace {

using Json = nlohmann::json;

constexpr int kProtocolVersion = 1;
constexpr int kPingSeconds = 20;  // [P33]: four in one idle limit

}  // namespace

Read<HelloMessage> read_hello(const Json& json) {
  HelloMessage hello;
  const auto class_id = text_member(json, "class");
  const auto role = text_member(json, "role");
  if (!class_id || !role) return std::unexpected("hello needs a class and a role.");
  if (*role != "teacher" && *role != "student")
    return std::unexpected("The role of a hello is teacher or student.");
  hello.class_id = *class_id;
  hello.role = *role == "teacher" ? PageRole::kTeacher : PageRole::kStudent;
  if (wrong_member(json, {{"version", MemberType::kNumber}}))
    return std::unexpected("The version of a hello is a number.");
  if (wrong_member(json, {{"token", MemberType::kText}, {"client", MemberType::kText}}))
    return std::unexpected("The token and the client of a hello are texts.");
  hello.version = number_member(json, "version").value_or(kProtocolVersion);
  hello.token = text_member(json, "token").value_or("");
  const auto client = text_member(json, "client");
  if (client && !is_client_name(*client))
    return std::unexpected("The client of a hello is 1 to 64 letters, digits, - or _.");
  hello.client = client.value_or("");
  return hello;
}

Read<PingMessage> read_ping(const Json& json) {
  if (wrong_member(json, {{"t", MemberType::kNumber}}))
    return std::unexpected("The t of a ping is a number.");
  return PingMessage{number_member(json, "t")};
}

SharedText welcome_text(const HelloMessage& hello, const std::string& server_version) {
  return shared_text({{"type", "welcome"},
                      {"version", kProtocolVersion},
                      {"server", server_version},
                      {"class", hello.class_id},
                      {"role", hello.role == PageRole::kTeacher ? "teacher" : "student"},
                      {"ping_s", kPingSeconds}});
}

SharedText token_text(const std::string& token) {
  return shared_text({{"type", "token"}, {"token", token}});
}

SharedText pong_text(const std::optional<double>& t) {
  Json pong = {{"type", "pong"}};
  if (t) pong["t"] = *t;
  return shared_text(pong);
}

}  // namespace lectern::signaling
