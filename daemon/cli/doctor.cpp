// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/doctor.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "core/base/file_reader.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

struct MountLine {
  std::string_view mountpoint, options, type, super_options;
};

// 22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw,hidepid=invisible
std::optional<MountLine> parse_mount(std::string_view line) {
  MountLine mount;
  for (int skipped = 0; skipped < 4; ++skipped) static_cast<void>(next_word(line));
  mount.mountpoint = next_word(line);
  mount.options = next_word(line);
  for (std::string_view word = next_word(line); word != "-"; word = next_word(line)) {
    if (word.empty()) return std::nullopt;
  }
  mount.type = next_word(line);
  static_cast<void>(next_word(line));
  mount.super_options = next_word(line);
  return mount;
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warn:
      return "warn";
    case Health::fail:
      return "fail";
  }
  return "fail";
}

std::optional<std::string> Patient::read(std::string_view path) const {
  FileReader reader;
  const auto text = reader.read((root + std::string(path)).c_str());
  if (!text) return std::nullopt;
  return std::string(*text);
}

bool Patient::exists(std::string_view path) const {
  struct stat status {};
  // lstat: a symbolic link in a test's tree, or of an image, may point outside of it.
  return ::lstat((root + std::string(path)).c_str(), &status) == 0;
}

std::vector<Finished> examine(const Patient& patient) {
  std::vector<Finished> report;
  for (const auto checks : {daemon_checks(), accounting_checks(), kernel_checks()}) {
    for (const Check& check : checks) report.push_back({&check, check.run(patient)});
  }
  return report;
}

Health worst(const std::vector<Finished>& report) {
  Health health = Health::ok;
  for (const Finished& finished : report) health = std::max(health, finished.diagnosis.health);
  return health;
}

std::optional<int> find_daemon_process(const Patient& patient) {
  constexpr std::string_view kName = "perfwatchd";
  const auto is_daemon = [&](int pid) {
    const auto name = patient.read("/proc/" + std::to_string(pid) + "/comm");
    return name && trim(*name) == kName;
  };
  if (patient.daemon && patient.daemon->pid) {
    const int pid = static_cast<int>(std::clamp(*patient.daemon->pid, 0.0, 1e9));
    if (is_daemon(pid)) return pid;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir((patient.root + "/proc").c_str()),
                                                   ::closedir);
  if (!folder) return std::nullopt;
  std::optional<int> found;
  while (const dirent* entry = ::readdir(folder.get())) {
    const auto pid = to_number<int>(entry->d_name);
    if (!pid || (found && *found < *pid)) continue;
    if (is_daemon(*pid)) found = pid;
  }
  return found;
}

std::optional<std::uint64_t> effective_capabilities(std::string_view status_text) {
  std::string_view line;
  while (next_line(status_text, line)) {
    if (!line.starts_with("CapEff:")) continue;
    const std::string_view digits = trim(line.substr(7));
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error == std::errc{} && end == digits.data() + digits.size()) return value;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> mount_options(std::string_view mountinfo, std::string_view mountpoint) {
  std::optional<std::string> options;
  std::string_view line;
  while (next_line(mountinfo, line)) {
    const auto mount = parse_mount(line);
    if (!mount || mount->mountpoint != mountpoint) continue;
    options = std::string(mount->options).append(",").append(mount->super_options);
  }
  return options;
}

std::optional<std::string> find_mount(std::string_view mountinfo, std::string_view type) {
  std::string_view line;
  while (next_line(mountinfo, line)) {
    const auto mount = parse_mount(line);
    if (mount && mount->type == type) return std::string(mount->mountpoint);
  }
  return std::nullopt;
}

}  // namespace perfwatch
