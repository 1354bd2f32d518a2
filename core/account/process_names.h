// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/account/group_rules.h"
#include "core/base/unique_fd.h"
#include "core/model/process.h"

namespace perfwatch {

// The name of a user; nullopt when there is none, or NSS cannot tell now. It may block.
using LookUpUser = std::function<std::optional<std::string>(std::uint32_t uid)>;
[[nodiscard]] std::optional<std::string> look_up_user(std::uint32_t uid);

// The names of a process, read when it is sorted into a group: exe, command line, cgroup, user.
class ProcessNames {
 public:
  // Then a user without a name is looked up again.
  static constexpr std::uint32_t kRetryUserAfter = 60;  // sweeps

  // `procfs` is borrowed and must stay open.
  explicit ProcessNames(int procfs, LookUpUser look_up = look_up_user)
      : procfs_(procfs), look_up_(std::move(look_up)) {}

  void begin_sweep() { ++sweep_; }

  // What cannot be read (a kernel thread, a zombie, another's exe, a process that ended) is empty.
  // The views live until the next call; comm's live as long as `process`.
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process, IdentityNeeds needs);

 private:
  void read_exe(int directory, ProcessIdentity& out);
  void read_command_line(int directory, ProcessIdentity& out);
  void read_cgroup(int directory, ProcessIdentity& out);
  struct User {
    std::string text;
    bool named = false;
    std::uint32_t asked = 0;  // the sweep
  };
  // The name of `uid`, its number when it has none; remembered, as NSS may ask the network.
  [[nodiscard]] const std::string& user_name(std::uint32_t uid);

  int procfs_;
  LookUpUser look_up_;
  std::uint32_t sweep_ = 0;
  std::array<char, 4096> exe_;
  std::array<char, 4096> command_line_;
  std::array<char, 8192> cgroup_;
  std::unordered_map<std::uint32_t, User> users_;
};

}  // namespace perfwatch
