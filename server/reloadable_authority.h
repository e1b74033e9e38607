// A token authority whose key can be changed while others hold on to it (SIGHUP).
#pragma once

#include "signaling/terms/token.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lectern::server {

class ReloadableAuthority final : public signaling::TokenAuthority {
 public:
  explicit ReloadableAuthority(std::unique_ptr<signaling::TokenAuthority> first)
      : current_(std::move(first)) {}

  // Tokens that the old key has signed are worth nothing from now on.
  void replace(std::unique_ptr<signaling::TokenAuthority> next) { current_ = std::move(next); }

  using TokenAuthority::verify;
  [[nodiscard]] std::expected<signaling::Token, signaling::TokenFault> verify(
      std::string_view jwt, std::int64_t unix_seconds, Duration grace) const override {
    return current_->verify(jwt, unix_seconds, grace);
  }
  [[nodiscard]] std::optional<std::string> mint(const signaling::Token& token,
                                                std::int64_t unix_seconds) const override {
    return current_->mint(token, unix_seconds);
  }

 private:
  std::unique_ptr<signaling::TokenAuthority> current_;
};

}  // namespace lectern::server
