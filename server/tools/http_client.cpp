#include "server/tools/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace lectern::tools {
namespace {

constexpr long kMaxConnections = 64;

// `location` as the request's URL makes it absolute (RFC 9110 §10.2.2).
std::string resolved(const std::string& base, const std::string& location) {
  CURLU* url = curl_url();
  char* text = nullptr;
  std::string result;
  if (curl_url_set(url, CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
      curl_url_set(url, CURLUPART_URL, location.c_str(), 0) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK) {
    result = text;
  }
  curl_free(text);
  curl_url_cleanup(url);
  return result;
}

// The value of a header line, if it is the one named (lower case, with colon).
bool take_header(std::string_view line, std::string_view name, std::string& value) {
  if (line.size() < name.size()) return false;
  const bool is_it = std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
  });
  if (!is_it) return false;
  line.remove_prefix(name.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  value = line;
  return true;
}

}  // namespace

struct HttpClient::Exchange {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  HttpRequest request;
  HttpResponse response;
  Done done;

  Exchange(const HttpRequest& to_send, Done on_done)
      : easy(curl_easy_init()), request(to_send), done(std::move(on_done)) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  void add_header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
  void prepare();
};

// libcurl's C callbacks.
struct HttpClient::Callbacks {
  static int socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    static_cast<HttpClient*>(self)->on_socket(fd, what);
    return 0;
  }
  static int timer(CURLM*, long milliseconds, void* self) {
    auto& client = *static_cast<HttpClient*>(self);
    if (milliseconds < 0)
      client.timer_.disarm();
    else
      client.timer_.arm(Duration::milliseconds(milliseconds));
    return 0;
  }
  static size_t body(char* data, size_t, size_t size, void* self) {
    std::string& kept = static_cast<Exchange*>(self)->response.body;
    if (kept.size() + size > kMaxBody) return 0;  // ends the transfer
    kept.append(data, size);
    return size;
  }
  static size_t header(char* data, size_t, size_t size, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::string_view line(data, size);
    std::string location;
    if (take_header(line, "location:", location)) {
      exchange.response.location = resolved(exchange.request.url, location);
    }
    take_header(line, "etag:", exchange.response.etag);
    return size;
  }
};

void HttpClient::Exchange::prepare() {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.ms()));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Callbacks::body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, Callbacks::header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  if (!request.content_type.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    add_header("Content-Type: " + request.content_type);
    add_header("Expect:");  // no 100-continue: it would cost a round trip
  }
  if (!request.token.empty()) add_header("Authorization: Bearer " + request.token);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

HttpClient::HttpClient(io::UvLoop& loop, bool verifies)
    : loop_(loop), verifies_(verifies), multi_(nullptr), timer_(loop, [this] {
        int running = 0;
        curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
        finish_exchanges();
      }) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, Callbacks::socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, Callbacks::timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kMaxConnections);
}

HttpClient::~HttpClient() {
  for (const auto& [easy, exchange] : exchanges_) curl_multi_remove_handle(multi_, easy);
  exchanges_.clear();
  curl_multi_cleanup(multi_);
  curl_global_cleanup();
}

void HttpClient::send(const HttpRequest& request, Done done) {
  auto exchange = std::make_unique<Exchange>(request, std::move(done));
  exchange->prepare();
  CURL* easy = exchange->easy;
  if (!verifies_) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  exchanges_.emplace(easy, std::move(exchange));
  curl_multi_add_handle(multi_, easy);
}

void HttpClient::on_socket(int fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    const auto found = polls_.find(fd);
    if (found == polls_.end()) return;
    // At once, though the poll's own callback may be running (it touches nothing afterwards): the
    // descriptor's number may come back for another connection, whose events a later close of this
    // handle would take away.
    polls_.erase(found);
    return;
  }
  std::unique_ptr<io::UvPoll>& poll = polls_[fd];
  if (!poll) {
    poll = std::make_unique<io::UvPoll>(loop_, fd, [this, fd](bool readable, bool writable) {
      on_ready(fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
    });
  }
  poll->watch((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
}

void HttpClient::on_ready(int fd, int flags) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, flags, &running);
  finish_exchanges();
}

void HttpClient::finish_exchanges() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto found = exchanges_.find(message->easy_handle);
    if (found == exchanges_.end()) continue;
    const CURLcode result = message->data.result;
    const std::unique_ptr<Exchange> exchange = std::move(found->second);
    exchanges_.erase(found);
    curl_multi_remove_handle(multi_, exchange->easy);
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    exchange->response.status = result == CURLE_OK ? static_cast<int>(status) : 0;
    if (result != CURLE_OK) exchange->response.failure = curl_easy_strerror(result);
    if (result == CURLE_PEER_FAILED_VERIFICATION)
      exchange->response.failure += " (--insecure takes any certificate)";
    exchange->done(exchange->response);
  }
}

}  // namespace lectern::tools
