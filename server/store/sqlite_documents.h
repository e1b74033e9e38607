// Documents in a SQLite file. Changes since the last commit are one transaction.
#pragma once

#include "server/store/sqlite.h"
#include "store/documents.h"

#include <filesystem>
#include <memory>

namespace lectern::server {

class SqliteDocuments final : public store::Documents {
 public:
  // Makes the file and what belongs into it where there is none.
  [[nodiscard]] static Result<std::unique_ptr<store::Documents>> open(
      const std::filesystem::path& file);

  Result<void> put(const store::Document& document) override;
  Result<void> erase(std::string_view kind, std::string_view key) override;
  Result<std::vector<store::Document>> list(std::string_view kind, std::string_view after,
                                            std::size_t most) override;
  Result<void> commit() override;

 private:
  struct Statements {
    SqliteStatement put;
    SqliteStatement erase;
    SqliteStatement list;
  };

  SqliteDocuments(Sqlite database, Statements statements)
      : database_(std::move(database)), statements_(std::move(statements)) {}

  [[nodiscard]] Result<void> begin();
  // Steps a statement without rows. After an error the transaction is over, without effect.
  [[nodiscard]] Result<void> change(SqliteStatement& statement);
  [[nodiscard]] std::unexpected<Error> give_up();

  Sqlite database_;  // outlives its statements
  Statements statements_;
  bool is_in_transaction_ = false;
};

}  // namespace lectern::server
