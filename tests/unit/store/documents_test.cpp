// What holds for Documents of any make: in memory, in SQLite, and for the next one that comes.
#include "store/documents.h"

#include "server/store/sqlite_documents.h"
#include "store/memory_documents.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace lectern::store {
namespace {

// A place that outlives the object that was opened on it.
class Place {
 public:
  virtual ~Place() = default;
  virtual std::unique_ptr<Documents> open() = 0;
};

class InMemory final : public Place {
 public:
  std::unique_ptr<Documents> open() override { return std::make_unique<MemoryDocuments>(disk_); }

 private:
  MemoryDocuments::Disk disk_;
};

class InSqlite final : public Place {
 public:
  InSqlite()
      : folder_(std::filesystem::temp_directory_path() /
                ("lectern-documents-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~InSqlite() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<Documents> open() override {
    auto opened = server::SqliteDocuments::open(file());
    EXPECT_TRUE(opened) << opened.error().context;
    return std::move(*opened);
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "store.db"; }

 private:
  std::filesystem::path folder_;
};

template <typename Make>
class DocumentsTest : public testing::Test {
 protected:
  std::vector<std::string> keys(Documents& documents, std::string_view kind = "class",
                                std::string_view after = "", std::size_t most = 100) {
    std::vector<std::string> found;
    const auto listed = documents.list(kind, after, most);
    EXPECT_TRUE(listed);
    for (const Document& document : *listed) found.push_back(document.key);
    return found;
  }
  static void put(Documents& documents, std::string key, std::string body = "{}") {
    EXPECT_TRUE(documents.put({.kind = "class", .key = std::move(key), .body = std::move(body)}));
  }
  using Keys = std::vector<std::string>;

  Make place_;
};

using Makes = testing::Types<InMemory, InSqlite>;
TYPED_TEST_SUITE(DocumentsTest, Makes);

TYPED_TEST(DocumentsTest, WhatIsPutIsListedInOrderAndByKind) {
  const auto documents = this->place_.open();
  for (const char* key : {"b", "a", "c"}) this->put(*documents, key);
  ASSERT_TRUE(documents->put({.kind = "other", .key = "a", .body = ""}));
  EXPECT_EQ(this->keys(*documents), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(this->keys(*documents, "other"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(this->keys(*documents, "none"), (std::vector<std::string>{}));
}

TYPED_TEST(DocumentsTest, ALongListComesInPieces) {
  const auto documents = this->place_.open();
  for (const char* key : {"a", "b", "c", "d"}) this->put(*documents, key);
  EXPECT_EQ(this->keys(*documents, "class", "", 2), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(this->keys(*documents, "class", "b", 9), (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(this->keys(*documents, "class", "d", 9), (std::vector<std::string>{}));
}

TYPED_TEST(DocumentsTest, WhatIsPutAgainTakesThePlaceOfTheOld) {
  const auto documents = this->place_.open();
  this->put(*documents, "a", "old");
  this->put(*documents, "a", "new");
  const auto listed = documents->list("class", "", 9);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().body, "new");
}

TYPED_TEST(DocumentsTest, WhatIsErasedIsGoneAndErasingNothingIsNoFault) {
  const auto documents = this->place_.open();
  this->put(*documents, "a");
  EXPECT_TRUE(documents->erase("class", "a"));
  EXPECT_TRUE(documents->erase("class", "a"));
  EXPECT_EQ(this->keys(*documents), (std::vector<std::string>{}));
}

TYPED_TEST(DocumentsTest, WhatIsCommittedOutlivesTheObjectAndNothingElseDoes) {
  {
    const auto documents = this->place_.open();
    this->put(*documents, "kept");
    this->put(*documents, "erased");
    ASSERT_TRUE(documents->commit());
    ASSERT_TRUE(documents->erase("class", "erased"));
    ASSERT_TRUE(documents->commit());
    this->put(*documents, "lost");
    ASSERT_TRUE(documents->erase("class", "kept"));
  }
  const auto documents = this->place_.open();
  EXPECT_EQ(this->keys(*documents), (std::vector<std::string>{"kept"}));
}

TYPED_TEST(DocumentsTest, AnyOctetsAreKeptAsTheyAre) {
  const std::string odd("\0\xff'\"\n\xc3", 6);
  {
    const auto documents = this->place_.open();
    this->put(*documents, odd, odd);
    this->put(*documents, "empty", "");
    ASSERT_TRUE(documents->commit());
  }
  const auto listed = this->place_.open()->list("class", "", 9);
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0], (Document{.kind = "class", .key = odd, .body = odd}));
  EXPECT_EQ((*listed)[1].body, "");
}

TYPED_TEST(DocumentsTest, CommittingNothingIsNoFault) {
  EXPECT_TRUE(this->place_.open()->commit());
}

// ---- what can happen to a file alone

TEST(SqliteDocuments, AFileThatIsNoDatabaseIsRefusedWithASentence) {
  InSqlite place;
  std::ofstream(place.file()) << std::string(4096, 'x');
  const auto opened = server::SqliteDocuments::open(place.file());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().context.find("move the file away"), std::string::npos)
      << opened.error().context;
}

TEST(SqliteDocuments, AFolderThatIsNotThereIsRefusedWithASentence) {
  const auto opened = server::SqliteDocuments::open("/nonexistent/store.db");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().context.find("let this server write"), std::string::npos)
      << opened.error().context;
}

}  // namespace
}  // namespace lectern::store
