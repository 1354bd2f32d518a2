// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_names.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "core/account/process_files.h"
#include "core/account/process_text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kUserCache = 4096;  // names; beyond, the cache starts anew

// As much as fits; 0 when it cannot be read. A command line may come in pieces.
std::size_t read_prefix(int directory, const char* name, std::span<char> buffer) {
  const UniqueFd fd(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return 0;
  std::size_t used = 0;
  while (used < buffer.size()) {
    const ssize_t got = ::read(fd.get(), buffer.data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

}  // namespace

std::optional<std::string> look_up_user(std::uint32_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(1024);
  while (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == ERANGE &&
         buffer.size() < (std::size_t{1} << 20)) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return std::nullopt;
  return std::string(found->pw_name);
}

ProcessIdentity ProcessNames::identify(const ProcessRecord& process, IdentityNeeds needs) {
  ProcessIdentity identity;
  identity.comm = view(process.comm);
  identity.kernel_thread = process.kernel_thread;
  identity.uid = process.uid;
  if (needs.user) identity.user = user_name(process.uid);
  const bool has_program = !process.kernel_thread && process.state != 'Z';
  needs.exe = needs.exe && has_program;
  needs.cmdline = needs.cmdline && has_program;
  if (!needs.cgroup && !needs.exe && !needs.cmdline) return identity;
  const UniqueFd directory = open_process(procfs_, process.key.pid);
  if (!directory.valid()) return identity;
  if (needs.cgroup) read_cgroup(directory.get(), identity);
  if (needs.exe) read_exe(directory.get(), identity);
  if (needs.cmdline) read_command_line(directory.get(), identity);
  return identity;
}

void ProcessNames::read_exe(int directory, ProcessIdentity& out) {
  const ssize_t size = ::readlinkat(directory, "exe", exe_.data(), exe_.size());
  if (size > 0) out.exe = executable_path({exe_.data(), static_cast<std::size_t>(size)});
}

void ProcessNames::read_command_line(int directory, ProcessIdentity& out) {
  const std::size_t size = read_prefix(directory, "cmdline", command_line_);
  out.cmdline = join_arguments(command_line_.data(), size);
}

void ProcessNames::read_cgroup(int directory, ProcessIdentity& out) {
  const std::size_t size = read_prefix(directory, "cgroup", cgroup_);
  if (size < cgroup_.size()) out.cgroup = parse_cgroup({cgroup_.data(), size});
}

const std::string& ProcessNames::user_name(std::uint32_t uid) {
  const auto known = users_.find(uid);
  if (known != users_.end() &&
      (known->second.named || sweep_ - known->second.asked < kRetryUserAfter)) {
    return known->second.text;
  }
  if (known == users_.end() && users_.size() >= kUserCache) users_.clear();
  const auto name = look_up_(uid);
  User& user = users_[uid];
  user = {name.value_or(std::to_string(uid)), name.has_value(), sweep_};
  return user.text;
}

}  // namespace perfwatch
