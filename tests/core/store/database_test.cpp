// SPDX-License-Identifier: Apache-2.0
#include "core/store/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temp_tree.h"
#include "tests/support/without_root.h"

namespace perfwatch {
namespace {

namespace fs = std::filesystem;
using test::TempTree;

constexpr const char* kOne = "CREATE TABLE a (x INTEGER) STRICT;";
constexpr const char* kTwo = "ALTER TABLE a ADD COLUMN y TEXT; INSERT INTO a VALUES (1, 'two');";
constexpr const char* kWrong = "CREATE TABLE b (z INTEGER) STRICT; INSERT INTO nowhere VALUES (1);";

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::int64_t number(Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  EXPECT_TRUE(statement) << statement.error().text;
  if (!statement) return -1;
  const auto row = statement->step();
  EXPECT_TRUE(row) << row.error().text;
  return statement->integer(0);
}

TEST(Database, MakesItsFolderAndAFileThatOthersCannotRead) {
  const TempTree tree;
  auto database = Database::open(tree.path() + "/new");
  ASSERT_TRUE(database) << database.error().text;
  EXPECT_EQ(database->moved_aside(), "");
  struct stat status {};
  ASSERT_EQ(::stat((tree.path() + "/new/perfwatch.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0027U, 0U) << "nothing for others, no writing for the group";
  ASSERT_EQ(::stat((tree.path() + "/new/perfwatch.db-wal").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0027U, 0U);
}

TEST(Database, ClimbsTheStepsThatAreMissing) {
  const TempTree tree;
  const char* steps[] = {kOne, kTwo};
  {
    auto first = Database::open(tree.path(), std::span(steps, 1));
    ASSERT_TRUE(first) << first.error().text;
    EXPECT_EQ(number(*first, "PRAGMA user_version"), 1);
    ASSERT_TRUE(first->execute("INSERT INTO a VALUES (7)"));
  }
  auto second = Database::open(tree.path(), steps);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_EQ(number(*second, "PRAGMA user_version"), 2);
  EXPECT_EQ(number(*second, "SELECT sum(x) FROM a"), 8);
}

TEST(Database, LeavesNothingOfAStepThatFails) {
  const TempTree tree;
  const char* steps[] = {kOne, kWrong};
  const auto failed = Database::open(tree.path(), steps);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().text.find("migrating to version 2"), std::string::npos)
      << failed.error().text;
  auto again = Database::open(tree.path(), std::span(steps, 1));
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(number(*again, "SELECT count(*) FROM sqlite_master WHERE name = 'b'"), 0);
}

TEST(Database, RefusesWhatANewerVersionWrote) {
  const TempTree tree;
  const char* steps[] = {kOne, kTwo};
  ASSERT_TRUE(Database::open(tree.path(), steps));
  const auto old = Database::open(tree.path(), std::span(steps, 1));
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::unsupported);
  EXPECT_NE(old.error().text.find("a newer perfwatchd wrote it (version 2 of the tables, this one "
                                  "knows 1)"),
            std::string::npos)
      << old.error().text;
  EXPECT_TRUE(Database::open(tree.path(), steps)) << "it was left as it is";
}

TEST(Database, LeavesAloneWhatHasTablesButNoVersion) {
  const TempTree tree;
  const char* steps[] = {kOne};
  auto database = Database::open(tree.path(), steps);
  ASSERT_TRUE(database && database->execute("PRAGMA user_version = 0"));
  const auto again = Database::open(tree.path(), steps);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::unsupported);
  EXPECT_NE(again.error().text.find("it has tables (a) but no version"), std::string::npos)
      << again.error().text;
  EXPECT_EQ(number(*database, "SELECT count(*) FROM a"), 0) << "it was left as it is";
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST(Database, MovesAFileAsideThatIsNoDatabase) {
  const std::string rubbish(5000, 'x');
  const TempTree tree{{"perfwatch.db", rubbish}, {"perfwatch.db-wal", "left over"}};
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database) << database.error().text;
  ASSERT_EQ(database->moved_aside().find(fs::canonical(tree.path()).string() +
                                         "/perfwatch.db.corrupt-20"),
            0U)
      << database->moved_aside();
  EXPECT_EQ(read_file(database->moved_aside()), rubbish);
  EXPECT_GT(number(*database, "PRAGMA user_version"), 0);
}

TEST(Database, MovesADamagedDatabaseAside) {
  const TempTree tree;
  {
    auto database = Database::open(tree.path());
    ASSERT_TRUE(database);
    ASSERT_TRUE(
        database->execute("CREATE TABLE t (x TEXT); INSERT INTO t WITH RECURSIVE n(i) AS "
                          "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                          "SELECT hex(randomblob(40)) FROM n"));
  }
  {
    std::fstream file(tree.path() + "/perfwatch.db",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(40960, '\xA5');
  }
  auto database = Database::open(tree.path());
  ASSERT_TRUE(database) << database.error().text;
  EXPECT_NE(database->moved_aside(), "");
  EXPECT_EQ(number(*database, "SELECT count(*) FROM sqlite_master WHERE name = 't'"), 0);
}

TEST(Database, SurvivesEveryTruncationOfItsFile) {
  const TempTree tree;
  ASSERT_TRUE(Database::open(tree.path()));
  const std::string whole = read_file(tree.path() + "/perfwatch.db");
  for (std::size_t size = 0; size < whole.size(); size += 509) {
    for (const auto& name : files_in(tree.path())) fs::remove(tree.path() + "/" + name);
    tree.write("perfwatch.db", std::string_view(whole).substr(0, size));
    auto database = Database::open(tree.path());
    ASSERT_TRUE(database) << size << ": " << database.error().text;
    EXPECT_GT(number(*database, "PRAGMA user_version"), 0);
  }
}

TEST(Database, NeverFollowsALinkAtItsPlace) {
  const TempTree tree{{"precious", "do not touch"}};
  fs::create_symlink(tree.path() + "/precious", tree.path() + "/perfwatch.db");
  const auto database = Database::open(tree.path());
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind, ErrorKind::denied);
  EXPECT_NE(database.error().text.find("symbolic link"), std::string::npos);
  EXPECT_EQ(read_file(tree.path() + "/precious"), "do not touch");

  fs::remove(tree.path() + "/perfwatch.db");
  fs::create_hard_link(tree.path() + "/precious", tree.path() + "/perfwatch.db");
  EXPECT_FALSE(Database::open(tree.path()));
  EXPECT_EQ(read_file(tree.path() + "/precious"), "do not touch");

  fs::remove(tree.path() + "/perfwatch.db");
  ASSERT_EQ(::mkfifo((tree.path() + "/perfwatch.db").c_str(), 0600), 0);
  EXPECT_FALSE(Database::open(tree.path())) << "and does not hang";
}

TEST(Database, FollowsALinkToItsFolder) {
  const TempTree tree;
  fs::create_directory(tree.path() + "/real");
  fs::create_symlink(tree.path() + "/real", tree.path() + "/state");
  EXPECT_TRUE(Database::open(tree.path() + "/state"));
  EXPECT_TRUE(fs::exists(tree.path() + "/real/perfwatch.db"));
}

TEST(Database, SaysWhatIsWrongWithItsFolder) {
  const auto nowhere = Database::open("/nonexistent/perfwatch");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().text.find("storage: making /nonexistent/perfwatch: "), 0U)
      << nowhere.error().text;
  const test::WithoutRoot rights;
  const TempTree tree{{"file", ""}};
  EXPECT_FALSE(Database::open(tree.path() + "/file"));
  fs::permissions(tree.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const auto denied = Database::open(tree.path());
  fs::permissions(tree.path(), fs::perms::owner_all);
  ASSERT_FALSE(denied);
  EXPECT_NE(denied.error().text.find("--storage.path"), std::string::npos) << denied.error().text;
}

TEST(Database, IsSharedByTwo) {
  const TempTree tree;
  const char* steps[] = {kOne};
  auto one = Database::open(tree.path(), steps);
  auto two = Database::open(tree.path(), steps);
  ASSERT_TRUE(one);
  ASSERT_TRUE(two);
  ASSERT_TRUE(one->execute("INSERT INTO a VALUES (1)"));
  ASSERT_TRUE(two->execute("INSERT INTO a VALUES (2)"));
  EXPECT_EQ(number(*one, "SELECT sum(x) FROM a"), 3);
}

TEST(Transaction, RollsBackWhatWasNotCommitted) {
  const TempTree tree;
  const char* steps[] = {kOne};
  auto database = Database::open(tree.path(), steps);
  ASSERT_TRUE(database);
  {
    auto transaction = Transaction::begin(*database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database->execute("INSERT INTO a VALUES (1)"));
  }
  EXPECT_EQ(number(*database, "SELECT count(*) FROM a"), 0);
  auto transaction = Transaction::begin(*database);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(database->execute("INSERT INTO a VALUES (1)"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(number(*database, "SELECT count(*) FROM a"), 1);
}

TEST(Statement, BindsWhateverAStrangerCallsHimself) {
  const TempTree tree;
  const char* steps[] = {"CREATE TABLE t (name TEXT NOT NULL) STRICT;"};
  auto database = Database::open(tree.path(), steps);
  ASSERT_TRUE(database);
  const std::string hostile = "'); DROP TABLE t; --\n%s";
  auto insert = database->prepare("INSERT INTO t VALUES (?1)");
  ASSERT_TRUE(insert);
  ASSERT_TRUE(insert->bind(1, hostile).run());
  ASSERT_TRUE(insert->bind(1, std::string_view()).run()) << "empty is not NULL";
  EXPECT_FALSE(insert->run()) << "nothing bound: NULL is refused";
  auto select = database->prepare("SELECT name FROM t");
  ASSERT_TRUE(select);
  ASSERT_TRUE(*select->step());
  EXPECT_EQ(select->text(0), hostile);
  EXPECT_FALSE(insert->bind(2, "no such parameter").step());
}

TEST(Database, IsReadWithoutBeingChanged) {
  const TempTree tree;
  { ASSERT_TRUE(Database::open(tree.path())); }
  const std::string file = tree.path() + "/perfwatch.db";
  const std::string before = read_file(file);
  {
    auto database = Database::open_read_only(tree.path());
    ASSERT_TRUE(database) << database.error().text;
    EXPECT_TRUE(database->is_read_only());
    EXPECT_EQ(number(*database, "SELECT count(*) FROM runs"), 0);
    EXPECT_FALSE(database->execute("CREATE TABLE more (x INTEGER)"));
  }
  EXPECT_EQ(read_file(file), before);
}

TEST(Database, ReadsOnlyTablesOfItsOwnVersionWhereItMayNotWrite) {
  const TempTree tree;
  const char* steps[] = {kOne};
  { ASSERT_TRUE(Database::open(tree.path(), steps)); }
  const auto older = Database::open_read_only(tree.path());
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().kind, ErrorKind::unsupported);
  EXPECT_NE(older.error().text.find("version 1"), std::string::npos) << older.error().text;
}

}  // namespace
}  // namespace perfwatch
