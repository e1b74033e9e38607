// The pages, held in memory: what `/`, `/teach/{class}`, `/watch/{class}` and `/assets/...` answer.
// Each file may come with `.br` and `.gz` variants beside it, made by the build; nothing is
// compressed here. Read once at start; a new build of the pages is seen after a restart.
#pragma once

#include "base/result.h"
#include "server/io/web_types.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lectern::io {

class HttpFiles {
 public:
  // Reads all files under `directory`. Errors: it is no directory, holds no index.html, or a file
  // cannot be read.
  [[nodiscard]] static Result<HttpFiles> load(const std::filesystem::path& directory);

  // Pages name their files under this path (`/kelas`), and have it as `data-public-path` on <html>.
  // They lose their compressed forms, a few KB each.
  void set_public_path(const std::string& public_path);

  // 200, 304, 404 or 405 for a request of any path.
  [[nodiscard]] WebResponse answer(const WebRequest& request) const;

 private:
  struct File {
    std::string content_type;
    std::string etag;  // without quotes
    bool is_immutable = false;
    std::shared_ptr<const std::string> plain;
    std::shared_ptr<const std::string> brotli;  // null when there is none
    std::shared_ptr<const std::string> gzip;
  };

  std::map<std::string, File, std::less<>> files_;  // by path under the directory, `assets/x.js`
};

// Whether an Accept-Encoding value allows `coding` (RFC 9110 §12.5.3): named, or by `*`, with a
// weight that is not zero.
[[nodiscard]] bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

// The file that a path of the public surface names: `/watch/math-7` is `watch.html`.
[[nodiscard]] std::string file_for_path(std::string_view path);

}  // namespace lectern::io
