// SQLite as this project uses it: one connection, statements that are bound, stepped and reset, and
// errors as sentences. WAL and synchronous=FULL: a commit that has returned survives a loss of
// power.
#pragma once

#include "base/result.h"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace lectern::server {

class SqliteStatement;

class Sqlite {
 public:
  // Opens or makes the file. The error names the file and what to do.
  [[nodiscard]] static Result<Sqlite> open(const std::filesystem::path& file);

  // One or more statements without results.
  [[nodiscard]] Result<void> run(const char* sql);
  [[nodiscard]] Result<SqliteStatement> prepare(std::string_view sql);
  // What the last call that failed has to say, with the file and what to do.
  [[nodiscard]] std::unexpected<Error> fault() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  Sqlite(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// To be used as: bind each parameter, then step() until it is kDone, then reset().
class SqliteStatement {
 public:
  enum class Step : std::uint8_t { kRow, kDone, kFailed };

  // `place` from 1. The octets must live until reset().
  void bind_blob(int place, std::string_view octets);
  void bind_number(int place, std::int64_t number);
  [[nodiscard]] Step step();
  // For the next use; an error of the step before is not told again.
  void reset();

  // Of the present row; `column` from 0.
  [[nodiscard]] std::string text(int column) const;

 private:
  friend class Sqlite;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace lectern::server
