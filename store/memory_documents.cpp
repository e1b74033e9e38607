#include "store/memory_documents.h"

namespace lectern::store {

Result<void> MemoryDocuments::check() const {
  if (!fault_.empty()) return error(fault_);
  return {};
}

void MemoryDocuments::break_with(std::string sentence) {
  fault_ = std::move(sentence);
  present_ = disk_;
}

Result<void> MemoryDocuments::put(const Document& document) {
  if (auto fault = check(); !fault) return fault;
  present_.insert_or_assign({document.kind, document.key}, document.body);
  return {};
}

Result<void> MemoryDocuments::erase(std::string_view kind, std::string_view key) {
  if (auto fault = check(); !fault) return fault;
  present_.erase({std::string(kind), std::string(key)});
  return {};
}

Result<std::vector<Document>> MemoryDocuments::list(std::string_view kind, std::string_view after,
                                                    std::size_t most) {
  if (auto fault = check(); !fault) return std::unexpected(fault.error());
  std::vector<Document> found;
  auto next = present_.upper_bound({std::string(kind), std::string(after)});
  for (; next != present_.end() && next->first.first == kind && found.size() < most; ++next)
    found.push_back({.kind = next->first.first, .key = next->first.second, .body = next->second});
  return found;
}

Result<void> MemoryDocuments::commit() {
  if (auto fault = check(); !fault) return fault;
  disk_ = present_;
  return {};
}

}  // namespace lectern::store
