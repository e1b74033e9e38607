// Documents in memory, for tests and the simulator: what is committed outlives the object only in
// the `disk` that it is given, as if that were a file.
#pragma once

#include "store/documents.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::store {

class MemoryDocuments final : public Documents {
 public:
  // By kind and key; the body.
  using Disk = std::map<std::pair<std::string, std::string>, std::string>;

  // `disk` outlives this object.
  explicit MemoryDocuments(Disk& disk) : disk_(disk), present_(disk) {}

  Result<void> put(const Document& document) override;
  Result<void> erase(std::string_view kind, std::string_view key) override;
  Result<std::vector<Document>> list(std::string_view kind, std::string_view after,
                                     std::size_t most) override;
  Result<void> commit() override;

  // From now on every call fails with this sentence; empty: no more.
  void break_with(std::string sentence);

 private:
  [[nodiscard]] Result<void> check() const;

  Disk& disk_;
  Disk present_;  // what list() sees
  std::string fault_;
};

}  // namespace lectern::store
