#include "media/stun/message.h"

#include "base/digest.h"

#include <algorithm>
#include <string_view>

namespace lectern::stun {
namespace {

// RFC 8489 §18.3, RFC 8445 §20.1.
constexpr uint16_t kUsername = 0x0006;
constexpr uint16_t kMessageIntegrity = 0x0008;
constexpr uint16_t kErrorCode = 0x0009;
constexpr uint16_t kUnknownAttributes = 0x000A;
constexpr uint16_t kMessageIntegritySha256 = 0x001C;
constexpr uint16_t kXorMappedAddress = 0x0020;
constexpr uint16_t kPriority = 0x0024;
constexpr uint16_t kUseCandidate = 0x0025;
constexpr uint16_t kFingerprint = 0x8028;
constexpr uint16_t kIceControlled = 0x8029;
constexpr uint16_t kIceControlling = 0x802A;

constexpr uint16_t kFirstOptional = 0x8000;  // RFC 8489 §14: comprehension-optional from here on
constexpr size_t kAttributeHeaderSize = 4;
constexpr size_t kIntegritySize = 20;   // RFC 8489 §14.5
constexpr size_t kFingerprintSize = 4;  // RFC 8489 §14.7
constexpr uint32_t kFingerprintXor = 0x5354554E;
constexpr uint8_t kFamilyV4 = 1;  // RFC 8489 §14.1
constexpr uint8_t kFamilyV6 = 2;
constexpr size_t kMaxUsernameSize = 513;  // RFC 8489 §14.3: less than 509 octets, rounded up
constexpr size_t kLengthOffset = 2;

size_t padded(size_t size) {
  return (size + 3) & ~size_t{3};
}

struct Attribute {
  uint16_t type = 0;
  size_t offset = 0;  // of its header in the message
  Bytes value{};
};

// RFC 8489 §14.2: XORed with the cookie, and for IPv6 with the transaction id after it.
void xor_address(std::span<uint8_t> address, const TransactionId& transaction_id) {
  std::array<uint8_t, 16> mask{};
  store_be32(mask.data(), kMagicCookie);
  std::ranges::copy(transaction_id, mask.begin() + 4);
  for (size_t i = 0; i < address.size(); ++i) address[i] ^= mask[i];
}

std::optional<Endpoint> parse_xor_address(Bytes value, const TransactionId& transaction_id) {
  ByteReader reader(value);
  reader.skip(1);
  const uint8_t family = reader.u8();
  const auto port = static_cast<uint16_t>(reader.u16() ^ (kMagicCookie >> 16));
  const size_t size = family == kFamilyV4 ? 4 : 16;
  if ((family != kFamilyV4 && family != kFamilyV6) || reader.remaining() != size)
    return std::nullopt;
  std::array<uint8_t, 16> address{};
  std::ranges::copy(reader.rest(), address.begin());
  xor_address(std::span(address).first(size), transaction_id);
  if (family == kFamilyV4)
    return Endpoint::v4(address[0], address[1], address[2], address[3], port);
  return Endpoint{.address = address, .port = port};
}

std::optional<uint16_t> parse_error_code(Bytes value) {
  if (value.size() < 4) return std::nullopt;
  // RFC 8489 §14.8: hundreds in 3 bits, the rest below 100.
  const uint8_t hundreds = value[2] & 0x07;
  if (hundreds < 3 || hundreds > 6 || value[3] > 99) return std::nullopt;
  return static_cast<uint16_t>(hundreds * 100 + value[3]);
}

bool parse_tie_breaker(Bytes value, std::optional<uint64_t>& field) {
  if (value.size() != 8) return false;
  field = load_be64(value.data());
  return true;
}

bool parse_address_attribute(const Attribute& attribute, Message& message) {
  message.xor_mapped_address = parse_xor_address(attribute.value, message.transaction_id);
  return message.xor_mapped_address.has_value();
}

bool parse_error_attribute(const Attribute& attribute, Message& message) {
  message.error_code = parse_error_code(attribute.value);
  return message.error_code.has_value();
}

bool parse_priority(const Attribute& attribute, Message& message) {
  if (attribute.value.size() != 4) return false;
  message.priority = load_be32(attribute.value.data());
  return true;
}

void note_unknown(uint16_t type, Message& message) {
  if (type < kFirstOptional && message.unknown_count < kMaxUnknown)
    message.unknown[message.unknown_count++] = type;
}

// False if the attribute is one that we know and malformed.
bool parse_attribute(const Attribute& attribute, Message& message) {
  switch (attribute.type) {
    case kUsername:
      message.username = attribute.value;
      return attribute.value.size() <= kMaxUsernameSize;
    case kMessageIntegrity:
      message.integrity_offset = static_cast<uint16_t>(attribute.offset);
      return attribute.value.size() == kIntegritySize;
    case kErrorCode:
      return parse_error_attribute(attribute, message);
    case kXorMappedAddress:
      return parse_address_attribute(attribute, message);
    case kPriority:
      return parse_priority(attribute, message);
    case kUseCandidate:
      message.use_candidate = true;
      return attribute.value.empty();
    case kIceControlled:
      return parse_tie_breaker(attribute.value, message.ice_controlled);
    case kIceControlling:
      return parse_tie_breaker(attribute.value, message.ice_controlling);
    case kUnknownAttributes:       // of an error response: says nothing that changes what we do
    case kMessageIntegritySha256:  // we ask for SHA-1, which then comes beside it or not at all
      return true;
    default:
      note_unknown(attribute.type, message);
      return true;
  }
}

// RFC 8489 §14.7: the CRC-32 of all before the attribute; the length field already counts it.
bool is_fingerprint_right(const Attribute& attribute, Bytes datagram) {
  if (attribute.value.size() != kFingerprintSize ||
      attribute.offset + kAttributeHeaderSize + kFingerprintSize != datagram.size())
    return false;
  return load_be32(attribute.value.data()) ==
         (crc32(datagram.first(attribute.offset)) ^ kFingerprintXor);
}

// RFC 8489 §14.5: HMAC-SHA1 over the message before the attribute, whose length field counts it but
// nothing behind it.
Sha1Digest integrity_of(Bytes message, size_t offset, Bytes key) {
  std::array<uint8_t, kHeaderSize> header{};
  std::ranges::copy(message.first(kHeaderSize), header.begin());
  store_be16(header.data() + kLengthOffset,
             static_cast<uint16_t>(offset + kAttributeHeaderSize + kIntegritySize - kHeaderSize));
  return hmac_sha1(key, header, message.subspan(kHeaderSize, offset - kHeaderSize));
}

// RFC 8489 §5: the class is spread over bits 4 and 8 of the type.
uint16_t message_type(Class message_class) {
  const auto bits = static_cast<unsigned>(message_class);
  return static_cast<uint16_t>(kBinding | (bits & 1U) << 4 | (bits & 2U) << 7);
}

class MessageWriter {
 public:
  MessageWriter(Class message_class, const TransactionId& transaction_id, MutableBytes out)
      : out_(out) {
    out_.u16(message_type(message_class));
    out_.u16(0);
    out_.u32(kMagicCookie);
    out_.bytes(transaction_id);
  }

  void begin(uint16_t type, size_t size) {
    out_.u16(type);
    out_.u16(static_cast<uint16_t>(size));
  }
  void attribute(uint16_t type, Bytes value) {
    begin(type, value.size());
    out_.bytes(value);
    pad();
  }
  ByteWriter& out() { return out_; }
  void pad() { out_.zeros(padded(out_.size()) - out_.size()); }

  // MESSAGE-INTEGRITY unless `key` is empty, FINGERPRINT, length. The size, or 0.
  size_t finish(Bytes key) {
    if (!key.empty()) {
      const size_t offset = out_.size();
      if (!out_.ok()) return 0;
      const Sha1Digest digest = integrity_of(out_.written(), offset, key);
      attribute(kMessageIntegrity, digest);
    }
    const size_t total = out_.size() + kAttributeHeaderSize + kFingerprintSize;
    if (!out_.ok() || out_.remaining() < kAttributeHeaderSize + kFingerprintSize) return 0;
    store_be16(out_.buffer().data() + kLengthOffset, static_cast<uint16_t>(total - kHeaderSize));
    const uint32_t fingerprint = crc32(out_.written()) ^ kFingerprintXor;
    begin(kFingerprint, kFingerprintSize);
    out_.u32(fingerprint);
    return out_.ok() ? out_.size() : 0;
  }

 private:
  ByteWriter out_;
};

std::string_view reason_phrase(uint16_t code) {
  switch (code) {
    case kBadRequest:
      return "Bad Request";
    case kUnauthenticated:
      return "Unauthenticated";
    case kUnknownAttribute:
      return "Unknown Attribute";
    case kRoleConflict:
      return "Role Conflict";
    default:
      return {};
  }
}

}  // namespace

bool is_stun(Bytes datagram) {
  return datagram.size() >= kHeaderSize && datagram[0] <= 3 &&
         load_be32(datagram.data() + 4) == kMagicCookie && datagram.size() % 4 == 0 &&
         load_be16(datagram.data() + kLengthOffset) + kHeaderSize == datagram.size();
}

Parsed<Message> parse(Bytes datagram) {
  if (!is_stun(datagram)) return parse_error(ParseError::kMalformed);
  Message message;
  message.datagram = datagram;
  ByteReader reader(datagram);
  const uint16_t type = reader.u16();
  message.message_class = static_cast<Class>((type >> 4 & 1) | (type >> 7 & 2));
  message.method =
      static_cast<uint16_t>((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);
  reader.skip(6);
  std::ranges::copy(reader.bytes(message.transaction_id.size()), message.transaction_id.begin());
  while (reader.remaining() > 0) {
    Attribute attribute{.offset = reader.offset()};
    attribute.type = reader.u16();
    const size_t size = reader.u16();
    attribute.value = reader.bytes(size);
    reader.skip(padded(size) - size);
    if (!reader.ok()) return parse_error(ParseError::kTruncated);
    if (attribute.type == kFingerprint) {
      if (!is_fingerprint_right(attribute, datagram)) return parse_error(ParseError::kBadChecksum);
      message.has_fingerprint = true;
    } else if (message.integrity_offset == 0 && !parse_attribute(attribute, message)) {
      return parse_error(ParseError::kMalformed);
    }
  }
  return message;
}

bool check_integrity(const Message& message, Bytes key) {
  if (message.integrity_offset == 0) return false;
  const Sha1Digest digest = integrity_of(message.datagram, message.integrity_offset, key);
  return equal_in_constant_time(
      digest,
      message.datagram.subspan(message.integrity_offset + kAttributeHeaderSize, kIntegritySize));
}

std::optional<Username> split_username(const Message& message) {
  if (!message.username) return std::nullopt;
  const std::string_view text = as_text(*message.username);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Username{.receiver = text.substr(0, colon), .sender = text.substr(colon + 1)};
}

size_t write_binding_request(const BindingRequest& request, Bytes key, MutableBytes out) {
  MessageWriter writer(Class::kRequest, request.transaction_id, out);
  writer.begin(kUsername, request.receiver_ufrag.size() + 1 + request.sender_ufrag.size());
  writer.out().bytes(as_bytes(request.receiver_ufrag));
  writer.out().u8(':');
  writer.out().bytes(as_bytes(request.sender_ufrag));
  writer.pad();
  writer.begin(kPriority, 4);
  writer.out().u32(request.priority);
  writer.begin(request.is_controlling ? kIceControlling : kIceControlled, 8);
  writer.out().u64(request.tie_breaker);
  if (request.use_candidate) writer.begin(kUseCandidate, 0);
  return writer.finish(key);
}

size_t write_binding_success(const TransactionId& transaction_id, const Endpoint& mapped, Bytes key,
                             MutableBytes out) {
  MessageWriter writer(Class::kSuccess, transaction_id, out);
  std::array<uint8_t, 16> address = mapped.address;
  const bool is_v4 = mapped.is_v4();
  // The four bytes of a mapped IPv4 address are its last.
  if (is_v4) std::copy(mapped.address.begin() + 12, mapped.address.end(), address.begin());
  const std::span<uint8_t> wire = std::span(address).first(is_v4 ? 4 : 16);
  xor_address(wire, transaction_id);
  writer.begin(kXorMappedAddress, 4 + wire.size());
  writer.out().u8(0);
  writer.out().u8(is_v4 ? kFamilyV4 : kFamilyV6);
  writer.out().u16(static_cast<uint16_t>(mapped.port ^ (kMagicCookie >> 16)));
  writer.out().bytes(wire);
  return writer.finish(key);
}

size_t write_binding_error(const TransactionId& transaction_id, uint16_t code,
                           std::span<const uint16_t> unknown, Bytes key, MutableBytes out) {
  MessageWriter writer(Class::kError, transaction_id, out);
  const std::string_view reason = reason_phrase(code);
  writer.begin(kErrorCode, 4 + reason.size());
  writer.out().u16(0);
  writer.out().u8(static_cast<uint8_t>(code / 100));
  writer.out().u8(static_cast<uint8_t>(code % 100));
  writer.out().bytes(as_bytes(reason));
  writer.pad();
  if (!unknown.empty()) {
    writer.begin(kUnknownAttributes, unknown.size() * 2);
    for (const uint16_t type : unknown) writer.out().u16(type);
    writer.pad();
  }
  return writer.finish(key);
}

}  // namespace lectern::stun
