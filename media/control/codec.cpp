#include "media/control/codec.h"

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

namespace lectern::control {
namespace {

using Json = nlohmann::json;

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

// ------------------------------------------------------------- the members of every struct, once

void fields(auto& io, Is<CreateSession> auto& m) {
  io("request", m.request);
  io("class", m.class_id);
  io("role", m.role);
  io("offer", m.offer);
  io("owner", m.owner);
}
void fields(auto& io, Is<PatchSession> auto& m) {
  io("request", m.request);
  io("session", m.session);
  io("content", m.content);
  io("if_match", m.if_match);
}
void fields(auto& io, Is<DeleteSession> auto& m) {
  io("request", m.request);
  io("session", m.session);
}
void fields(auto& io, Is<OpenLeg> auto& m) {
  io("class", m.class_id);
  io.leg("leg", m.leg);
  io("destination", m.destination);
}
void fields(auto& io, Is<AcceptLeg> auto& m) {
  io("class", m.class_id);
  io.leg("leg", m.leg);
  io("source", m.source);
}
void fields(auto& io, Is<CloseLeg> auto& m) {
  io.leg("leg", m.leg);
}
void fields(auto& io, Is<LimitTier> auto& m) {
  io("session", m.session);
  io("limit", m.limit);
  io("max_height", m.max_height);
}
void fields(auto& io, Is<Drain> auto& m) {
  io("has_refuge", m.has_refuge);
}

void fields(auto& io, Is<SessionEntry> auto& m) {
  io("id", m.id);
  io("class", m.class_id);
  io("role", m.role);
  io("phase", m.phase);
  io("owner", m.owner);
  io("etag", m.etag);
}
void fields(auto& io, Is<Hello> auto& m) {
  io("schema", m.schema);
  io("worker", m.worker);
  io("pid", m.pid);
  io("media_endpoints", m.media_endpoints);
  io("leg_endpoint", m.leg_endpoint);
  io("fingerprint", m.fingerprint);
  io("sessions", m.sessions);
  io("more", m.more);
}
void fields(auto& io, Is<SessionList> auto& m) {
  io("sessions", m.sessions);
  io("more", m.more);
}
void fields(auto& io, Is<SessionCreated> auto& m) {
  io("request", m.request);
  io("session", m.session);
  io("answer", m.answer);
  io("etag", m.etag);
}
void fields(auto& io, Is<SessionRefused> auto& m) {
  io("request", m.request);
  io("status", m.status);
  io("title", m.title);
  io("detail", m.detail);
  io("retry_after", m.retry_after);
}
void fields(auto& io, Is<SessionPatched> auto& m) {
  io("request", m.request);
  io("content", m.content);
  io("etag", m.etag);
}
void fields(auto& io, Is<SessionDeleted> auto& m) {
  io("request", m.request);
}
void fields(auto& io, Is<SessionState> auto& m) {
  io("session", m.session);
  io("class", m.class_id);
  io("role", m.role);
  io("phase", m.phase);
  io("reason", m.reason);
}
void fields(auto& io, Is<EncodingState> auto& m) {
  io("height", m.height);
  io("fps", m.fps);
  io("kbps", m.kbps);
}
void fields(auto& io, Is<TrackState> auto& m) {
  io("active", m.active);
  io("codec", m.codec);
  io("encodings", m.encodings);
}
void fields(auto& io, Is<SourceState> auto& m) {
  io("class", m.class_id);
  io("session", m.session);
  io("audio", m.tracks[0]);
  io("video", m.tracks[1]);
  io("screen", m.tracks[2]);
}
void fields(auto& io, Is<SourceDemand> auto& m) {
  io("class", m.class_id);
  io("session", m.session);
  io("camera", m.camera);
  io("screen", m.screen);
}
void fields(auto& io, Is<Unusable> auto& m) {
  io("class", m.class_id);
  io("session", m.session);
  io("track", m.track);
  io("reason", m.reason);
}
void fields(auto& io, Is<SessionRung> auto& m) {
  io("session", m.session);
  io("rung", m.rung);
  io("fps", m.fps);
  io("reason", m.reason);
}
void fields(auto& io, Is<RungCount> auto& m) {
  io("rung", m.rung);
  io("viewers", m.viewers);
}
void fields(auto& io, Is<Audience> auto& m) {
  io("class", m.class_id);
  io("rungs", m.rungs);
}
void fields(auto& io, Is<LegRefused> auto& m) {
  io.leg("leg", m.leg);
  io("class", m.class_id);
  io("reason", m.reason);
}
void fields(auto& io, Is<Counter> auto& m) {
  io("name", m.name);
  io("label", m.label);
  io("value", m.value);
  io("count", m.count);
}
void fields(auto& io, Is<Load> auto& m) {
  io("viewers", m.viewers);
  io("publishers", m.publishers);
  io("egress_bps", m.egress_bps);
  io("ingress_bps", m.ingress_bps);
  io("packets_per_s", m.packets_per_s);
  io("loop_delay_us_p99", m.loop_delay_us_p99);
  io("counters", m.counters);
}
void fields(auto& /*io*/, Is<Alive> auto& /*m*/) {}
void fields(auto& /*io*/, Is<Draining> auto& /*m*/) {}

// `type` of each alternative, in the order of the variants.
constexpr std::array kToWorkerNames = {"create-session", "patch-session", "delete-session",
                                       "open-leg",       "accept-leg",    "close-leg",
                                       "limit-tier",     "drain"};
constexpr std::array kFromWorkerNames = {"hello",
                                         "session-list",
                                         "session-created",
                                         "session-refused",
                                         "session-patched",
                                         "session-deleted",
                                         "session-state",
                                         "source-state",
                                         "source-demand",
                                         "unusable",
                                         "session-rung",
                                         "audience",
                                         "load",
                                         "alive",
                                         "draining",
                                         "leg-refused"};
static_assert(kToWorkerNames.size() == std::variant_size_v<ToWorker>);
static_assert(kFromWorkerNames.size() == std::variant_size_v<FromWorker>);

constexpr std::array kRoles = {"publish", "view"};
constexpr std::array kPhases = {"connecting", "connected", "closed"};
constexpr std::array kLimits = {"none", "audio-only", "height"};

constexpr const auto& names_of(Role /*value*/) {
  return kRoles;
}
constexpr const auto& names_of(SessionPhase /*value*/) {
  return kPhases;
}
constexpr const auto& names_of(Limit /*value*/) {
  return kLimits;
}

// ------------------------------------------------------------------------------------- writing

class Writer {
 public:
  explicit Writer(const char* type) { json_["type"] = type; }
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
std::string write(const Variant& message, const auto& names) {
  Writer writer(names[message.index()]);
  std::visit([&writer](const auto& m) { fields(writer, m); }, message);
  std::string record = to_text(writer.take());
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

template <typename Variant, std::size_t Index = 0>
Parsed<Variant> read_alternative(const Json& json, std::size_t index) {
  if constexpr (Index < std::variant_size_v<Variant>) {
    if (index != Index) return read_alternative<Variant, Index + 1>(json, index);
    std::variant_alternative_t<Index, Variant> message;
    Reader reader(json);
    fields(reader, message);
    if (!reader.ok()) return parse_error(ParseError::kMalformed);
    return Variant(std::move(message));
  }
  return parse_error(ParseError::kUnsupported);
}

template <typename Variant>
Parsed<Variant> read(std::string_view record, const auto& names) {
  if (record.size() > kMaxRecord) return parse_error(ParseError::kTooLong);
  const auto parsed = parse_json_object(record);
  if (!parsed) return parse_error(parsed.error());
  const auto type = parsed->find("type");
  if (type == parsed->end() || !type->is_string()) return parse_error(ParseError::kMalformed);
  const auto name = std::ranges::find(names, type->template get_ref<const std::string&>());
  return read_alternative<Variant>(*parsed, static_cast<std::size_t>(name - names.begin()));
}

}  // namespace

std::string encode(const ToWorker& message) {
  return write(message, kToWorkerNames);
}
std::string encode(const FromWorker& message) {
  return write(message, kFromWorkerNames);
}

Parsed<ToWorker> decode_to_worker(std::string_view record) {
  return read<ToWorker>(record, kToWorkerNames);
}
Parsed<FromWorker> decode_from_worker(std::string_view record) {
  return read<FromWorker>(record, kFromWorkerNames);
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
