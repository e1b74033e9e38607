#include "base/rng.h"
#include "media/ice/ufrag.h"
#include "media/stun/message.h"
#include "tests/property/seed.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lectern::stun {
namespace {

TEST(StunProperty, RequestsComeBackAsWritten) {
  Rng rng(property_seed());
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    const std::string receiver = rng.ice_chars(4 + rng.below(60));
    const std::string sender = rng.ice_chars(4 + rng.below(60));
    const std::string password = rng.ice_chars(22 + rng.below(40));
    BindingRequest request{.receiver_ufrag = receiver,
                           .sender_ufrag = sender,
                           .priority = rng.next_u32(),
                           .tie_breaker = rng.next_u64(),
                           .is_controlling = rng.chance(0.5),
                           .use_candidate = rng.chance(0.5)};
    rng.fill(request.transaction_id);
    std::array<uint8_t, kMaxMessageSize> buffer{};
    const size_t size = write_binding_request(request, as_bytes(password), buffer);
    const auto message = parse(Bytes(buffer).first(size));
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->transaction_id, request.transaction_id);
    EXPECT_EQ(message->priority, request.priority);
    EXPECT_EQ(message->ice_controlling.has_value(), request.is_controlling);
    EXPECT_EQ(request.is_controlling ? message->ice_controlling : message->ice_controlled,
              request.tie_breaker);
    EXPECT_EQ(message->use_candidate, request.use_candidate);
    EXPECT_EQ(split_username(*message)->receiver, receiver);
    EXPECT_EQ(split_username(*message)->sender, sender);
    EXPECT_TRUE(check_integrity(*message, as_bytes(password)));
    EXPECT_FALSE(check_integrity(*message, as_bytes(password + "x")));
  }
}

TEST(StunProperty, MappedAddressesComeBackAsWritten) {
  Rng rng(property_seed());
  for (int round = 0; round < 2000; ++round) {
    Endpoint mapped{.port = static_cast<uint16_t>(rng.next_u32())};
    rng.fill(mapped.address);
    if (rng.chance(0.5)) {
      const auto bits = rng.next_u32();
      mapped = Endpoint::v4(static_cast<uint8_t>(bits), static_cast<uint8_t>(bits >> 8),
                            static_cast<uint8_t>(bits >> 16), static_cast<uint8_t>(bits >> 24),
                            mapped.port);
    }
    TransactionId id;
    rng.fill(id);
    std::array<uint8_t, kMaxMessageSize> buffer{};
    const size_t size = write_binding_success(id, mapped, as_bytes("password"), buffer);
    EXPECT_EQ(parse(Bytes(buffer).first(size))->xor_mapped_address, mapped);
  }
}

TEST(StunProperty, ChangedMessagesAreNeverAccepted) {
  Rng rng(property_seed());
  std::array<uint8_t, kMaxMessageSize> buffer{};
  const size_t size = write_binding_request(
      {.receiver_ufrag = "receiver", .sender_ufrag = "sender"}, as_bytes("password"), buffer);
  const std::vector<uint8_t> sample(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(size));
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint8_t> changed = sample;
    for (uint64_t i = rng.below(4) + 1; i > 0; --i)
      changed[rng.below(size)] = static_cast<uint8_t>(rng.next_u32());
    if (changed == sample) continue;
    const auto message = parse(changed);
    // The last 8 bytes are the fingerprint, which the integrity does not cover.
    const bool is_same =
        std::equal(sample.begin(), sample.end() - 8, changed.begin(), changed.end() - 8);
    EXPECT_TRUE(!message || is_same || !check_integrity(*message, as_bytes("password")));
  }
}

TEST(UfragProperty, ComesBackAsMadeAndIsNeverGuessed) {
  Rng rng(property_seed());
  SipKey key;
  rng.fill(key);
  for (int round = 0; round < 5000; ++round) {
    const ice::UfragFields fields{.slot = static_cast<uint32_t>(rng.below(1U << 24)),
                                  .generation = rng.next_u32(),
                                  .restart = static_cast<uint8_t>(rng.next_u32())};
    EXPECT_EQ(ice::decode_ufrag(ice::encode_ufrag(fields, key), key), fields);
    EXPECT_FALSE(ice::decode_ufrag(rng.ice_chars(ice::kUfragSize), key).has_value());
  }
}

}  // namespace
}  // namespace lectern::stun
