#include "media/stun/message.h"

#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::stun {
namespace {

// The samples of RFC 5769 §2.1-2.3, made with this password.
constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr std::string_view kSampleRequest =
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf";
constexpr std::string_view kSampleIpv4Response =
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96";
constexpr std::string_view kSampleIpv6Response =
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c";
constexpr TransactionId kSampleTransaction = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                              0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

std::vector<uint8_t> bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

class Written {
 public:
  MutableBytes room() { return buffer_; }
  Bytes first(size_t size) const { return Bytes(buffer_).first(size); }

 private:
  std::array<uint8_t, kMaxMessageSize> buffer_{};
};

TEST(StunMessage, ReadsTheRequestOfRfc5769) {
  const auto datagram = bytes_of(kSampleRequest);
  ASSERT_TRUE(is_stun(datagram));
  const auto message = parse(datagram);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->message_class, Class::kRequest);
  EXPECT_EQ(message->method, kBinding);
  EXPECT_EQ(message->transaction_id, kSampleTransaction);
  EXPECT_EQ(message->priority, 0x6e0001ffU);
  EXPECT_EQ(message->ice_controlled, 0x932ff9b151263b36U);
  EXPECT_FALSE(message->ice_controlling.has_value());
  EXPECT_FALSE(message->use_candidate);
  EXPECT_TRUE(message->has_fingerprint);
  EXPECT_EQ(message->unknown_count, 0);  // SOFTWARE is comprehension-optional
  const auto username = split_username(*message);
  ASSERT_TRUE(username.has_value());
  EXPECT_EQ(username->receiver, "evtj");
  EXPECT_EQ(username->sender, "h6vY");
  EXPECT_TRUE(check_integrity(*message, as_bytes(kPassword)));
  EXPECT_FALSE(check_integrity(*message, as_bytes("VOkJxbRl1RmTxUk/WvJxBu")));
}

TEST(StunMessage, ReadsTheResponsesOfRfc5769) {
  const auto v4 = bytes_of(kSampleIpv4Response);
  const auto v4_message = parse(v4);
  ASSERT_TRUE(v4_message.has_value());
  EXPECT_EQ(v4_message->message_class, Class::kSuccess);
  EXPECT_EQ(v4_message->xor_mapped_address, Endpoint::v4(192, 0, 2, 1, 32853));
  EXPECT_TRUE(check_integrity(*v4_message, as_bytes(kPassword)));

  const auto v6 = bytes_of(kSampleIpv6Response);
  const auto v6_message = parse(v6);
  ASSERT_TRUE(v6_message.has_value());
  EXPECT_EQ(v6_message->xor_mapped_address,
            Endpoint::parse("2001:db8:1234:5678:11:2233:4455:6677", 32853));
  EXPECT_TRUE(check_integrity(*v6_message, as_bytes(kPassword)));
}

TEST(StunMessage, AnyChangedByteIsNoticed) {
  const auto sample = bytes_of(kSampleRequest);
  for (size_t i = 0; i < sample.size(); ++i) {
    auto changed = sample;
    changed[i] ^= 0x01;
    const auto message = parse(changed);
    EXPECT_FALSE(message && message->has_fingerprint &&
                 check_integrity(*message, as_bytes(kPassword)))
        << "byte " << i;
  }
}

TEST(StunMessage, IntegrityHoldsWithoutTheFingerprint) {
  auto datagram = bytes_of(kSampleRequest);
  datagram.erase(datagram.end() - 8, datagram.end());
  datagram[3] = static_cast<uint8_t>(datagram[3] - 8);
  const auto message = parse(datagram);
  ASSERT_TRUE(message.has_value());
  EXPECT_FALSE(message->has_fingerprint);
  EXPECT_TRUE(check_integrity(*message, as_bytes(kPassword)));
}

TEST(StunMessage, EveryTruncationIsRefused) {
  const auto sample = bytes_of(kSampleRequest);
  for (size_t size = 0; size < sample.size(); ++size)
    EXPECT_FALSE(parse(Bytes(sample).first(size)).has_value()) << size;
}

TEST(StunMessage, OtherProtocolsAreNotStun) {
  auto datagram = bytes_of(kSampleRequest);
  datagram[0] = 0x80;  // RTP (RFC 7983 §7)
  EXPECT_FALSE(is_stun(datagram));
  datagram[0] = 20;  // DTLS
  EXPECT_FALSE(is_stun(datagram));
  datagram = bytes_of(kSampleRequest);
  datagram[4] = 0;  // the cookie
  EXPECT_FALSE(is_stun(datagram));
}

TEST(StunMessage, RequestComesBackAsWritten) {
  Written written;
  const size_t size = write_binding_request({.transaction_id = kSampleTransaction,
                                             .receiver_ufrag = "evtj",
                                             .sender_ufrag = "h6vY",
                                             .priority = 0x6e0001ff,
                                             .tie_breaker = 0x0123456789abcdef,
                                             .is_controlling = true,
                                             .use_candidate = true},
                                            as_bytes(kPassword), written.room());
  ASSERT_GT(size, kHeaderSize);
  const auto message = parse(written.first(size));
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->message_class, Class::kRequest);
  EXPECT_EQ(message->method, kBinding);
  EXPECT_EQ(message->transaction_id, kSampleTransaction);
  EXPECT_EQ(message->priority, 0x6e0001ffU);
  EXPECT_EQ(message->ice_controlling, 0x0123456789abcdefU);
  EXPECT_FALSE(message->ice_controlled.has_value());
  EXPECT_TRUE(message->use_candidate);
  EXPECT_TRUE(message->has_fingerprint);
  EXPECT_EQ(split_username(*message)->sender, "h6vY");
  EXPECT_TRUE(check_integrity(*message, as_bytes(kPassword)));
}

TEST(StunMessage, SuccessCarriesEitherAddressFamily) {
  for (const Endpoint& mapped :
       {Endpoint::v4(203, 0, 113, 7, 50001), Endpoint::parse("2001:db8::7", 50002).value()}) {
    Written written;
    const size_t size =
        write_binding_success(kSampleTransaction, mapped, as_bytes(kPassword), written.room());
    const auto message = parse(written.first(size));
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->message_class, Class::kSuccess);
    EXPECT_EQ(message->xor_mapped_address, mapped);
    EXPECT_TRUE(check_integrity(*message, as_bytes(kPassword)));
  }
}

TEST(StunMessage, ErrorsComeBackWithTheirCode) {
  for (const uint16_t code : {kBadRequest, kUnauthenticated, kRoleConflict}) {
    Written written;
    const size_t size = write_binding_error(kSampleTransaction, code, {}, {}, written.room());
    const auto message = parse(written.first(size));
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->message_class, Class::kError);
    EXPECT_EQ(message->error_code, code);
    EXPECT_EQ(message->integrity_offset, 0);
  }
}

TEST(StunMessage, UnknownRequiredAttributesAreReportedBack) {
  // DONT-FRAGMENT of TURN, which we do not know, in an otherwise empty request.
  const auto datagram = bytes_of("000100042112a442b7e7a701bc34d686fa87dfae001a0000");
  const auto message = parse(datagram);
  ASSERT_TRUE(message.has_value());
  ASSERT_EQ(message->unknown_count, 1);
  EXPECT_EQ(message->unknown[0], 0x001a);

  Written written;
  const size_t size = write_binding_error(kSampleTransaction, kUnknownAttribute,
                                          std::span(message->unknown).first(1), as_bytes(kPassword),
                                          written.room());
  // RFC 8489 §14.13: the types as a list, padded to a word.
  EXPECT_NE(to_hex(written.first(size)).find("000a0002001a0000"), std::string::npos);
}

TEST(StunMessage, WhatFollowsTheIntegrityIsIgnored) {
  // PRIORITY behind MESSAGE-INTEGRITY could be anybody's (RFC 8489 §14.5).
  Written written;
  const size_t size = write_binding_success(kSampleTransaction, Endpoint::v4(192, 0, 2, 1, 1),
                                            as_bytes(kPassword), written.room());
  std::vector<uint8_t> datagram(written.first(size - 8).begin(), written.first(size - 8).end());
  constexpr std::array<uint8_t, 8> kPriority = {0x00, 0x24, 0x00, 0x04, 0x11, 0x22, 0x33, 0x44};
  datagram.insert(datagram.end(), kPriority.begin(), kPriority.end());
  store_be16(datagram.data() + 2, static_cast<uint16_t>(datagram.size() - kHeaderSize));
  const auto message = parse(datagram);
  ASSERT_TRUE(message.has_value());
  EXPECT_FALSE(message->priority.has_value());
  EXPECT_TRUE(check_integrity(*message, as_bytes(kPassword)));
}

TEST(StunMessage, NothingIsWrittenWhereItDoesNotFit) {
  Written written;
  const Endpoint mapped = Endpoint::v4(192, 0, 2, 1, 1);
  const size_t size =
      write_binding_success(kSampleTransaction, mapped, as_bytes(kPassword), written.room());
  for (size_t room = 0; room < size; ++room)
    EXPECT_EQ(write_binding_success(kSampleTransaction, mapped, as_bytes(kPassword),
                                    written.room().first(room)),
              0U);
}

}  // namespace
}  // namespace lectern::stun
