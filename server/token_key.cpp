#include "server/token_key.h"

#include "server/io/system_rng.h"
#include "server/system.h"
#include "signaling/gate/jwt_authority.h"

#include <filesystem>
#include <utility>

namespace lectern::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretBytes = 32;  // RFC 7518 §3.2: as long as the hash of HS256

Result<std::string> read_or_make_secret(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    return read_file(path);
  }
  fs::create_directories(path.parent_path(), ignored);
  Rng rng = io::system_rng();
  std::string secret = rng.hex(kSecretBytes);
  if (auto written = write_private_file(path, secret + '\n'); !written) {
    return std::unexpected(written.error());
  }
  return secret;
}

}  // namespace

Result<std::unique_ptr<signaling::TokenAuthority>> load_token_authority(const std::string& key_file,
                                                                        const std::string& data,
                                                                        bool dev) {
  if (key_file.empty() && !dev) {
    return error("no token key: give --key-file FILE, or --dev on a machine of your own");
  }
  const fs::path path = key_file.empty() ? fs::path(data) / "dev.key" : fs::path(key_file);
  auto text = key_file.empty() ? read_or_make_secret(path) : read_file(path);
  if (!text) {
    return std::unexpected(text.error());
  }
  const bool is_pem = text->starts_with("-----BEGIN");
  while (!is_pem && !text->empty() && (text->back() == '\n' || text->back() == '\r')) {
    text->pop_back();
  }
  auto authority = is_pem ? signaling::make_es256_authority(*std::move(text))
                          : signaling::make_hs256_authority(*std::move(text));
  if (!authority) {
    return error("the key in " + path.string() + " cannot be used: " + authority.error().context);
  }
  return authority;
}

}  // namespace lectern::server
