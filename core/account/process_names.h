// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/account/group_rules.h"
#include "core/base/unique_fd.h"
#include "core/model/process.h"

namespace perfwatch {

// The names of a process, read when it is sorted into a group: exe, command line, cgroup, user.
class ProcessNames {
 public:
  // `procfs` is borrowed and must stay open.
  explicit ProcessNames(int procfs) : procfs_(procfs) {}

  // What cannot be read (a kernel thread, a zombie, another's exe, a process that ended) is empty.
  // The views live until the next call; comm's live as long as `process`.
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process);

 private:
  void read_exe(int directory, ProcessIdentity& out);
  void read_command_line(int directory, ProcessIdentity& out);
  void read_cgroup(int directory, ProcessIdentity& out);
  // The name of `uid`, its number when it has none; remembered, as NSS may ask the network.
  [[nodiscard]] const std::string& user_name(std::uint32_t uid);

  int procfs_;
  std::array<char, 4096> exe_;
  std::array<char, 4096> command_line_;
  std::array<char, 8192> cgroup_;
  std::unordered_map<std::uint32_t, std::string> users_;
};

}  // namespace perfwatch
