#include "media/control/codec.h"

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "media/control/fields.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

namespace lectern::control {
namespace {

using Json = nlohmann::json;

constexpr std::array kRoles = {"publish", "view"};
constexpr std::array kPhases = {"connecting", "connected", "closed"};
constexpr std::array kTrackNames = {"audio", "camera", "screen"};
constexpr std::array kLimits = {"none", "audio-only", "height"};

constexpr const auto& names_of(Role /*value*/) {
  return kRoles;
}
constexpr const auto& names_of(SessionPhase /*value*/) {
  return kPhases;
}
constexpr const auto& names_of(Track /*value*/) {
  return kTrackNames;
}
constexpr const auto& names_of(Limit /*value*/) {
  return kLimits;
}

constexpr auto kRefusals = [] {
  std::array<std::string_view, kRefusalKinds.size()> codes;
  std::ranges::transform(kRefusalKinds, codes.begin(), &RefusalKind::code);
  return codes;
}();
constexpr const auto& names_of(RefusalCode /*value*/) {
  return kRefusals;
}

// ------------------------------------------------------------------------------------- writing

class Writer {
 public:
  explicit Writer(std::string_view type) { json_["type"] = type; }
  Writer() : json_(Json::object()) {}

  void operator()(const char* key, const auto& value) { json_[key] = to_json(value); }
  // As text: not every reader of JSON holds 64 bits of a number.
  void leg(const char* key, LegId id) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id, 16);
    json_[key] = std::string(digits.data(), end.ptr);
  }
  [[nodiscard]] Json take() { return std::move(json_); }

 private:
  template <typename T>
  static Json to_json(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return names_of(value)[static_cast<std::size_t>(value)];
    } else if constexpr (std::same_as<T, Endpoint>) {
      return value.to_string();
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      return value;
    } else {
      Writer members;
      fields(members, value);
      return members.take();
    }
  }
  template <typename T>
  static Json to_json(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(to_json(value));
    return list;
  }

  Json json_;
};

template <typename Variant>
std::string write(const Variant& message) {
  std::string record = std::visit(
      []<typename Message>(const Message& m) {
        Writer writer(Message::kType);
        fields(writer, m);
        return to_text(writer.take());
      },
      message);
  LECTERN_CHECK(record.size() <= kMaxRecord);
  return record;
}

// ------------------------------------------------------------------------------------- reading

class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  void operator()(const char* key, auto& value) {
    const auto found = object_.find(key);
    if (found != object_.end()) ok_ = ok_ && read(*found, value);
  }
  void leg(const char* key, LegId& id) {
    std::string digits;
    (*this)(key, digits);
    if (digits.empty()) return;
    const auto parsed = parse_number<LegId>(digits, 16);
    ok_ = ok_ && parsed;
    id = parsed.value_or(0);
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  template <typename T>
  static bool read(const Json& json, T& value) {
    if constexpr (std::same_as<T, bool>) {
      return json.is_boolean() && (value = json.get<bool>(), true);
    } else if constexpr (std::is_integral_v<T>) {
      return read_integer(json, value);
    } else if constexpr (std::is_enum_v<T>) {
      return read_name(json, value);
    } else if constexpr (std::same_as<T, std::string>) {
      return json.is_string() && (value = json.get_ref<const std::string&>(), true);
    } else if constexpr (std::same_as<T, Endpoint>) {
      return read_endpoint(json, value);
    } else {
      if (!json.is_object()) return false;
      Reader members(json);
      fields(members, value);
      return members.ok();
    }
  }
  template <typename T>
  static bool read(const Json& json, std::vector<T>& values) {
    if (!json.is_array()) return false;
    values.reserve(json.size());
    return std::ranges::all_of(
        json, [&values](const Json& item) { return read(item, values.emplace_back()); });
  }
  template <typename T>
  static bool read_integer(const Json& json, T& value) {
    if (json.is_number_unsigned()) {
      const auto number = json.get<std::uint64_t>();
      if (!std::in_range<T>(number)) return false;
      value = static_cast<T>(number);
      return true;
    }
    if (!json.is_number_integer()) return false;
    const auto number = json.get<std::int64_t>();
    if (!std::in_range<T>(number)) return false;
    value = static_cast<T>(number);
    return true;
  }
  template <typename T>
  static bool read_name(const Json& json, T& value) {
    if (!json.is_string()) return false;
    const auto& names = names_of(value);
    const auto found = std::ranges::find(names, json.get_ref<const std::string&>());
    if (found == names.end()) return false;
    value = static_cast<T>(found - names.begin());
    return true;
  }
  static bool read_endpoint(const Json& json, Endpoint& value) {
    if (!json.is_string()) return false;
    const auto endpoint = Endpoint::parse_with_port(json.get_ref<const std::string&>());
    if (endpoint) value = *endpoint;
    return endpoint.has_value();
  }

  const Json& object_;
  bool ok_ = true;
};

template <typename Message>
Parsed<Message> read_message(const Json& json) {
  Message message;
  Reader reader(json);
  fields(reader, message);
  if (!reader.ok()) return parse_error(ParseError::kMalformed);
  return message;
}

// The first alternative whose kType it is.
template <typename Variant, std::size_t Index = 0>
Parsed<Variant> read_alternative(const Json& json, std::string_view type) {
  if constexpr (Index < std::variant_size_v<Variant>) {
    using Message = std::variant_alternative_t<Index, Variant>;
    if (type != Message::kType) return read_alternative<Variant, Index + 1>(json, type);
    return read_message<Message>(json);
  }
  return parse_error(ParseError::kUnsupported);
}

// No text of JSON begins with these octets.
bool is_binary(std::string_view record) {
  return !record.empty() && record.front() >= 1 && record.front() <= 8;
}

template <typename Variant>
Parsed<Variant> read(std::string_view record) {
  if (record.size() > kMaxRecord) return parse_error(ParseError::kTooLong);
  if (is_binary(record)) return parse_error(ParseError::kUnsupported);
  const auto parsed = parse_json_object(record);
  if (!parsed) return parse_error(parsed.error());
  const auto type = text_member(*parsed, "type");
  if (!type) return parse_error(ParseError::kMalformed);
  return read_alternative<Variant>(*parsed, *type);
}

}  // namespace

std::string encode(const ToWorker& message) {
  return write(message);
}
std::string encode(const FromWorker& message) {
  return write(message);
}

Parsed<ToWorker> decode_to_worker(std::string_view record) {
  return read<ToWorker>(record);
}
Parsed<FromWorker> decode_from_worker(std::string_view record) {
  return read<FromWorker>(record);
}

std::vector<FromWorker> hello_records(Hello hello, const std::vector<SessionEntry>& sessions) {
  const auto take = [&sessions](std::size_t from) {
    const std::size_t to = std::min(from + kMaxSessionsPerRecord, sessions.size());
    return std::vector(sessions.begin() + static_cast<std::ptrdiff_t>(from),
                       sessions.begin() + static_cast<std::ptrdiff_t>(to));
  };
  std::vector<FromWorker> records;
  hello.sessions = take(0);
  hello.more = sessions.size() > kMaxSessionsPerRecord;
  records.emplace_back(std::move(hello));
  for (std::size_t from = kMaxSessionsPerRecord; from < sessions.size();
       from += kMaxSessionsPerRecord)
    records.emplace_back(SessionList{.sessions = take(from),
                                     .more = from + kMaxSessionsPerRecord < sessions.size()});
  return records;
}

}  // namespace lectern::control
