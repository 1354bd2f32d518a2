// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/kernel_types.h"

#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <map>
#include <memory>
#include <string>

#include "core/account/ebpf/ebpf_programs.h"
#include "core/base/unique_fd.h"

namespace perfwatch {
namespace {

struct Destroy {
  void operator()(btf* types) const { btf__free(types); }
};
using Types = std::unique_ptr<btf, Destroy>;

const btf_type* find(const btf* types, const char* name, std::uint32_t kind) {
  const int id = btf__find_by_name_kind(types, name, kind);
  return id < 0 ? nullptr : btf__type_by_id(types, static_cast<std::uint32_t>(id));
}

// Bits from the beginning, and bytes, by the names of the members that have one.
std::map<std::string, std::pair<std::uint32_t, std::int64_t>> members_of(const btf* types,
                                                                         const btf_type* type) {
  std::map<std::string, std::pair<std::uint32_t, std::int64_t>> all;
  for (int i = 0; i < btf_vlen(type); ++i) {
    const btf_member& member = btf_members(type)[i];
    const std::string name = btf__name_by_offset(types, member.name_off);
    all[name] = {btf_member_bit_offset(type, static_cast<std::uint32_t>(i)),
                 btf__resolve_size(types, member.type)};
  }
  return all;
}

class CutKernelTypes : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernel_) GTEST_SKIP() << "this kernel tells of no types (/sys/kernel/btf/vmlinux)";
    ASSERT_GT(btf__add_struct(program_.get(), "task_struct", 8), 0);
    ASSERT_GT(btf__add_struct(program_.get(), "mm_struct___old", 8), 0);
    ASSERT_GT(btf__add_enum(program_.get(), "bpf_func_id", 4), 0);
    ASSERT_GT(btf__add_struct(program_.get(), "of_no_kernel", 8), 0);
  }
  // What was cut, as libbpf reads it.
  [[nodiscard]] Types cut() const {
    const UniqueFd file(::memfd_create("cut", MFD_CLOEXEC));
    const auto done = cut_kernel_types(kernel_.get(), program_.get(), file.get());
    EXPECT_TRUE(done) << done.error().text;
    Types types(btf__parse(("/proc/self/fd/" + std::to_string(file.get())).c_str(), nullptr));
    EXPECT_TRUE(types);
    return types;
  }

  Types kernel_{btf__load_vmlinux_btf()};
  Types program_{btf__new_empty()};
};

TEST_F(CutKernelTypes, HaveTheirMembersWhereTheKernelHasThem) {
  const Types types = cut();
  for (const char* name : {"task_struct", "mm_struct"}) {
    const btf_type* whole = find(kernel_.get(), name, BTF_KIND_STRUCT);
    const btf_type* copy = find(types.get(), name, BTF_KIND_STRUCT);
    ASSERT_NE(whole, nullptr);
    ASSERT_NE(copy, nullptr) << name;
    EXPECT_EQ(copy->size, whole->size);
    EXPECT_EQ(members_of(types.get(), copy), members_of(kernel_.get(), whole)) << name;
  }
  const btf_type* whole = find(kernel_.get(), "bpf_func_id", BTF_KIND_ENUM);
  const btf_type* copy = find(types.get(), "bpf_func_id", BTF_KIND_ENUM);
  ASSERT_TRUE(whole != nullptr && copy != nullptr);
  EXPECT_EQ(btf_vlen(copy), btf_vlen(whole));
}

TEST_F(CutKernelTypes, AreFew) {
  const Types types = cut();
  EXPECT_LT(btf__type_cnt(types.get()), btf__type_cnt(kernel_.get()) / 20);
  EXPECT_EQ(find(types.get(), "tcp_sock", BTF_KIND_STRUCT), nullptr);
}

TEST_F(CutKernelTypes, AreEnoughForThePrograms) {
  const auto programs = EbpfPrograms::load({});
  if (!programs && programs.error().kind == ErrorKind::denied) {
    GTEST_SKIP() << programs.error().text;
  }
  ASSERT_TRUE(programs) << programs.error().text;
  EXPECT_EQ((*programs)->no_cut_types(), "");
}

TEST_F(CutKernelTypes, SayWhereTheyCannotBeWritten) {
  EXPECT_FALSE(cut_kernel_types(kernel_.get(), program_.get(), -1));
  EXPECT_FALSE(cut_kernel_types(nullptr, program_.get(), -1));
}

}  // namespace
}  // namespace perfwatch
