// SPDX-License-Identifier: Apache-2.0
#include "core/account/ebpf/kernel_types.h"

#include <bpf/btf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace perfwatch {
namespace {

// Structures within structures: the kernel's are 20 deep at most.
constexpr int kDeepest = 64;

struct Destroy {
  void operator()(btf* types) const { btf__free(types); }
};

bool has_members(const btf_type* type) { return btf_is_struct(type) || btf_is_union(type); }

// What a relocation may begin with.
bool is_root(const btf_type* type) {
  return has_members(type) || btf_is_any_enum(type) || btf_is_typedef(type);
}

std::string_view name_of(const btf* types, const btf_type* type) {
  const char* name = btf__name_by_offset(types, type->name_off);
  const std::string_view whole = name == nullptr ? "" : name;
  return whole.substr(0, whole.find("___"));
}

// Copies types with all that lies within them.
class Copy {
 public:
  explicit Copy(const btf* from) : from_(from), to_(btf__new_empty()) {}

  // The id in the copy; negative: it cannot be done.
  [[nodiscard]] int add(std::uint32_t id, int depth = 0);
  [[nodiscard]] const btf* types() const { return to_.get(); }

 private:
  [[nodiscard]] int add_whole(const btf_type* type, std::uint32_t id, int depth);
  [[nodiscard]] bool add_members(int copy, const btf_type* type, int depth);
  [[nodiscard]] bool add_elements(int copy, const btf_type* type, int depth);
  // To be changed; until the next type is added.
  [[nodiscard]] btf_type* at(int id) {
    return const_cast<btf_type*>(btf__type_by_id(to_.get(), static_cast<std::uint32_t>(id)));
  }

  const btf* from_;
  std::unique_ptr<btf, Destroy> to_;
  std::unordered_map<std::uint32_t, int> copied_;
  int pointer_ = 0;  // to void; 0: not there yet
};

int Copy::add(std::uint32_t id, int depth) {
  if (id == 0) return 0;  // void
  const auto found = copied_.find(id);
  if (found != copied_.end()) return found->second;
  const btf_type* type = btf__type_by_id(from_, id);
  if (to_ == nullptr || type == nullptr || depth > kDeepest) return -1;
  if (btf_is_ptr(type)) {
    if (pointer_ == 0) pointer_ = btf__add_ptr(to_.get(), 0);
    return copied_[id] = pointer_;
  }
  return add_whole(type, id, depth);
}

int Copy::add_whole(const btf_type* type, std::uint32_t id, int depth) {
  const int copy = btf__add_type(to_.get(), from_, type);
  if (copy <= 0) return -1;
  copied_[id] = copy;
  if (has_members(type)) return add_members(copy, type, depth) ? copy : -1;
  if (btf_is_array(type)) return add_elements(copy, type, depth) ? copy : -1;
  const bool names_another = btf_is_mod(type) || btf_is_typedef(type);
  if (!names_another) return copy;
  const int other = add(type->type, depth + 1);
  if (other < 0) return -1;
  at(copy)->type = static_cast<std::uint32_t>(other);
  return copy;
}

bool Copy::add_members(int copy, const btf_type* type, int depth) {
  for (int i = 0; i < btf_vlen(type); ++i) {
    const int member = add(btf_members(type)[i].type, depth + 1);
    if (member < 0) return false;
    btf_members(at(copy))[i].type = static_cast<std::uint32_t>(member);
  }
  return true;
}

bool Copy::add_elements(int copy, const btf_type* type, int depth) {
  const int element = add(btf_array(type)->type, depth + 1);
  const int index = add(btf_array(type)->index_type, depth + 1);
  if (element < 0 || index < 0) return false;
  btf_array(at(copy))->type = static_cast<std::uint32_t>(element);
  btf_array(at(copy))->index_type = static_cast<std::uint32_t>(index);
  return true;
}

std::unordered_set<std::string_view> names_in(const btf* program) {
  std::unordered_set<std::string_view> names;
  for (std::uint32_t id = 1; id < btf__type_cnt(program); ++id) {
    const btf_type* type = btf__type_by_id(program, id);
    if (is_root(type) && type->name_off != 0) names.insert(name_of(program, type));
  }
  return names;
}

}  // namespace

Result<void> cut_kernel_types(const btf* kernel, const btf* program, int file) {
  if (kernel == nullptr || program == nullptr) return fail(ErrorKind::unsupported, "no BTF");
  const auto names = names_in(program);
  Copy copy(kernel);
  for (std::uint32_t id = 1; id < btf__type_cnt(kernel); ++id) {
    const btf_type* type = btf__type_by_id(kernel, id);
    if (!is_root(type) || type->name_off == 0 || !names.contains(name_of(kernel, type))) continue;
    if (copy.add(id) < 0) return fail(ErrorKind::malformed, "a type that cannot be copied");
  }
  std::uint32_t size = 0;
  const void* bytes = copy.types() != nullptr ? btf__raw_data(copy.types(), &size) : nullptr;
  if (bytes == nullptr) return fail(ErrorKind::io, "no memory");
  if (::write(file, bytes, size) == static_cast<ssize_t>(size)) return {};
  return tl::unexpected(error_from_errno(errno));
}

}  // namespace perfwatch
