// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "core/analyse/wording.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::size_t kHeaviest = 5;
constexpr std::size_t kOomTold = 3;
constexpr std::chrono::minutes kOomAge{10};
constexpr std::size_t kPathLimit = 120;  // bytes; Alertmanager shows annotations in one piece

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

double amount(const ProcessView& process, Weight weight) {
  switch (weight) {
    case Weight::memory:
      return static_cast<double>(process.resident_bytes);
    case Weight::io:
      return process.io_bytes_per_second;  // NaN when unreadable
    case Weight::cpu:
      return process.cpu_cores;
  }
  return 0;
}

std::string amount_text(double amount, Weight weight) {
  switch (weight) {
    case Weight::memory:
      return short_bytes(amount);
    case Weight::io:
      return short_bytes(amount) + "/s";
    case Weight::cpu:
      return fmt::format("{:.2f} cores", amount);
  }
  return {};
}

std::string_view sort_key(Weight weight) {
  switch (weight) {
    case Weight::memory:
      return "memory";
    case Weight::io:
      return "io";
    case Weight::cpu:
      return "cpu";
  }
  return "cpu";
}

// As one word for a POSIX shell.
std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:@%,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string limit_text(const OomKill& kill) {
  if (kill.scope == OomScope::host) return "the host's memory";
  if (kill.scope == OomScope::unknown) return "not known whose limit";
  if (kill.limit_cgroup.empty()) return "limit of a cgroup";
  return "limit of " + shortened(kill.limit_cgroup, kPathLimit);
}

std::string kill_text(const OomKill& kill) {
  if (kill.pid <= 0) {
    return fmt::format("a process before {}, the kernel's log could not be read",
                       rfc3339_millis(kill.at));
  }
  std::string text = fmt::format("pid {} {} (group {}) {} at {}, {}", kill.pid, kill.comm,
                                 shortened(kill.group, kPathLimit),
                                 short_bytes(static_cast<double>(kill.resident_bytes())),
                                 rfc3339_millis(kill.at), limit_text(kill));
  if (!kill.victim_cgroup.empty()) text += ", in " + shortened(kill.victim_cgroup, kPathLimit);
  for (std::size_t i = 0; i < kill.largest.size(); ++i) {
    const OomProcess& process = kill.largest[i];
    text += fmt::format("{}{} {}", i == 0 ? "\nlargest then: " : ", ", process.comm,
                        short_bytes(static_cast<double>(process.resident_bytes)));
  }
  return text;
}

}  // namespace

Weight weight_of(std::string_view metric, const Labels& subject) {
  const std::string_view resource = find_label(subject, "resource");  // of pressure
  if (resource == "memory" || contains_any(metric, {"memory", "swap", "oom"})) {
    return Weight::memory;
  }
  if (resource == "io" ||
      contains_any(metric, {"disk", "filesystem", "_io_", "read_bytes", "written_bytes"})) {
    return Weight::io;
  }
  return Weight::cpu;
}

std::string heaviest_processes(const ProcessTable& table, Weight weight, std::string_view group) {
  struct Heavy {
    double amount;
    const ProcessView* process;
  };
  const auto heavier = [](const Heavy& a, const Heavy& b) { return a.amount > b.amount; };
  std::vector<Heavy> heaviest;
  for (const auto& process : table.processes) {
    if (!group.empty() &&
        (process.group >= table.groups.size() || table.groups[process.group].name != group)) {
      continue;
    }
    const Heavy heavy{amount(process, weight), &process};
    if (!(heavy.amount > 0)) continue;  // NaN does not pass either
    if (heaviest.size() == kHeaviest && !heavier(heavy, heaviest.back())) continue;
    heaviest.insert(std::upper_bound(heaviest.begin(), heaviest.end(), heavy, heavier), heavy);
    if (heaviest.size() > kHeaviest) heaviest.pop_back();
  }
  std::string lines;
  for (const auto& [weighs, process] : heaviest) {
    if (!lines.empty()) lines += '\n';
    lines += fmt::format("pid {} {} {}", process->key.pid, printable_utf8(view(process->comm)),
                         amount_text(weighs, weight));
  }
  return lines;
}

std::string oom_evidence(const OomHistory& history, const Labels& subject,
                         std::chrono::system_clock::time_point now) {
  const std::string_view group = find_label(subject, "group");
  const std::string_view scope = find_label(subject, "scope");
  std::string lines;
  std::size_t told = 0;
  for (const OomKill& kill : history.kills) {
    const bool fits =
        (group.empty() || kill.group == group) && (scope.empty() || to_string(kill.scope) == scope);
    if (!fits || kill.before_start || now - kill.at > kOomAge) continue;
    if (told++ == kOomTold) break;
    if (!lines.empty()) lines += '\n';
    lines += kill_text(kill);
  }
  return lines;
}

std::string regression_text(const RunRegression& regression) {
  std::string text = regression.text;
  if (regression.since_run.empty()) return text;
  text += ", since run " + regression.since_run;
  if (!regression.since_commit.empty()) text += " (commit " + regression.since_commit + ")";
  return text;
}

std::string run_evidence(const RunBoard& board, const Labels& subject) {
  const std::string_view component = find_label(subject, "component");
  const std::string_view operation = find_label(subject, "operation");
  const std::string_view metric = find_label(subject, "metric");
  const RunWorse* found = nullptr;
  for (const RunWorse& worse : board.worse) {
    const auto name = run_metrics().at(static_cast<std::size_t>(worse.metric)).name;
    if (worse.component != component || worse.operation != operation || name != metric) continue;
    if (found == nullptr || worse.ratio > found->ratio) found = &worse;
  }
  return found != nullptr ? regression_text(found->evidence) : std::string();
}

std::string top_command(std::string_view group, Weight weight) {
  if (group.empty()) return fmt::format("perfwatch top --sort {}", sort_key(weight));
  return fmt::format("perfwatch top --group {} --sort {}", shell_word(group), sort_key(weight));
}

std::string command_for(std::string_view metric, const Labels& subject,
                        std::string_view run_folder) {
  // Who was killed is in no list of processes any more.
  if (contains_any(metric, {"oom_kills"})) return "perfwatch status";
  if (metric.starts_with("perfwatch_run_")) {
    const std::string place =
        run_folder.empty() ? "" : fmt::format(" --storage.path {}", shell_word(run_folder));
    return fmt::format("perfwatch runs{} --component {} --operation {}", place,
                       shell_word(find_label(subject, "component")),
                       shell_word(find_label(subject, "operation")));
  }
  const Weight weight = weight_of(metric, subject);
  const std::string_view group = find_label(subject, "group");
  const std::string_view pid = find_label(subject, "pid");
  if (!pid.empty()) return fmt::format("perfwatch memory {}", shell_word(pid));
  if (!group.empty()) return top_command(group, weight);
  if (contains_any(metric,
                   {"memory", "swap", "oom", "pressure", "disk", "cpu", "load", "process"})) {
    return top_command({}, weight);
  }
  return "perfwatch status";
}

}  // namespace perfwatch
