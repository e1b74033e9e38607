// Texts that outlive every process, by kind and key: a class that was made by the API is of the
// kind `class`, its key is its name. What they mean is their writer's business.
//
// What is put or erased is seen by list() at once, and is durable when commit() has returned: many
// changes share one wait for the disk.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::store {

inline constexpr std::size_t kMaxKind = 32;
inline constexpr std::size_t kMaxKey = 256;
inline constexpr std::size_t kMaxBody = 32 * 1024;

struct Document {
  std::string kind;  // 1 to kMaxKind octets
  std::string key;   // 1 to kMaxKey octets
  std::string body;  // <= kMaxBody octets
  bool operator==(const Document&) const = default;
};

// Each call's error is one sentence for an operator. After an error of any call nothing counts that
// has been changed since the last commit: as if it had not been asked for.
class Documents {
 public:
  Documents() = default;
  virtual ~Documents() = default;
  Documents(const Documents&) = delete;
  Documents& operator=(const Documents&) = delete;

  // Takes the place of the document of the same kind and key.
  [[nodiscard]] virtual Result<void> put(const Document& document) = 0;
  // Without effect when there is none.
  [[nodiscard]] virtual Result<void> erase(std::string_view kind, std::string_view key) = 0;
  // At most `most` of a kind, those whose keys (compared as octets) come after `after`, in order.
  [[nodiscard]] virtual Result<std::vector<Document>> list(std::string_view kind,
                                                           std::string_view after,
                                                           std::size_t most) = 0;
  // All that was changed before is durable.
  [[nodiscard]] virtual Result<void> commit() = 0;
};

}  // namespace lectern::store
