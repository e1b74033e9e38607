#include "store/codec.h"

#include "base/bytes.h"
#include "base/check.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace lectern::store {
namespace {

// Both directions are made from these lists of members.
void members(auto& io, auto& m) {
  using Message = std::remove_cvref_t<decltype(m)>;
  if constexpr (std::same_as<Message, Document>) {
    io.text(m.kind, kMaxKind);
    io.text(m.key, kMaxKey);
    io.text(m.body, kMaxBody);
  } else if constexpr (std::same_as<Message, Put>) {
    io.number(m.ticket);
    members(io, m.document);
  } else if constexpr (std::same_as<Message, Erase>) {
    io.number(m.ticket);
    io.text(m.kind, kMaxKind);
    io.text(m.key, kMaxKey);
  } else if constexpr (std::same_as<Message, List>) {
    io.number(m.ticket);
    io.text(m.kind, kMaxKind);
    io.text(m.after, kMaxKey);
  } else if constexpr (std::same_as<Message, Welcome>) {
    io.number(m.schema);
    io.text(m.trouble, kMaxSentence);
  } else if constexpr (std::same_as<Message, Done>) {
    io.number(m.ticket);
  } else if constexpr (std::same_as<Message, Failed>) {
    io.number(m.ticket);
    io.text(m.reason, kMaxSentence);
  } else if constexpr (std::same_as<Message, Listing>) {
    io.number(m.ticket);
    io.list(m.documents);
    io.flag(m.has_more);
  } else {
    static_assert(std::same_as<Message, Trouble>);
    io.text(m.sentence, kMaxSentence);
  }
}

class Writer {
 public:
  explicit Writer(std::size_t type) { record_.push_back(static_cast<char>(type)); }

  template <std::unsigned_integral Number>
  void number(Number value) {
    for (std::size_t shift = sizeof(value) * 8; shift > 0; shift -= 8)
      record_.push_back(static_cast<char>(value >> (shift - 8) & 0xFF));
  }
  void flag(bool value) { number(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void text(const std::string& value, std::size_t most) {
    LECTERN_CHECK(value.size() <= most);
    number(static_cast<std::uint32_t>(value.size()));
    record_ += value;
  }
  void list(const std::vector<Document>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const Document& value : values) members(*this, value);
  }
  [[nodiscard]] std::string take() {
    LECTERN_CHECK(record_.size() <= kMaxRecord);
    return std::move(record_);
  }

 private:
  std::string record_;
};

class Reader {
 public:
  explicit Reader(std::string_view record) : in_(as_bytes(record)) {}

  template <std::unsigned_integral Number>
  void number(Number& value) {
    value = 0;
    for (std::size_t i = 0; i < sizeof(value); ++i)
      value = static_cast<Number>(static_cast<std::uint64_t>(value) << 8 | in_.u8());
  }
  void flag(bool& value) {
    const std::uint8_t octet = in_.u8();
    is_malformed_ |= octet > 1;
    value = octet != 0;
  }
  void text(std::string& value, std::size_t most) {
    const std::uint32_t size = in_.u32();
    is_too_long_ |= size > most;
    if (!is_too_long_) value = as_text(in_.bytes(size));
  }
  void list(std::vector<Document>& values) {
    const std::uint32_t size = in_.u32();
    for (std::uint32_t i = 0; i < size && is_well(); ++i) members(*this, values.emplace_back());
  }

  // Whether the record was read to its end without a fault.
  [[nodiscard]] Parsed<void> end() const {
    if (is_too_long_) return parse_error(ParseError::kTooLong);
    if (!in_.ok()) return parse_error(ParseError::kTruncated);
    if (is_malformed_ || in_.remaining() > 0) return parse_error(ParseError::kMalformed);
    return {};
  }

 private:
  [[nodiscard]] bool is_well() const { return in_.ok() && !is_too_long_; }

  ByteReader in_;
  bool is_too_long_ = false;
  bool is_malformed_ = false;
};

template <typename Variant>
std::string write(const Variant& message) {
  Writer writer(message.index());
  std::visit([&writer](const auto& m) { members(writer, m); }, message);
  return writer.take();
}

template <typename Variant, std::size_t index = 0>
Parsed<Variant> read(std::string_view record) {
  if constexpr (index == std::variant_size_v<Variant>) {
    return parse_error(ParseError::kUnsupported);
  } else {
    if (static_cast<unsigned char>(record.front()) != index)
      return read<Variant, index + 1>(record);
    std::variant_alternative_t<index, Variant> message;
    Reader reader(record.substr(1));
    members(reader, message);
    if (const auto end = reader.end(); !end) return parse_error(end.error());
    return message;
  }
}

template <typename Variant>
Parsed<Variant> read_bounded(std::string_view record) {
  if (record.empty()) return parse_error(ParseError::kTruncated);
  if (record.size() > kMaxRecord) return parse_error(ParseError::kTooLong);
  return read<Variant>(record);
}

}  // namespace

std::string encode(const ToStore& message) {
  return write(message);
}

std::string encode(const FromStore& message) {
  return write(message);
}

Parsed<ToStore> decode_to_store(std::string_view record) {
  return read_bounded<ToStore>(record);
}

Parsed<FromStore> decode_from_store(std::string_view record) {
  return read_bounded<FromStore>(record);
}

}  // namespace lectern::store
