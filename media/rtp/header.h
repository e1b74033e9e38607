// RTP packets as views over bytes (RFC 3550 §5.1), their header extensions in both forms of
// RFC 8285, and the writer of both. Nothing is copied or allocated. Left out on purpose:
// contributing sources are skipped, never shown; the header is never compressed.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lectern::rtp {

inline constexpr size_t kFixedHeaderSize = 12;         // RFC 3550 §5.1
inline constexpr size_t kExtensionHeaderSize = 4;      // RFC 3550 §5.3.1
inline constexpr uint16_t kOneByteProfile = 0xBEDE;    // RFC 8285 §4.2
inline constexpr uint16_t kTwoByteProfile = 0x1000;    // RFC 8285 §4.3, low 4 bits: appbits
inline constexpr uint8_t kMaxOneByteExtensionId = 14;  // RFC 8285 §4.2: 15 stops the parser

// The fields that a forwarder patches. All are in host order.
struct Header {
  uint8_t payload_type = 0;  // 7 bits
  bool marker = false;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;

  bool operator==(const Header&) const = default;
};

struct Extension {
  uint8_t id = 0;  // 1..14 in the one-byte form, 1..255 in the two-byte form
  Bytes data{};
};

// One parsed packet. Everything points into `packet`, which has to outlive the view.
struct PacketView {
  Header header;
  Bytes packet{};                  // the whole, padding included
  Bytes payload{};                 // without padding; empty for padding-only packets
  Bytes extensions{};              // the block after the 4-byte extension header
  uint16_t extension_profile = 0;  // 0: none
  uint16_t header_size = 0;        // fixed header + CSRCs + extension block
  uint8_t padding_size = 0;
};

// `packet`: one datagram, decrypted. Fails on a wrong version, on lengths that leave the packet,
// and on padding longer than what follows the header.
[[nodiscard]] Parsed<PacketView> parse(Bytes packet);

// True if the second byte is an RTCP packet type (RFC 5761 §4). `packet` may be SRTP or SRTCP.
[[nodiscard]] bool is_rtcp(Bytes packet);

// Walks the extension elements of a packet; stops without a fault at the first malformed one, as
// RFC 8285 §4.2 asks for an unknown ID 15.
class ExtensionReader {
 public:
  explicit ExtensionReader(const PacketView& view);
  std::optional<Extension> next();

 private:
  std::optional<Extension> next_one_byte();
  std::optional<Extension> next_two_byte();

  Bytes rest_;
  uint16_t profile_;
};

// The data of the first extension with this id. O(number of extensions).
[[nodiscard]] std::optional<Bytes> find_extension(const PacketView& view, uint8_t id);

// Writes header and extensions; the payload follows. The two-byte form is chosen when an id is
// above 14 or a length is 0 or above 16. Returns the bytes written; 0 when `out` is too small, an
// id is 0 or the block exceeds its 16-bit length.
[[nodiscard]] size_t write_header(const Header& header, std::span<const Extension> extensions,
                                  MutableBytes out);

// Turns `packet_size` bytes at the start of `out` into a packet with that much more padding
// (RFC 3550 §5.1: the last octet counts itself). `padding` 1..255. Returns the new size, 0 when
// `out` is too small. The packet must not have padding yet.
[[nodiscard]] size_t append_padding(MutableBytes out, size_t packet_size, uint8_t padding);

// In-place patches of a packet that parse() accepted.
void set_payload_type(MutableBytes packet, uint8_t payload_type);
void set_marker(MutableBytes packet, bool marker);
void set_sequence_number(MutableBytes packet, uint16_t sequence_number);
void set_timestamp(MutableBytes packet, uint32_t timestamp);
void set_ssrc(MutableBytes packet, uint32_t ssrc);

}  // namespace lectern::rtp
