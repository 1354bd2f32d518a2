// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_origin.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/account/process_text.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostWords = 64;
constexpr std::size_t kWordBytes = 512;
constexpr std::size_t kCommandBytes = 4096;  // of each of many runs, kept and copied each round

}  // namespace

std::optional<std::string_view> environ_value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = text.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const auto entry = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

ReadVariable environ_variables(std::string_view text) {
  return [text](const char* name) -> std::optional<std::string> {
    const auto value = environ_value(text, name);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  };
}

std::vector<std::string> split_arguments(std::string_view text, std::size_t most,
                                         std::size_t bytes) {
  std::vector<std::string> words;
  while (!text.empty() && words.size() < most) {
    const auto end = text.find('\0');
    const auto word = text.substr(0, end);
    words.emplace_back(cut_utf8(printable_utf8(word.substr(0, bytes)), bytes));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  while (!words.empty() && words.back().empty()) words.pop_back();  // setproctitle(3) fills up
  return words;
}

ProcfsOrigin::ProcfsOrigin(const std::string& procfs)
    : procfs_(::open(procfs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      text_(kEnvironmentBytes) {}

UniqueFd ProcfsOrigin::open(const ProcessKey& process) {
  UniqueFd directory = open_process(procfs_.get(), process.pid);
  if (!directory.valid() || stat_.read_at(directory.get(), "stat") != 0) return {};
  const auto stat = parse_process_stat(stat_.text());
  const bool same = stat && is_same_process({process.pid, stat->start_ticks}, process);
  return same ? std::move(directory) : UniqueFd();
}

std::optional<std::string_view> ProcfsOrigin::read(const ProcessKey& process, const char* name) {
  const UniqueFd directory = open(process);
  if (!directory.valid()) return std::nullopt;
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
  const UniqueFd file(::openat(directory.get(), name, kFlags));
  if (!file.valid()) return std::nullopt;
  std::size_t size = 0;
  while (size < text_.size()) {
    const ssize_t got = ::read(file.get(), text_.data() + size, text_.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return std::string_view(text_.data(), size);
}

std::optional<std::string_view> ProcfsOrigin::environment(const ProcessKey& process) {
  const auto text = read(process, "environ");
  if (!text) return std::nullopt;
  return text->substr(0, text->rfind('\0') + 1);  // none: nothing
}

std::vector<std::string> ProcfsOrigin::command(const ProcessKey& process) {
  const auto text = read(process, "cmdline").value_or("");
  return split_arguments(text.substr(0, kCommandBytes), kMostWords, kWordBytes);
}

std::optional<std::uint32_t> ProcfsOrigin::user(const ProcessKey& process) {
  const UniqueFd directory = open(process);
  if (!directory.valid() || stat_.read_at(directory.get(), "status") != 0) return std::nullopt;
  const auto status = parse_process_status(stat_.text());
  return status ? std::optional(status->real_uid) : std::nullopt;
}

bool ProcfsOrigin::is_blocked(const ProcessKey& process) {
  if (!open(process).valid()) return false;
  const auto stat = parse_process_stat(stat_.text());
  return stat && stat->state == 'D';
}

std::string ProcfsOrigin::cgroup(const ProcessKey& process) {
  return std::string(parse_cgroup(read(process, "cgroup").value_or("")));
}

std::string ProcfsOrigin::folder(const ProcessKey& process) {
  const UniqueFd directory = open(process);
  std::array<char, 4096> path{};
  if (!directory.valid()) return {};
  const ssize_t size = ::readlinkat(directory.get(), "cwd", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace perfwatch
