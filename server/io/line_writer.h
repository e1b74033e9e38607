// Lines to a stream that was inherited, without ever waiting for it: a pipe that nobody empties, a
// terminal that is held, a disk that is full and a reader that has gone cost lines, not the
// process.
#pragma once

#include "server/io/fd.h"

#include <climits>
#include <cstddef>
#include <string_view>

namespace lectern::io {

class LineWriter {
 public:
  // A pipe takes so much whole or not at all.
  static constexpr std::size_t kMaxLine = PIPE_BUF;

  // `fd` stays open as long as the writer is used, and is not closed by it.
  explicit LineWriter(int fd);

  // `line`: with its end, at most kMaxLine. False: it is lost.
  [[nodiscard]] bool write(std::string_view line) const;

 private:
  int fd_;
  Fd own_{};
  bool is_socket_ = false;
  bool may_block_ = false;
};

}  // namespace lectern::io
