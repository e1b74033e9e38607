#include "server/store/sqlite_documents.h"

#include <utility>

namespace lectern::server {

using store::Document;

Result<std::unique_ptr<store::Documents>> SqliteDocuments::open(const std::filesystem::path& file) {
  auto database = Sqlite::open(file);
  if (!database) {
    return std::unexpected(database.error());
  }
  const auto made = database->run(
      "CREATE TABLE IF NOT EXISTS documents ("
      "kind BLOB NOT NULL, key BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key)"
      ") WITHOUT ROWID;");
  if (!made) {
    return std::unexpected(made.error());
  }
  auto put = database->prepare("INSERT OR REPLACE INTO documents VALUES (?1, ?2, ?3)");
  auto erase = database->prepare("DELETE FROM documents WHERE kind = ?1 AND key = ?2");
  auto list = database->prepare(
      "SELECT key, body FROM documents WHERE kind = ?1 AND key > ?2 ORDER BY key LIMIT ?3");
  for (const auto* statement : {&put, &erase, &list}) {
    if (!*statement) {
      return std::unexpected(statement->error());
    }
  }
  return std::unique_ptr<store::Documents>(new SqliteDocuments(
      *std::move(database), {*std::move(put), *std::move(erase), *std::move(list)}));
}

Result<void> SqliteDocuments::begin() {
  if (is_in_transaction_) {
    return {};
  }
  if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) {
    return begun;
  }
  is_in_transaction_ = true;
  return {};
}

std::unexpected<Error> SqliteDocuments::give_up() {
  const auto fault = database_.fault();
  // SQLite has already rolled back after some errors; then this one says so, and nothing is lost.
  if (std::exchange(is_in_transaction_, false)) {
    [[maybe_unused]] const auto rolled_back = database_.run("ROLLBACK");
  }
  return fault;
}

Result<void> SqliteDocuments::change(SqliteStatement& statement) {
  const bool is_done = statement.step() == SqliteStatement::Step::kDone;
  if (is_done) {
    statement.reset();
    return {};
  }
  const auto fault = give_up();
  statement.reset();
  return fault;
}

Result<void> SqliteDocuments::put(const Document& document) {
  if (auto begun = begin(); !begun) {
    return begun;
  }
  SqliteStatement& statement = statements_.put;
  statement.bind_blob(1, document.kind);
  statement.bind_blob(2, document.key);
  statement.bind_blob(3, document.body);
  return change(statement);
}

Result<void> SqliteDocuments::erase(std::string_view kind, std::string_view key) {
  if (auto begun = begin(); !begun) {
    return begun;
  }
  SqliteStatement& statement = statements_.erase;
  statement.bind_blob(1, kind);
  statement.bind_blob(2, key);
  return change(statement);
}

Result<std::vector<Document>> SqliteDocuments::list(std::string_view kind, std::string_view after,
                                                    std::size_t most) {
  SqliteStatement& statement = statements_.list;
  statement.bind_blob(1, kind);
  statement.bind_blob(2, after);
  statement.bind_number(3, static_cast<std::int64_t>(most));
  std::vector<Document> found;
  auto step = statement.step();
  for (; step == SqliteStatement::Step::kRow; step = statement.step()) {
    found.push_back(
        {.kind = std::string(kind), .key = statement.text(0), .body = statement.text(1)});
  }
  if (step == SqliteStatement::Step::kFailed) {
    const auto fault = give_up();
    statement.reset();
    return fault;
  }
  statement.reset();
  return found;
}

Result<void> SqliteDocuments::commit() {
  if (!is_in_transaction_) {
    return {};
  }
  if (auto done = database_.run("COMMIT"); !done) {
    return give_up();
  }
  is_in_transaction_ = false;
  return {};
}

}  // namespace lectern::server
