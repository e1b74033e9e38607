// What a process says to the store and hears from it: typed structs, one per SOCK_SEQPACKET record
// (codec.h). The store listens; it speaks first, with Welcome.
//
// A ticket is the asker's own number, repeated in the answer; each ask has exactly one answer,
// unless the connection ends before. Who has no answer then asks again on the next connection: put
// and erase have the same effect when they come twice.
#pragma once

#include "store/documents.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lectern::store {

// Raised when a message changes its meaning.
inline constexpr std::uint32_t kSchema = 1;
// Bound of one encoded record.
inline constexpr std::size_t kMaxRecord = 64 * 1024;
inline constexpr std::size_t kMaxSentence = 1024;  // of Failed, Trouble, Welcome

using Ticket = std::uint64_t;

struct Put {
  Ticket ticket = 0;
  Document document;
  bool operator==(const Put&) const = default;
};

struct Erase {
  Ticket ticket = 0;
  std::string kind;
  std::string key;
  bool operator==(const Erase&) const = default;
};

struct List {
  Ticket ticket = 0;
  std::string kind;
  std::string after;  // the last key of the Listing before; empty: from the first
  bool operator==(const List&) const = default;
};

// The first message of the store. `trouble`: as in Trouble.
struct Welcome {
  std::uint32_t schema = kSchema;
  std::string trouble;
  bool operator==(const Welcome&) const = default;
};

// The change is durable.
struct Done {
  Ticket ticket = 0;
  bool operator==(const Done&) const = default;
};

// Nothing was changed, or nothing could be read; one sentence for an operator.
struct Failed {
  Ticket ticket = 0;
  std::string reason;
  bool operator==(const Failed&) const = default;
};

// `has_more`: ask again with `after`.
struct Listing {
  Ticket ticket = 0;
  std::vector<Document> documents;
  bool has_more = false;
  bool operator==(const Listing&) const = default;
};

// Nothing can be kept at this moment, in one sentence for an operator; empty: it can again.
struct Trouble {
  std::string sentence;
  bool operator==(const Trouble&) const = default;
};

using ToStore = std::variant<Put, Erase, List>;
using FromStore = std::variant<Welcome, Done, Failed, Listing, Trouble>;

}  // namespace lectern::store
