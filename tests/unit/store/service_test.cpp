#include "store/service.h"

#include "store/memory_documents.h"

#include <gtest/gtest.h>

#include <string>

namespace lectern::store {
namespace {

const ClientId kAnn(1);
const ClientId kBen(2);
const Instant kStart = Instant::from_ms(1000);

struct Store {
  MemoryDocuments::Disk disk;
  std::string broken{};
  int opened = 0;
  MemoryDocuments* documents = nullptr;
  Service service{kStart, [this]() -> Result<std::unique_ptr<Documents>> {
                    if (!broken.empty()) return error(broken);
                    ++opened;
                    auto made = std::make_unique<MemoryDocuments>(disk);
                    documents = made.get();
                    return made;
                  }};

  void put(ClientId client, Ticket ticket, std::string key, Instant now = kStart) {
    service.ask(
        now, client,
        Put{.ticket = ticket, .document = {.kind = "class", .key = std::move(key), .body = "{}"}});
  }
  void join(ClientId client) {
    service.connected(client);
    static_cast<void>(service.take_answers());
  }
};

TEST(StoreService, AChangeIsAnsweredWhenItIsDurableTogetherWithAllOfItsGroup) {
  Store store;
  store.join(kAnn);
  store.join(kBen);
  store.put(kAnn, 1, "a");
  store.put(kBen, 9, "b", kStart + Duration::milliseconds(2));
  EXPECT_TRUE(store.service.take_answers().empty());
  EXPECT_TRUE(store.disk.empty());
  ASSERT_EQ(store.service.next_timeout(), kStart + Service::kGroupWindow);
  store.service.handle_timeout(store.service.next_timeout());
  EXPECT_EQ(store.disk.size(), 2U);
  EXPECT_EQ(store.service.take_answers(),
            (std::vector<Service::Answer>{{kAnn, Done{1}}, {kBen, Done{9}}}));
  EXPECT_TRUE(store.service.next_timeout().is_never());
}

TEST(StoreService, NobodyIsToldOfWhatMayStillBeLost) {
  Store store;
  store.join(kAnn);
  store.put(kAnn, 1, "a");
  store.service.ask(kStart, kAnn, List{.ticket = 2, .kind = "class", .after = ""});
  const auto answers = store.service.take_answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].second, FromStore(Done{1}));
  EXPECT_EQ(std::get<Listing>(answers[1].second).documents.size(), 1U);
  EXPECT_EQ(store.disk.size(), 1U);
}

TEST(StoreService, ALongListComesInPiecesThatFitARecord) {
  Store store;
  store.join(kAnn);
  for (int i = 0; i < 250; ++i) store.put(kAnn, 1, std::to_string(1000 + i));
  store.service.commit(kStart);
  static_cast<void>(store.service.take_answers());
  std::string after;
  std::size_t found = 0;
  int pieces = 0;
  for (bool has_more = true; has_more; ++pieces) {
    store.service.ask(kStart, kAnn, List{.ticket = 2, .kind = "class", .after = after});
    const auto answers = store.service.take_answers();
    const auto& listing = std::get<Listing>(answers.front().second);
    found += listing.documents.size();
    has_more = listing.has_more;
    after = listing.documents.back().key;
  }
  EXPECT_EQ(found, 250U);
  EXPECT_EQ(pieces, 3);
}

TEST(StoreService, ACommitThatFailsIsAnsweredToItsWholeGroupAndToldToAll) {
  Store store;
  store.join(kAnn);
  store.join(kBen);
  store.put(kAnn, 1, "a");
  store.documents->break_with("The disk is full.");
  store.broken = "The disk is full.";
  store.service.handle_timeout(store.service.next_timeout());
  EXPECT_EQ(store.service.take_answers(),
            (std::vector<Service::Answer>{{kAnn, Failed{1, "The disk is full."}},
                                          {kAnn, Trouble{"The disk is full."}},
                                          {kBen, Trouble{"The disk is full."}}}));
  EXPECT_TRUE(store.disk.empty());
  store.put(kBen, 2, "b");
  EXPECT_EQ(store.service.take_answers(),
            (std::vector<Service::Answer>{{kBen, Failed{2, "The disk is full."}}}));
}

TEST(StoreService, TroubleEndsByItself) {
  Store store;
  store.broken = "The disk is full.";
  store.documents->break_with(store.broken);
  store.join(kAnn);
  store.put(kAnn, 1, "a");
  const Instant failed = kStart + Service::kGroupWindow;
  store.service.handle_timeout(failed);
  static_cast<void>(store.service.take_answers());
  store.service.handle_timeout(failed + Service::kRetryPeriod);
  EXPECT_TRUE(store.service.take_answers().empty()) << "the same trouble is not told twice";
  store.broken.clear();
  store.service.handle_timeout(failed + 2 * Service::kRetryPeriod);
  EXPECT_EQ(store.service.take_answers(), (std::vector<Service::Answer>{{kAnn, Trouble{""}}}));
  EXPECT_TRUE(store.service.next_timeout().is_never());
  EXPECT_EQ(store.service.trouble(), "");
}

TEST(StoreService, WhoComesIntoTroubleIsTold) {
  Store store;
  store.broken = "No.";
  store.documents->break_with("No.");
  store.put(kAnn, 1, "a");
  store.service.handle_timeout(kStart + Service::kGroupWindow);
  store.service.connected(kBen);
  EXPECT_EQ(store.service.take_answers().back(),
            (Service::Answer{kBen, Welcome{.schema = kSchema, .trouble = "No."}}));
}

TEST(StoreService, WhoHasGoneGetsNoAnswerAndTheChangeIsMade) {
  Store store;
  store.join(kAnn);
  store.put(kAnn, 1, "a");
  store.service.gone(kAnn);
  store.service.handle_timeout(kStart + Service::kGroupWindow);
  EXPECT_TRUE(store.service.take_answers().empty());
  EXPECT_EQ(store.disk.size(), 1U);
}

}  // namespace
}  // namespace lectern::store
