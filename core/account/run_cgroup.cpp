// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>

#include "core/account/process_files.h"
#include "core/base/file_reader.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::string_view kPrefix = "perfwatch-run-";
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kRemoveTries = 50;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool write_number(const std::string& path, std::int32_t number) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(number);
  return file.valid() &&
         ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// systemd marks what it gave away (systemd.resource-control(5), Delegate=).
bool is_delegated(std::string path, const std::string& top) {
  for (; path.size() > top.size(); path = parent_of(path)) {
    for (const char* name : {"user.delegate", "trusted.delegate"}) {
      char value = 0;
      if (::getxattr(path.c_str(), name, &value, 1) == 1 && value == '1') return true;
    }
  }
  return false;
}

bool systemd_rules() { return exists("/run/systemd/system"); }

void remove_leftovers(const std::string& parent) {
  const UniqueFd root(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return;
  const Directory entries = open_directory(root.get(), ".");
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kPrefix)) continue;
    const auto pid = to_number<std::int32_t>(name.substr(kPrefix.size()));
    if (pid && *pid > 0 && ::kill(*pid, 0) != 0 && errno == ESRCH) {
      (void)::unlinkat(root.get(), entry->d_name, AT_REMOVEDIR);  // not if somebody is in it
    }
  }
}

// What is still there goes where it would be without us.
void empty_into(const std::string& from, const std::string& to) {
  FileReader reader;
  const auto text = reader.read((from + "/cgroup.procs").c_str());
  if (!text) return;
  std::string_view rest = *text;
  std::string_view line;
  while (next_line(rest, line)) {
    if (const auto pid = to_number<std::int32_t>(line)) {
      (void)write_number(to + "/cgroup.procs", *pid);
    }
  }
}

// EBUSY while somebody is in it; who forks meanwhile has to be moved again.
void remove_cgroup(const std::string& path) {
  if (path.empty()) return;
  for (int tries = 0; tries < kRemoveTries; ++tries) {
    if (::rmdir(path.c_str()) == 0 || errno != EBUSY) return;
    empty_into(path, parent_of(path));
  }
}

std::string unified_top(const std::string& base) {
  for (const std::string& path : {base, base + "/unified"}) {
    if (exists(path + "/cgroup.controllers")) return path;
  }
  return {};
}

std::string joined(const std::string& top, const std::string& path) {
  return path == "/" ? top : top + path;
}

}  // namespace

CgroupPaths parse_cgroup_paths(std::string_view text) {
  CgroupPaths paths;
  std::string_view line;
  while (next_line(text, line)) {
    const auto first = line.find(':');
    if (first == std::string_view::npos) continue;
    const auto second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string path(line.substr(second + 1));
    if (!path.starts_with('/') || path.find("/..") != std::string::npos) continue;
    std::string_view names = line.substr(first + 1, second - first - 1);
    if (names.empty() && line.substr(0, first) == "0") paths.unified = path;
    while (!names.empty()) {
      const auto comma = names.find(',');
      if (names.substr(0, comma) == "memory") paths.memory = path;
      if (names.substr(0, comma) == "cpu") paths.cpu = path;
      names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
    }
  }
  return paths;
}

std::optional<double> parse_throttled(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    const auto name = next_word(line);
    const double unit = name == "throttled_usec" ? 1e6 : name == "throttled_time" ? 1e9 : 0;
    const auto number = unit != 0 ? next_u64(line) : std::nullopt;
    if (number) return static_cast<double>(*number) / unit;
  }
  return std::nullopt;
}

RunCgroup::RunCgroup(const Roots& roots, std::int32_t self) {
  FileReader reader;
  const auto text = reader.read((roots.procfs + "/" + std::to_string(self) + "/cgroup").c_str());
  if (!text) return;
  const CgroupPaths paths = parse_cgroup_paths(*text);
  const std::string base = roots.sysfs + "/fs/cgroup";
  const std::string top = unified_top(base);
  std::string cpu = joined(base + "/cpu", paths.cpu.value_or(""));
  std::string cpu_top = base + "/cpu";
  if (paths.unified && !top.empty()) {
    const std::string own = joined(top, *paths.unified);
    if (!systemd_rules() || is_delegated(own, top)) unified_ = make_below(own, self);
    if (!paths.cpu) cpu = own, cpu_top = top;
  }
  // The controller is in one of the two hierarchies.
  if (!paths.memory && !unified_.empty()) peak_file_ = unified_ + "/memory.peak";
  if (paths.memory && ::geteuid() == 0) {
    memory_ = make_below(joined(base + "/memory", *paths.memory), self);
    if (!memory_.empty()) peak_file_ = memory_ + "/memory.max_usage_in_bytes";
  }
  for (; cpu.size() >= cpu_top.size(); cpu = parent_of(cpu)) cpu_stat_.push_back(cpu + "/cpu.stat");
  for (std::size_t i = 0; i < cpu_stat_.size(); ++i) throttled_.push_back(throttled_at(i));
}

std::string RunCgroup::make_below(const std::string& parent, std::int32_t self) {
  if (!exists(parent + "/cgroup.procs")) return {};
  remove_leftovers(parent);
  const std::string path = parent + "/" + std::string(kPrefix) + std::to_string(self);
  // One that is there is of an older run, which had our pid, and its peak is in it.
  const bool made =
      ::mkdir(path.c_str(), 0755) == 0 ||
      (errno == EEXIST && ::rmdir(path.c_str()) == 0 && ::mkdir(path.c_str(), 0755) == 0);
  return made ? path : std::string();
}

RunCgroup::~RunCgroup() {
  remove_cgroup(unified_);
  remove_cgroup(memory_);
}

void RunCgroup::take_in(std::int32_t pid) {
  if (!unified_.empty() && !write_number(unified_ + "/cgroup.procs", pid)) {
    if (peak_file_.starts_with(unified_)) peak_file_.clear();
    remove_cgroup(unified_);
    unified_.clear();
  }
  if (!memory_.empty() && !write_number(memory_ + "/cgroup.procs", pid)) {
    peak_file_.clear();
    remove_cgroup(memory_);
    memory_.clear();
  }
}

double RunCgroup::throttled_at(std::size_t place) const {
  FileReader reader;
  const auto text = reader.read(cpu_stat_[place].c_str());
  return text ? parse_throttled(*text).value_or(kUnknown) : kUnknown;
}

void RunCgroup::fill(RunFigures& out) const {
  if (!peak_file_.empty()) {
    FileReader reader;
    const auto text = reader.read(peak_file_.c_str());
    const auto peak = text ? to_number<std::uint64_t>(trim(*text)) : std::nullopt;
    if (peak) out[RunMetric::cgroup_peak_bytes] = static_cast<double>(*peak);
  }
  // Who is held back above holds back those below, too: the longest tells.
  double longest = kUnknown;
  for (std::size_t i = 0; i < cpu_stat_.size(); ++i) {
    longest = std::fmax(longest, throttled_at(i) - throttled_[i]);
  }
  if (std::isfinite(longest)) out[RunMetric::throttled_seconds] = std::max(0.0, longest);
}

}  // namespace perfwatch
