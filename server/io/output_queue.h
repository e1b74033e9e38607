// What waits to be written to one connection. Pieces are shared: a frame for ten thousand readers
// is in memory once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::io {

class OutputQueue {
 public:
  using Piece = std::shared_ptr<const std::string>;

  void push(Piece piece) {
    if (piece && !piece->empty()) {
      size_ += piece->size();
      pieces_.push_back(std::move(piece));
    }
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // The next pieces, as many as `views` holds; how many.
  [[nodiscard]] std::size_t gather(std::span<std::string_view> views) const {
    std::size_t count = 0;
    std::size_t skip = front_written_;
    for (std::size_t i = front_; i < pieces_.size() && count < views.size(); ++i) {
      views[count++] = std::string_view(*pieces_[i]).substr(std::exchange(skip, 0));
    }
    return count;
  }

  void pop(std::size_t written) {
    size_ -= written;
    while (written > 0) {
      const std::size_t left = pieces_[front_]->size() - front_written_;
      const std::size_t step = std::min(left, written);
      written -= step;
      front_written_ += step;
      if (step == left) {
        pieces_[front_].reset();
        ++front_;
        front_written_ = 0;
      }
    }
    if (size_ == 0) {
      clear();  // an idle connection holds no memory for what it once wrote
    } else if (front_ >= kCompactAt) {
      pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(front_));
      front_ = 0;
    }
  }
  void clear() { *this = OutputQueue(); }

 private:
  static constexpr std::size_t kCompactAt = 64;  // written pieces that may stand before the rest

  std::vector<Piece> pieces_{};
  std::size_t front_ = 0;
  std::size_t front_written_ = 0;
  std::size_t size_ = 0;
};

}  // namespace lectern::io
