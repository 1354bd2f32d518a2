// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "daemon/config_keys.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kLeastMemoryLimit = std::uint64_t{1} << 20U;

// The url of an Alertmanager is a base that paths are appended to; a webhook's is taken whole.
std::optional<std::string> read_alertmanager_url(const json& value, const Place& at) {
  auto url = read_url(value, at);
  if (!url) return std::nullopt;
  if (url->find('?') != std::string::npos) {
    at.problem("the URL of an Alertmanager has no query (?...)");
    return std::nullopt;
  }
  while (url->ends_with('/')) url->pop_back();
  if (url->find("/api/v1", url->find("//") + 2) != std::string::npos ||
      url->find("/api/v2", url->find("//") + 2) != std::string::npos) {
    at.problem("leave the /api/... part out, perfwatch appends /api/v2/alerts");
    return std::nullopt;
  }
  return url;
}

template <class ReadUrl>
KeyTable<AlertTarget> target_table(std::string_view url_help, ReadUrl read) {
  return {
      {"url", "", url_help, field<AlertTarget>("URL, http or https", &AlertTarget::url, read),
       true},
      {"name", "host:port of the URL", "The `target` label in /metrics; unique",
       text<AlertTarget>(&AlertTarget::name)},
      {"timeout", R"("10s")", "Time for one delivery",
       duration<AlertTarget>(&AlertTarget::timeout, milliseconds(100), minutes(5))},
  };
}
}  // namespace

const KeyTable<GroupRule>& group_rule_table() {
  using Rule = GroupRule;
  static const KeyTable<Rule> table{
      {"name", R"("{{.Comm}}")",
       "Name of the group, with {{.Comm}}, {{.ExeBase}}, {{.ExeFull}}, {{.Username}}, "
       "{{.Cgroup}}, {{.Unit}} and {{.Matches.NAME}} (a named capture) filled in",
       text<Rule>(&Rule::name)},
      {"comm", "[]", "Process names, exact; any of them is enough", texts<Rule>(&Rule::comm)},
      {"exe", "[]", "Executables, any of them: with a / the full path, without only its last part",
       texts<Rule>(&Rule::exe)},
      {"cmdline", "[]",
       "Regular expressions (RE2) over the arguments joined by blanks; all of them must match",
       texts<Rule>(&Rule::cmdline)},
      {"cgroup", "[]", "Regular expressions (RE2) over the cgroup path; any of them is enough",
       texts<Rule>(&Rule::cgroup)},
      {"user", "[]", "User names or numbers; any of them is enough", texts<Rule>(&Rule::user)},
      {"memory_limit", "",
       "Resident memory that the whole group should stay below; over it "
       "PerfwatchGroupOverMemoryLimit fires",
       field<Rule>("size, 1MiB or more", &Rule::memory_limit_bytes,
                   [](const json& value, const Place& at) {
                     return read_size(value, at, kLeastMemoryLimit);
                   })},
      {"pss", "false",
       "Whether the proportional set size of the group is read too, which costs more than all else "
       "that is read of a process",
       field<Rule>("true or false", &Rule::pss, read_flag)},
  };
  return table;
}

const KeyTable<ThresholdRule>& rule_table() {
  using Rule = ThresholdRule;
  static const KeyTable<Rule> table{
      {"name", "", "Name of the rule and the alert; that of a shipped rule changes that one",
       text<Rule>(&Rule::name), true},
      {"metric", "", "The metric to watch: gauges by value, counters by increase per second",
       text<Rule>(&Rule::metric), true},
      {"labels",
       "{}",
       "Which series of it: label to regular expression (RE2, the whole value); \"!...\" for all "
       "but those",
       {"object of regular expressions", read_matchers, {}}},
      {"divided_by", "", "A metric to divide by, matched by labels: the rule judges the ratio",
       text<Rule>(&Rule::divided_by)},
      {"window", R"("1m")", "Time over which a counter's increase is measured",
       duration<Rule>(&Rule::window, seconds(1), hours(1))},
      {"raise", "", "The level at which the alert begins: {\"above\": 0.9} or {\"below\": 0.1}",
       field<Rule>("bound", &Rule::raise, read_bound), true},
      {"clear", "", "The level at which it ends, on the other side: {\"below\": 0.8}",
       field<Rule>("bound", &Rule::clear, read_bound), true},
      {"for", R"("0s")", "How long the level must be raised before the alert fires",
       duration<Rule>(&Rule::hold, seconds(0), hours(24 * 7))},
      {"keep_firing_for", R"("0s")", "How long it must be cleared before the alert resolves",
       duration<Rule>(&Rule::keep_firing_for, seconds(0), hours(24 * 7))},
      {"severity", R"("warning")", "How bad it is",
       field<Rule>("info, warning or critical", &Rule::severity, read_severity)},
      {"summary", R"("")",
       "One line for the person called; {{ $value }}, {{ $value | humanize1024 }} and "
       "{{ $labels.group }} are filled in",
       text<Rule>(&Rule::summary)},
      {"description", R"("")", "More of the same", text<Rule>(&Rule::description, TextForm::lines)},
      {"recommendation", R"("")", "What to do about it, in a sentence or two; filled in as summary",
       text<Rule>(&Rule::recommendation, TextForm::lines)},
      {"runbook_url", R"("")", "Where to read what to do", text<Rule>(&Rule::runbook_url)},
  };
  return table;
}

const KeyTable<AlertTarget>& alertmanager_table() {
  static const auto table = target_table(
      "Address of an Alertmanager, with its path prefix if it has one; user:password@ is "
      "sent as basic auth",
      read_alertmanager_url);
  return table;
}
const KeyTable<AlertTarget>& webhook_table() {
  static const auto table =
      target_table("Where to POST alerts in Alertmanager's webhook format, version 4", read_url);
  return table;
}

}  // namespace perfwatch
