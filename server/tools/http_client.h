// HTTP requests on the loop's thread, many at a time: libcurl's multi interface driven by libuv.
// For WHIP and WHEP bodies (an SDP each way), so a response is kept whole, up to kMaxBody.
#pragma once

#include "base/time.h"
#include "server/io/uv_loop.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lectern::tools {

struct HttpRequest {
  std::string method = "POST";
  std::string url;
  std::string content_type;  // of the body; empty: no body
  std::string body;
  std::string token;  // bearer; empty: none
  Duration timeout = Duration::seconds(5);
};

struct HttpResponse {
  int status = 0;       // 0: no answer, see `failure`
  std::string failure;  // why there is none, in libcurl's words
  std::string body;
  std::string location;  // absolute, empty where there is none
  std::string etag;
};

class HttpClient {
 public:
  static constexpr size_t kMaxBody = 64 * 1024;
  using Done = std::function<void(const HttpResponse&)>;

  // `verifies`: a server over https must show a certificate for its name that this machine trusts.
  explicit HttpClient(io::UvLoop& loop, bool verifies = true);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `done` is called once from the loop, unless this object is destroyed before.
  void send(const HttpRequest& request, Done done);

 private:
  struct Exchange;
  struct Callbacks;

  void finish_exchanges();
  void on_socket(int fd, int what);
  void on_ready(int fd, int flags);

  io::UvLoop& loop_;
  bool verifies_;
  void* multi_;                                           // CURLM*
  std::map<void*, std::unique_ptr<Exchange>> exchanges_;  // by CURL*
  std::map<int, std::unique_ptr<io::UvPoll>> polls_;
  io::UvTimer timer_;
};

}  // namespace lectern::tools
