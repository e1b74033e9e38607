#include "signaling/terms/names.h"

#include <gtest/gtest.h>

#include <string>

namespace lectern::signaling {
namespace {

TEST(Names, P1ClassNamesAreLowerCaseLettersDigitsAndDashes) {
  EXPECT_TRUE(is_class_name("demo"));
  EXPECT_TRUE(is_class_name("7-a-physics-2026"));
  EXPECT_TRUE(is_class_name(std::string(64, 'a')));
  for (const std::string& name :
       {std::string(), std::string(65, 'a'), std::string("Demo"), std::string("a b"),
        std::string("a/b"), std::string("a_b"), std::string("kelas-é"), std::string("a\0b", 3)})
    EXPECT_FALSE(is_class_name(name)) << name;
}

TEST(Names, P2ASessionNameSaysItsWorker) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  const auto name = SessionName::parse("w12-" + id);
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->worker, 12U);
  EXPECT_EQ(name->id, id);
  EXPECT_EQ(name->to_string(), "w12-" + id);
  EXPECT_EQ(SessionName::parse("/whep/demo/w12-" + id), name);
}

TEST(Names, P2WhatIsNoSessionNameIsRefused) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  for (const std::string& text : {std::string(), std::string("w"), std::string("w-"), "w-" + id,
                                  "w1" + id, "x1-" + id, "w1-" + id + "0", "w1-" + id.substr(1),
                                  "w1-" + id.substr(1) + "G", "w1-" + id.substr(1) + "F",
                                  "w4294967296-" + id, "w+1-" + id, "w1 -" + id, "w1-" + id + "/"})
    EXPECT_FALSE(SessionName::parse(text).has_value()) << text;
}

TEST(Names, P72AnOwnerIsReadAsItWasWritten) {
  const OwnerTag owners[] = {{.person = "p"},
                             {.person = "p", .client = "page-1"},
                             {.person = "p", .auth_until = 1'800'000'000},
                             {.person = "p", .client = "page-1", .auth_until = 1'800'000'000}};
  for (const OwnerTag& owner : owners) {
    const OwnerTag read = OwnerTag::parse(owner.to_string());
    EXPECT_EQ(read.person, owner.person);
    EXPECT_EQ(read.client, owner.client);
    EXPECT_EQ(read.auth_until, owner.auth_until);
  }
  EXPECT_EQ(OwnerTag::parse("p/page/12x").auth_until, std::nullopt);
  EXPECT_EQ(OwnerTag::parse("p/a b/12").client, "");
}

TEST(Names, P16ClientsNameThemselvesInUrlCharacters) {
  EXPECT_TRUE(is_client_name("Az09_-"));
  EXPECT_FALSE(is_client_name(""));
  EXPECT_FALSE(is_client_name("a b"));
  EXPECT_FALSE(is_client_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace lectern::signaling
