#include "server/io/http_files.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "base/text.h"
#include "server/io/http_response.h"
#include "server/io/http_syntax.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace lectern::io {
namespace {

namespace fs = std::filesystem;

struct TypeOfSuffix {
  std::string_view suffix;
  std::string_view type;
};

constexpr std::array kTypes = {TypeOfSuffix{".html", "text/html; charset=utf-8"},
                               TypeOfSuffix{".js", "text/javascript; charset=utf-8"},
                               TypeOfSuffix{".css", "text/css; charset=utf-8"},
                               TypeOfSuffix{".svg", "image/svg+xml"},
                               TypeOfSuffix{".png", "image/png"},
                               TypeOfSuffix{".webp", "image/webp"},
                               TypeOfSuffix{".ico", "image/x-icon"},
                               TypeOfSuffix{".woff2", "font/woff2"},
                               TypeOfSuffix{".json", "application/json"},
                               TypeOfSuffix{".webmanifest", "application/manifest+json"},
                               TypeOfSuffix{".txt", "text/plain; charset=utf-8"}};

// Pages talk to their own server only: scripts, styles, fetch, WebSocket. Pictures and media may
// also be made on the page itself. Nobody may frame a page that asks for camera and microphone.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";
constexpr std::string_view kPermissionsPolicy =
    "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), "
    "fullscreen=(self), geolocation=(), payment=(), usb=()";

constexpr Sentence kNoPage = {
    .english =
        "There is no page here. A class is at <code>/watch/</code> and its name; "
        "<a href=\"/\">go to the start page</a>.",
    .indonesian =
        "Tidak ada halaman di sini. Kelas ada di <code>/watch/</code> dan namanya; "
        "<a href=\"/\">buka halaman awal</a>."};

std::string_view content_type_of(const std::string& name) {
  const auto* const found = std::ranges::find_if(
      kTypes, [&](const TypeOfSuffix& entry) { return name.ends_with(entry.suffix); });
  return found == kTypes.end() ? "application/octet-stream" : found->type;
}

Result<std::shared_ptr<const std::string>> read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) {
    return error("the page file " + path.string() + " cannot be read");
  }
  return body_of(std::move(bytes));
}

// Takes the piece before the next `separator` off the front of `rest`.
std::string_view next_piece(std::string_view& rest, char separator) {
  return trimmed(take_piece(rest, separator));
}

bool is_zero_weight(std::string_view parameter) {
  if (parameter.size() < 2 || !equal_ignoring_case(parameter.substr(0, 2), "q=")) {
    return false;
  }
  return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

enum class Comparison : std::uint8_t { kWeak, kStrong };

// Whether a list of If-Match or If-None-Match has this tag (RFC 9110 section 8.8.3.2). No tag of
// ours is within another.
bool names_etag(std::string_view list, std::string_view etag, Comparison comparison) {
  const std::size_t at = list.find('"' + std::string(etag) + '"');
  const bool is_weak = at != std::string_view::npos && list.substr(0, at).ends_with("W/");
  return trimmed(list) == "*" ||
         (at != std::string_view::npos && (!is_weak || comparison == Comparison::kWeak));
}

// Policies are sent with pages alone: scripts, styles and pictures are 500 octets smaller without.
HeaderList security_headers(bool is_page) {
  HeaderList headers = {{"x-content-type-options", "nosniff"}};
  if (is_page) {
    headers.emplace_back("content-security-policy", kContentSecurityPolicy);
    headers.emplace_back("permissions-policy", kPermissionsPolicy);
    // A ticket may stand in the address bar for a moment: it must not travel.
    headers.emplace_back("referrer-policy", "no-referrer");
  }
  return headers;
}

// For a person a page, for a program a problem document.
WebResponse not_found(const WebRequest& request) {
  WebResponse response = as_asked(
      problem(RefusalCode::kNotFound, "There is no page here: a class is at /watch/ and its name."),
      request, kNoPage);
  std::ranges::move(security_headers(true), std::back_inserter(response.headers));
  return response;
}

// `="/x` is an address of our own in the pages that the build writes.
std::string with_public_path(std::string html, const std::string& public_path) {
  for (const std::string_view attribute : {"href=\"/", "src=\"/"}) {
    for (std::size_t at = html.find(attribute); at != std::string::npos;
         at = html.find(attribute, at + attribute.size())) {
      html.insert(at + attribute.size() - 1, public_path);
    }
  }
  if (const std::size_t at = html.find("<html"); at != std::string::npos) {
    html.insert(at + 5, " data-public-path=\"" + public_path + '"');
  }
  return html;
}

std::string etag_of(const std::string& bytes) {
  return to_base64url(Bytes(sha256(as_bytes(bytes))).first(12));
}

}  // namespace

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
  bool by_wildcard = false;
  while (!accept_encoding.empty()) {
    std::string_view item = next_piece(accept_encoding, ',');
    const std::string_view name = next_piece(item, ';');
    const bool is_allowed = !is_zero_weight(next_piece(item, ';'));
    if (equal_ignoring_case(name, coding)) {
      return is_allowed;
    }
    by_wildcard = by_wildcard || (name == "*" && is_allowed);
  }
  return by_wildcard;
}

std::string file_for_path(std::string_view path) {
  if (path == "/") {
    return "index.html";
  }
  for (const std::string_view page : {"teach", "watch", "replay"}) {
    const std::string prefix = "/" + std::string(page) + "/";
    if (path.starts_with(prefix) && path.size() > prefix.size() &&
        path.find('/', prefix.size()) == std::string_view::npos) {
      return std::string(page) + ".html";
    }
  }
  return std::string(path.substr(path.starts_with('/') ? 1 : 0));
}

Result<HttpFiles> HttpFiles::load(const fs::path& directory) {
  std::error_code failure;
  HttpFiles pages;
  for (const auto& entry : fs::recursive_directory_iterator(directory, failure)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    auto bytes = read_whole(entry.path());
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    std::string name = fs::relative(entry.path(), directory).generic_string();
    if (name.ends_with(".br")) {
      pages.files_[name.substr(0, name.size() - 3)].brotli = *bytes;
    } else if (name.ends_with(".gz")) {
      pages.files_[name.substr(0, name.size() - 3)].gzip = *bytes;
    } else {
      File& file = pages.files_[name];
      file.content_type = content_type_of(name);
      file.etag = etag_of(**bytes);
      // The build puts a hash of the content into the names of all that lies under assets/.
      file.is_immutable = name.starts_with("assets/");
      file.plain = *std::move(bytes);
    }
  }
  std::erase_if(pages.files_, [](const auto& entry) { return entry.second.plain == nullptr; });
  if (failure || !pages.files_.contains("index.html")) {
    return error("the web pages are not in " + directory.string() +
                 ": build them with scripts/pages, or name their folder with --web");
  }
  return pages;
}

void HttpFiles::set_public_path(const std::string& public_path) {
  for (auto& [name, file] : files_) {
    if (!public_path.empty() && name.ends_with(".html")) {
      file.plain = body_of(with_public_path(*file.plain, public_path));
      file.etag = etag_of(*file.plain);
      file.brotli = nullptr;
      file.gzip = nullptr;
    }
  }
}

WebResponse HttpFiles::answer(const WebRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    WebResponse refusal =
        problem(RefusalCode::kWrongMethod, "Only GET and HEAD are answered here.");
    refusal.headers.emplace_back("allow", "GET, HEAD");
    return refusal;
  }
  const auto found = files_.find(file_for_path(request.path));
  if (found == files_.end()) {
    return not_found(request);
  }
  const File& file = found->second;
  const std::string_view accepted = request.header("accept-encoding");
  WebResponse response{.status = 200, .headers = {}, .body = file.plain};
  response.headers = security_headers(file.content_type.starts_with("text/html"));
  std::string etag = file.etag;
  if (file.brotli && accepts_coding(accepted, "br")) {
    response.body = file.brotli;
    response.headers.emplace_back("content-encoding", "br");
    etag += "-br";
  } else if (file.gzip && accepts_coding(accepted, "gzip")) {
    response.body = file.gzip;
    response.headers.emplace_back("content-encoding", "gzip");
    etag += "-gz";
  }
  response.headers.emplace_back("content-type", file.content_type);
  response.headers.emplace_back("vary", "accept-encoding");
  response.headers.emplace_back("etag", '"' + etag + '"');
  response.headers.emplace_back(
      "cache-control", file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  const std::string_view if_match = request.header("if-match");
  if (!if_match.empty() && !names_etag(if_match, etag, Comparison::kStrong)) {
    return problem(RefusalCode::kPreconditionFailed,
                   "The file is another one by now: leave out If-Match.");
  }
  if (names_etag(request.header("if-none-match"), etag, Comparison::kWeak)) {
    response.status = 304;
    response.body = nullptr;
  }
  return response;
}

}  // namespace lectern::io
