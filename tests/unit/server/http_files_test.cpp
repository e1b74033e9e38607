#include "server/io/http_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace lectern::io {
namespace {

namespace fs = std::filesystem;

class HttpFilesTest : public testing::Test {
 protected:
  HttpFilesTest() : folder_(fs::temp_directory_path() / ("pages-" + std::to_string(getpid()))) {
    write("index.html", "start");
    write("watch.html", "watch");
    write("watch.html.br", "WATCH");
    write("watch.html.gz", "Watch");
    write("assets/watch-ABCDEFGH.js", "script");
    write("orphan.js.br", "no plain form");
  }
  ~HttpFilesTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  WebResponse get(const std::string& path, HeaderList headers = {}, std::string method = "GET") {
    const auto pages = HttpFiles::load(folder_);
    EXPECT_TRUE(pages);
    WebRequest request;
    request.method = std::move(method);
    request.path = path;
    request.headers = std::move(headers);
    return pages->answer(request);
  }

  static std::string header(const WebResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) {
        return value;
      }
    }
    return {};
  }

  fs::path folder_;
};

TEST_F(HttpFilesTest, PublicPathsNameTheirPages) {
  EXPECT_EQ(file_for_path("/"), "index.html");
  EXPECT_EQ(file_for_path("/watch/math-7"), "watch.html");
  EXPECT_EQ(file_for_path("/teach/math-7"), "teach.html");
  EXPECT_EQ(file_for_path("/watch/"), "watch/");
  EXPECT_EQ(file_for_path("/watch/a/b"), "watch/a/b");
  EXPECT_EQ(file_for_path("/assets/x.js"), "assets/x.js");
}

TEST_F(HttpFilesTest, TheBestCodingThatTheClientTakesIsSent) {
  const auto plain = get("/watch/demo");
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(*plain.body, "watch");
  EXPECT_EQ(header(plain, "content-encoding"), "");
  EXPECT_EQ(header(plain, "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(plain, "vary"), "accept-encoding");

  const auto brotli = get("/watch/demo", {{"accept-encoding", "gzip, deflate, br, zstd"}});
  EXPECT_EQ(*brotli.body, "WATCH");
  EXPECT_EQ(header(brotli, "content-encoding"), "br");

  const auto gzip = get("/watch/demo", {{"accept-encoding", "gzip, br;q=0"}});
  EXPECT_EQ(*gzip.body, "Watch");
  EXPECT_NE(header(gzip, "etag"), header(brotli, "etag"));
}

TEST_F(HttpFilesTest, AcceptEncodingIsReadWithItsWeights) {
  EXPECT_TRUE(accepts_coding("br", "br"));
  EXPECT_TRUE(accepts_coding("gzip;q=0.5 , br ; q=1.0", "br"));
  EXPECT_TRUE(accepts_coding("*", "br"));
  EXPECT_FALSE(accepts_coding("", "br"));
  EXPECT_FALSE(accepts_coding("br;q=0.000", "br"));
  EXPECT_FALSE(accepts_coding("*, br;q=0", "br"));
  EXPECT_FALSE(accepts_coding("brotli", "br"));
  EXPECT_TRUE(accepts_coding("GZIP", "gzip"));
  EXPECT_FALSE(accepts_coding("gzip;Q=0, *", "gzip"));
}

TEST_F(HttpFilesTest, OnlyHashedAssetsMayBeKept) {
  EXPECT_EQ(header(get("/watch/demo"), "cache-control"), "no-cache");
  EXPECT_EQ(header(get("/assets/watch-ABCDEFGH.js"), "cache-control"),
            "public, max-age=31536000, immutable");
}

TEST_F(HttpFilesTest, AKnownEtagIsAnsweredWithoutBody) {
  const std::string etag = header(get("/watch/demo"), "etag");
  const auto again = get("/watch/demo", {{"if-none-match", "\"other\", W/" + etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, nullptr);
  EXPECT_EQ(header(again, "etag"), etag);
  EXPECT_EQ(get("/watch/demo", {{"if-none-match", "\"other\""}}).status, 200);
}

TEST_F(HttpFilesTest, IfMatchIsComparedStrongly) {
  const std::string etag = header(get("/watch/demo"), "etag");
  EXPECT_EQ(get("/watch/demo", {{"if-match", "\"other\", " + etag}}).status, 200);
  EXPECT_EQ(get("/watch/demo", {{"if-match", "*"}}).status, 200);
  EXPECT_EQ(get("/watch/demo", {{"if-match", "\"other\""}}).status, 412);
  EXPECT_EQ(get("/watch/demo", {{"if-match", "W/" + etag}}).status, 412);
}

TEST_F(HttpFilesTest, WhatIsNotThereIsSaidInOneSentence) {
  for (const std::string path :
       {"/nowhere", "/watch/", "/../etc/passwd", "/orphan.js", "/assets"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_NE(response.body->find("There is no page here"), std::string::npos);
  }
  EXPECT_EQ(get("/", {}, "POST").status, 405);
}

TEST_F(HttpFilesTest, EveryAnswerIsGuarded) {
  for (const std::string path : {"/", "/nowhere"}) {
    const auto response = get(path);
    EXPECT_TRUE(header(response, "content-security-policy").starts_with("default-src 'self'"));
    EXPECT_EQ(header(response, "x-content-type-options"), "nosniff");
    EXPECT_EQ(header(response, "referrer-policy"), "no-referrer");
  }
}

TEST_F(HttpFilesTest, WhatIsNoPageSaysLittle) {
  const auto script = get("/assets/watch-ABCDEFGH.js");
  EXPECT_EQ(header(script, "x-content-type-options"), "nosniff");
  EXPECT_EQ(header(script, "content-security-policy"), "");
}

TEST_F(HttpFilesTest, P4AProgramIsToldByAProblemAndAPersonByAPage) {
  EXPECT_EQ(header(get("/nowhere"), "content-type"), "application/problem+json");
  EXPECT_EQ(header(get("/nowhere", {{"accept", "text/html,*/*;q=0.8"}}), "content-type"),
            "text/html; charset=utf-8");
  const auto page = get("/nowhere", {{"accept", "text/html,*/*;q=0.8"}});
  EXPECT_TRUE(page.body->contains("no page here"));
  EXPECT_TRUE(page.body->contains("Tidak ada halaman"));
  EXPECT_EQ(header(get("/", {}, "POST"), "content-type"), "application/problem+json");
}

TEST_F(HttpFilesTest, P68PagesNameTheirFilesUnderThePublicPath) {
  std::ofstream(folder_ / "index.html")
      << "<html lang=\"id\"><script src=\"/assets/a.js\"></script>"
         "<a href=\"/\"><a href=\"#x\">";
  auto pages = HttpFiles::load(folder_);
  ASSERT_TRUE(pages);
  pages->set_public_path("/kelas");
  WebRequest request;
  request.method = "GET";
  request.path = "/";
  EXPECT_EQ(*pages->answer(request).body,
            "<html data-public-path=\"/kelas\" lang=\"id\"><script src=\"/kelas/assets/a.js\">"
            "</script><a href=\"/kelas/\"><a href=\"#x\">");
}

TEST_F(HttpFilesTest, MissingPagesSayWhatToDo) {
  const auto pages = HttpFiles::load(folder_ / "nowhere");
  ASSERT_FALSE(pages);
  EXPECT_NE(pages.error().context.find("--web"), std::string::npos);
}

}  // namespace
}  // namespace lectern::io
