// The three kinds of failure, never mixed (style: errors):
//  - bad input from outside: Parsed<T>, a one-byte reason; counted, never logged per packet;
//  - the world failed (a file, a port): Result<T>, with a sentence for a person; shells and
//    configuration only;
//  - we are wrong: LECTERN_CHECK in check.h.
#pragma once

#include <expected>
#include <string>
#include <system_error>
#include <utility>

namespace lectern {

enum class ParseError : unsigned char {
  kTruncated,    // ends before the structure does
  kMalformed,    // a field contradicts the grammar
  kUnsupported,  // well formed, but a version or kind that we do not take
  kTooLong,      // over a stated limit
  kBadChecksum,  // CRC, FINGERPRINT or integrity value does not match
};

template <typename T>
using Parsed = std::expected<T, ParseError>;

inline std::unexpected<ParseError> parse_error(ParseError error) {
  return std::unexpected(error);
}

// What the outside world refused. `context` is one sentence in plain words that says what to do.
struct Error {
  std::error_code code;
  std::string context;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> error(std::string context, std::error_code code = {}) {
  return std::unexpected(Error{code, std::move(context)});
}

// For errno-style failures: the sentence is followed by the system's own words.
inline std::unexpected<Error> system_error(int number, std::string context) {
  const std::error_code code(number, std::system_category());
  return std::unexpected(Error{code, std::move(context) + ": " + code.message()});
}

}  // namespace lectern
