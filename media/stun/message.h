// STUN messages of ICE (RFC 8489, RFC 8445 §16): a parsed view and the three messages that are
// written. Short-term credentials with SHA-1 only, as ICE uses them. Left out on purpose: TURN,
// long-term credentials, MESSAGE-INTEGRITY-SHA256, FINGERPRINT-less messages as output.
#pragma once

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lectern::stun {

inline constexpr size_t kHeaderSize = 20;             // RFC 8489 §5
inline constexpr uint32_t kMagicCookie = 0x2112A442;  // RFC 8489 §5
inline constexpr size_t kMaxMessageSize = 548;        // RFC 8489 §6.1: unknown path MTU, IPv4
inline constexpr size_t kMaxUnknown = 8;              // unknown attributes reported back at most

// RFC 8489 §14.8, RFC 8445 §7.3.1.1.
inline constexpr uint16_t kBadRequest = 400;
inline constexpr uint16_t kUnauthenticated = 401;
inline constexpr uint16_t kUnknownAttribute = 420;
inline constexpr uint16_t kRoleConflict = 487;

using TransactionId = std::array<uint8_t, 12>;

enum class Class : uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };
inline constexpr uint16_t kBinding = 0x001;  // RFC 8489 §18.2

// One parsed message. Views point into the datagram.
struct Message {
  Bytes datagram{};
  Class message_class{};
  uint16_t method = 0;
  TransactionId transaction_id{};
  std::optional<Bytes> username{};
  std::optional<uint32_t> priority{};         // RFC 8445 §16.1
  std::optional<uint64_t> ice_controlling{};  // tie-breaker
  std::optional<uint64_t> ice_controlled{};   // tie-breaker
  std::optional<Endpoint> xor_mapped_address{};
  std::optional<uint16_t> error_code{};  // 300..699
  bool use_candidate = false;
  bool has_fingerprint = false;   // and it was right
  uint16_t integrity_offset = 0;  // of MESSAGE-INTEGRITY; 0: none
  // Comprehension-required attributes (RFC 8489 §14: 0x0000-0x7FFF) that we do not know.
  std::array<uint16_t, kMaxUnknown> unknown{};
  uint8_t unknown_count = 0;
};

// First byte 0-3 (RFC 7983 §7), cookie, length a multiple of four and exact (RFC 8489 §5).
[[nodiscard]] bool is_stun(Bytes datagram);

// Fails on lengths that leave the message, on malformed known attributes and on a wrong
// FINGERPRINT. Attributes after MESSAGE-INTEGRITY, other than FINGERPRINT, are ignored (RFC 8489
// §14.5).
[[nodiscard]] Parsed<Message> parse(Bytes datagram);

// True if the message carries a MESSAGE-INTEGRITY made with `key` (a password). Constant-time
// comparison; one HMAC-SHA1 over the message.
[[nodiscard]] bool check_integrity(const Message& message, Bytes key);

// The two halves of an ICE USERNAME, "receiver:sender" (RFC 8445 §7.2.2); nothing without a colon.
struct Username {
  std::string_view receiver{};
  std::string_view sender{};
};
[[nodiscard]] std::optional<Username> split_username(const Message& message);

struct BindingRequest {
  TransactionId transaction_id{};
  std::string_view receiver_ufrag{};
  std::string_view sender_ufrag{};
  uint32_t priority = 0;
  uint64_t tie_breaker = 0;
  bool is_controlling = true;
  bool use_candidate = false;
};

// All writers return the size of the message, 0 when `out` is too small. `key`: the password of the
// receiver of a request, of the sender of a response; empty: no MESSAGE-INTEGRITY.
[[nodiscard]] size_t write_binding_request(const BindingRequest& request, Bytes key,
                                           MutableBytes out);
[[nodiscard]] size_t write_binding_success(const TransactionId& transaction_id,
                                           const Endpoint& mapped, Bytes key, MutableBytes out);
// `unknown`: for 420, the UNKNOWN-ATTRIBUTES (RFC 8489 §14.13).
[[nodiscard]] size_t write_binding_error(const TransactionId& transaction_id, uint16_t code,
                                         std::span<const uint16_t> unknown, Bytes key,
                                         MutableBytes out);

}  // namespace lectern::stun
