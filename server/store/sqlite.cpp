#include "server/store/sqlite.h"

#include <utility>

namespace lectern::server {
namespace {

// Of another process that writes at this moment (a restore, a person with sqlite3).
constexpr int kBusyMs = 2000;

const char* advice_for(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "free some of the disk";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "let this server write to the folder";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "move the file away, or put a backup in its place (lectern restore)";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "end the other program that uses it";
    default:
      return "look after the disk";
  }
}

std::unexpected<Error> fault_of(const std::filesystem::path& file, sqlite3* handle) {
  const int code = handle == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle);
  const char* words = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  return error("Nothing can be kept in " + file.string() + " (" + words + "): " + advice_for(code) +
               ".");
}

}  // namespace

Result<Sqlite> Sqlite::open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Sqlite database(file, handle);
  if (code != SQLITE_OK) {
    return fault_of(file, handle);
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  if (auto set = database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"); !set) {
    return std::unexpected(set.error());
  }
  return database;
}

Result<void> Sqlite::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fault();
  }
  return {};
}

Result<SqliteStatement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return fault();
  }
  return SqliteStatement(statement);
}

std::unexpected<Error> Sqlite::fault() const {
  return fault_of(file_, handle_.get());
}

void SqliteStatement::bind_blob(int place, std::string_view octets) {
  // A null pointer would be NULL, not an empty blob.
  sqlite3_bind_blob(statement_.get(), place, octets.empty() ? "" : octets.data(),
                    static_cast<int>(octets.size()), SQLITE_STATIC);
}

void SqliteStatement::bind_number(int place, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), place, number);
}

SqliteStatement::Step SqliteStatement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return Step::kRow;
    case SQLITE_DONE:
      return Step::kDone;
    default:
      return Step::kFailed;
  }
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string SqliteStatement::text(int column) const {
  const void* octets = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return octets == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(octets), static_cast<std::size_t>(size));
}

}  // namespace lectern::server
