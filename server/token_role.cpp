#include "server/token_role.h"

#include "server/io/system_rng.h"
#include "server/system.h"
#include "server/token_key.h"
#include "signaling/terms/names.h"

#include <cstdio>
#include <optional>
#include <utility>

namespace lectern::server {
namespace {

constexpr std::uint32_t kLongest = 24 * 366;
constexpr std::int64_t kSecondsPerHour = 3600;

std::optional<signaling::Grants> grants_of(const std::string& role) {
  if (role == "student") {
    return signaling::kStudentGrants;
  }
  if (role == "teacher") {
    return signaling::kTeacherGrants;
  }
  if (role == "admin") {
    signaling::Grants grants = signaling::kTeacherGrants;
    grants.admin = true;
    return grants;
  }
  return std::nullopt;
}

}  // namespace

void bind(Settings& settings, TokenConfig& config) {
  settings.text("data", config.common.data, "folder of dev.key");
  settings.flag("dev", config.common.dev, "sign with <data>/dev.key");
  settings.text("key_file", config.key_file, "secret (32 bytes or more) or PEM key that signs");
  settings.text("class", config.class_id, "the class; `*` for every class");
  settings.text("role", config.role, "student, teacher or admin");
  settings.text("subject", config.subject, "pseudonym of the person; none: a random one");
  settings.number<std::uint32_t>("valid_hours", config.valid_hours, 1, kLongest,
                                 "hours until it expires");
}

std::vector<std::string> faults_of(const TokenConfig& config) {
  std::vector<std::string> faults;
  if (config.class_id.empty()) {
    faults.emplace_back("--class is needed: the name of a class, or `*`");
  } else if (config.class_id != "*" && !signaling::is_class_name(config.class_id)) {
    faults.push_back("--class must be 1 to 64 letters a to z, digits and hyphens, or `*`, not `" +
                     config.class_id + '`');
  }
  if (!grants_of(config.role)) {
    faults.push_back("--role must be student, teacher or admin, not `" + config.role + '`');
  }
  return faults;
}

int run_token(const TokenConfig& config) {
  const auto authority =
      load_token_authority(config.key_file, config.common.data, config.common.dev);
  if (!authority) {
    std::fprintf(stderr, "lectern: %s\n", authority.error().context.c_str());
    return 1;
  }
  Rng rng = io::system_rng();
  const std::int64_t now = unix_microseconds() / 1'000'000;
  const signaling::Token token{.subject = config.subject.empty() ? rng.hex(8) : config.subject,
                               .class_id = config.class_id,
                               .grants = *grants_of(config.role),
                               .not_before = now,
                               .expires = now + config.valid_hours * kSecondsPerHour,
                               .id = rng.hex(16)};
  const auto text = (*authority)->mint(token, now);
  if (!text) {
    std::fprintf(stderr, "lectern: the key checks tokens but cannot sign them\n");
    return 1;
  }
  std::printf("%s\n", text->c_str());
  return 0;
}

}  // namespace lectern::server
