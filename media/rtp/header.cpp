#include "media/rtp/header.h"

#include <algorithm>
#include <cstring>

namespace lectern::rtp {
namespace {

constexpr uint8_t kVersion = 2;                // RFC 3550 §5.1
constexpr size_t kMaxExtensionWords = 0xFFFF;  // RFC 3550 §5.3.1: 16-bit length

// Where the block of extensions starts, and how long its elements are altogether.
struct ExtensionForm {
  bool is_two_byte = false;
  size_t size = 0;  // without padding to a word
};

std::optional<ExtensionForm> form_of(std::span<const Extension> extensions) {
  ExtensionForm form;
  size_t data = 0;
  for (const Extension& extension : extensions) {
    if (extension.id == 0 || extension.data.size() > 255) return std::nullopt;
    if (extension.id > kMaxOneByteExtensionId || extension.data.empty() ||
        extension.data.size() > 16)
      form.is_two_byte = true;
    data += extension.data.size();
  }
  form.size = data + extensions.size() * (form.is_two_byte ? 2 : 1);
  return form;
}

void write_extension(const Extension& extension, bool is_two_byte, ByteWriter& out) {
  const size_t size = extension.data.size();
  if (is_two_byte) {
    out.u8(extension.id);
    out.u8(static_cast<uint8_t>(size));
  } else {
    // RFC 8285 §4.2: the length field is one less than the length.
    out.u8(static_cast<uint8_t>(size_t{extension.id} << 4 | (size - 1)));
  }
  out.bytes(extension.data);
}

bool parse_extension_block(ByteReader& reader, PacketView& view) {
  view.extension_profile = reader.u16();
  const size_t words = reader.u16();
  view.extensions = reader.bytes(words * 4);
  return reader.ok();
}

}  // namespace

Parsed<PacketView> parse(Bytes packet) {
  if (packet.size() < kFixedHeaderSize) return parse_error(ParseError::kTruncated);
  // The offset of the payload is kept in 16 bits.
  if (packet.size() > 0xFFFF) return parse_error(ParseError::kTooLong);
  if (packet[0] >> 6 != kVersion) return parse_error(ParseError::kUnsupported);
  ByteReader reader(packet);
  PacketView view;
  const uint8_t first = reader.u8();
  const uint8_t second = reader.u8();
  view.packet = packet;
  view.header.marker = (second & 0x80) != 0;
  view.header.payload_type = second & 0x7F;
  view.header.sequence_number = reader.u16();
  view.header.timestamp = reader.u32();
  view.header.ssrc = reader.u32();
  reader.skip((first & 0x0FU) * size_t{4});
  const bool has_extension = (first & 0x10) != 0;
  if (!reader.ok() || (has_extension && !parse_extension_block(reader, view)))
    return parse_error(ParseError::kTruncated);
  view.header_size = static_cast<uint16_t>(reader.offset());
  view.payload = reader.rest();
  if ((first & 0x20) != 0) {
    // RFC 3550 §5.1: the last octet counts the padding, itself included.
    if (view.payload.empty()) return parse_error(ParseError::kMalformed);
    view.padding_size = view.payload.back();
    if (view.padding_size == 0 || view.padding_size > view.payload.size())
      return parse_error(ParseError::kMalformed);
    view.payload = view.payload.first(view.payload.size() - view.padding_size);
  }
  return view;
}

bool is_rtcp(Bytes packet) {
  // RFC 5761 §4: RTCP types 192-223, which as RTP are payload types 64-95 with or without the
  // marker.
  return packet.size() >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

ExtensionReader::ExtensionReader(const PacketView& view)
    : rest_(view.extensions), profile_(view.extension_profile) {}

std::optional<Extension> ExtensionReader::next() {
  if (profile_ == kOneByteProfile) return next_one_byte();
  if ((profile_ & 0xFFF0) == kTwoByteProfile) return next_two_byte();
  return std::nullopt;
}

std::optional<Extension> ExtensionReader::next_one_byte() {
  while (!rest_.empty() && rest_[0] == 0) rest_ = rest_.subspan(1);  // RFC 8285 §4.2: padding
  if (rest_.empty()) return std::nullopt;
  const auto id = static_cast<uint8_t>(rest_[0] >> 4);
  const size_t size = (rest_[0] & 0x0FU) + size_t{1};
  if (id == 0 || id > kMaxOneByteExtensionId || rest_.size() < 1 + size) {
    rest_ = {};
    return std::nullopt;
  }
  const Extension extension{.id = id, .data = rest_.subspan(1, size)};
  rest_ = rest_.subspan(1 + size);
  return extension;
}

std::optional<Extension> ExtensionReader::next_two_byte() {
  while (!rest_.empty() && rest_[0] == 0) rest_ = rest_.subspan(1);  // RFC 8285 §4.3: padding
  if (rest_.size() < 2 || rest_.size() < size_t{2} + rest_[1]) {
    rest_ = {};
    return std::nullopt;
  }
  const size_t size = rest_[1];
  const Extension extension{.id = rest_[0], .data = rest_.subspan(2, size)};
  rest_ = rest_.subspan(2 + size);
  return extension;
}

std::optional<Bytes> find_extension(const PacketView& view, uint8_t id) {
  ExtensionReader reader(view);
  while (const auto extension = reader.next())
    if (extension->id == id) return extension->data;
  return std::nullopt;
}

size_t write_header(const Header& header, std::span<const Extension> extensions, MutableBytes out) {
  const auto form = form_of(extensions);
  if (!form) return 0;
  const size_t words = (form->size + 3) / 4;
  if (words > kMaxExtensionWords) return 0;
  ByteWriter writer(out);
  writer.u8(static_cast<uint8_t>(kVersion << 6 | (extensions.empty() ? 0 : 0x10)));
  writer.u8(static_cast<uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type & 0x7F)));
  writer.u16(header.sequence_number);
  writer.u32(header.timestamp);
  writer.u32(header.ssrc);
  if (!extensions.empty()) {
    writer.u16(form->is_two_byte ? kTwoByteProfile : kOneByteProfile);
    writer.u16(static_cast<uint16_t>(words));
    for (const Extension& extension : extensions)
      write_extension(extension, form->is_two_byte, writer);
    writer.zeros(words * 4 - form->size);
  }
  return writer.ok() ? writer.size() : 0;
}

size_t append_padding(MutableBytes out, size_t packet_size, uint8_t padding) {
  if (padding == 0 || packet_size < kFixedHeaderSize || packet_size > out.size() ||
      out.size() - packet_size < padding)
    return 0;
  std::ranges::fill(out.subspan(packet_size, padding), uint8_t{0});
  out[packet_size + padding - 1] = padding;
  out[0] |= 0x20;
  return packet_size + padding;
}

void set_payload_type(MutableBytes packet, uint8_t payload_type) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0x80) | (payload_type & 0x7F));
}

void set_marker(MutableBytes packet, bool marker) {
  packet[1] = static_cast<uint8_t>((packet[1] & 0x7F) | (marker ? 0x80 : 0));
}

void set_sequence_number(MutableBytes packet, uint16_t sequence_number) {
  store_be16(packet.data() + 2, sequence_number);
}

void set_timestamp(MutableBytes packet, uint32_t timestamp) {
  store_be32(packet.data() + 4, timestamp);
}

void set_ssrc(MutableBytes packet, uint32_t ssrc) {
  store_be32(packet.data() + 8, ssrc);
}

}  // namespace lectern::rtp
