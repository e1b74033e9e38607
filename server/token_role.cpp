#include "server/token_role.h"

#include "server/io/system_rng.h"
#include "server/system.h"
#include "server/token_key.h"

#include <cstdio>
#include <utility>

namespace lectern::server {
namespace {

constexpr std::int64_t kSecondsPerHour = 3600;

}  // namespace

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
