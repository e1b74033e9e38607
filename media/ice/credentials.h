// ICE short-term credentials (RFC 8445 §5.3).
#pragma once

#include <string>

namespace lectern::ice {

struct Credentials {
  std::string ufrag;     // 4..256 ICE characters
  std::string password;  // 22..256 ICE characters

  bool operator==(const Credentials&) const = default;
};

}  // namespace lectern::ice
