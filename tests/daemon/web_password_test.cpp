// SPDX-License-Identifier: Apache-2.0
#include "daemon/web_password.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace perfwatch {
namespace {

using Users = std::map<std::string, std::string, std::less<>>;

// Cost 4, the cheapest: "secret", "test" and "other".
const Users& users() {
  static const Users all{{"alice", "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"},
                         {"bob", "$2b$04$CCCCCCCCCCCCCCCCCCCCC.FK5AM0cKS86rvu3Y1W/ncuJ1wb3aQva"},
                         {"carol", "$2a$04$CCCCCCCCCCCCCCCCCCCCC.CXzXCp9I0qxB.unboAP5AHj0lQqydAK"}};
  return all;
}

TEST(CheckPassword, KnowsTheThreePrefixesOfBcrypt) {
  WebConfig config;
  config.users = users();
  EXPECT_TRUE(check_password(config, "alice", "secret"));
  EXPECT_TRUE(check_password(config, "bob", "test"));
  EXPECT_TRUE(check_password(config, "carol", "other"));
}

TEST(CheckPassword, RefusesEverythingElse) {
  WebConfig config;
  config.users = users();
  EXPECT_FALSE(check_password(config, "alice", "test"));
  EXPECT_FALSE(check_password(config, "alice", ""));
  EXPECT_FALSE(check_password(config, "alice", std::string_view("secret\0x", 8)));
  EXPECT_FALSE(check_password(config, "alice", std::string(100000, 'a')));
  EXPECT_FALSE(check_password(config, "dave", "secret"));
  EXPECT_FALSE(check_password(config, "", ""));
  EXPECT_FALSE(check_password(WebConfig{}, "alice", "secret"));
}

TEST(PasswordChecker, RemembersWhatWasRightAndNothingElse) {
  PasswordChecker checker(users());
  EXPECT_FALSE(checker.known("alice", "secret")) << "nobody asked yet";
  EXPECT_FALSE(checker.check("alice", "wrong"));
  EXPECT_FALSE(checker.known("alice", "wrong"));
  EXPECT_TRUE(checker.check("alice", "secret"));
  EXPECT_TRUE(checker.known("alice", "secret"));
  EXPECT_TRUE(checker.check("alice", "secret"));
  EXPECT_FALSE(checker.known("alice", "secret "));
  EXPECT_FALSE(checker.known("bob", "secret"));
  EXPECT_FALSE(checker.check("dave", "secret"));
  EXPECT_FALSE(checker.known("dave", "secret"));
}

TEST(PasswordChecker, AnswersSeveralThreads) {
  PasswordChecker checker(users());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5; ++n) {
        EXPECT_TRUE(checker.check("bob", "test"));
        EXPECT_FALSE(checker.check("bob", "wrong"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(IsBcryptHash, KnowsTheForm) {
  const std::string good = "$2y$10$" + std::string(53, 'a');
  EXPECT_TRUE(is_bcrypt_hash(good));
  EXPECT_EQ(bcrypt_cost(good), 10);
  EXPECT_FALSE(is_bcrypt_hash(""));
  EXPECT_FALSE(is_bcrypt_hash(good + "a"));
  EXPECT_FALSE(is_bcrypt_hash("$2x$10$" + std::string(53, 'a')));
  EXPECT_FALSE(is_bcrypt_hash("$2y$03$" + std::string(53, 'a')));
  EXPECT_FALSE(is_bcrypt_hash("$2y$32$" + std::string(53, 'a')));
  EXPECT_FALSE(is_bcrypt_hash("$2y$1a$" + std::string(53, 'a')));
  EXPECT_FALSE(is_bcrypt_hash("$2y$10$" + std::string(52, 'a') + "$"));
}

}  // namespace
}  // namespace perfwatch
