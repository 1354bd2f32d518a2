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
  return read_base_url(value, at, {"an Alertmanager", "/api/v2/alerts", "http://127.0.0.1:9093"});
}

constexpr double kMostAmount = 1e18;
std::optional<double> read_amount(const json& value, const Place& at) {
  return read_number(value, at, 0, kMostAmount);
}
std::optional<double> read_seconds(const json& value, const Place& at) {
  const auto duration = read_duration(value, at, seconds(1), hours(24));
  if (!duration) return std::nullopt;
  return std::chrono::duration<double>(*duration).count();
}
std::optional<std::uint32_t> read_minutes(const json& value, const Place& at, std::size_t least) {
  const auto count = read_count(value, at, least, 100'000);
  if (!count) return std::nullopt;
  return static_cast<std::uint32_t>(*count);
}

// Rule::leak.member and Rule::anomaly.member.
auto leak_field(double LeakSettings::*member) {
  return [=](Rule& rule) -> double& { return rule.leak.*member; };
}
auto anomaly_field(std::uint32_t AnomalyDetector::Settings::*member) {
  return [=](Rule& rule) -> std::uint32_t& { return rule.anomaly.*member; };
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
  static const KeyTable<GroupRule> table{
      {"name", R"("{{.Comm}}")",
       "Name of the group, with {{.Comm}}, {{.ExeBase}}, {{.ExeFull}}, {{.Username}}, "
       "{{.Cgroup}}, {{.Unit}} and {{.Matches.NAME}} (a named capture) filled in",
       text<GroupRule>(&GroupRule::name)},
      {"comm", "[]", "Process names, exact; any of them is enough",
       texts<GroupRule>(&GroupRule::comm)},
      {"exe", "[]", "Executables, any of them: with a / the full path, without only its last part",
       texts<GroupRule>(&GroupRule::exe)},
      {"cmdline", "[]",
       "Regular expressions (RE2) over the arguments joined by blanks; all of them must match",
       texts<GroupRule>(&GroupRule::cmdline)},
      {"cgroup", "[]", "Regular expressions (RE2) over the cgroup path; any of them is enough",
       texts<GroupRule>(&GroupRule::cgroup)},
      {"user", "[]", "User names or numbers; any of them is enough",
       texts<GroupRule>(&GroupRule::user)},
      {"memory_limit", "",
       "Resident memory that the whole group should stay below; over it "
       "PerfwatchGroupOverMemoryLimit fires",
       field<GroupRule>("size, 1MiB or more", &GroupRule::memory_limit_bytes,
                        [](const json& value, const Place& at) {
                          return read_size(value, at, kLeastMemoryLimit);
                        })},
      {"pss", "false",
       "Whether the proportional set size of the group is read too, which costs more than all else "
       "that is read of a process",
       field<GroupRule>("true or false", &GroupRule::pss, read_flag)},
  };
  return table;
}

const KeyTable<Rule>& rule_table() {
  static const KeyTable<Rule> table{
      {"name", "", "Name of the rule and the alert; that of a shipped rule changes that one",
       text<Rule>(&Rule::name), true},
      {"kind", R"("threshold")",
       "What is judged: the value; for trend the seconds until it reaches `limit`, or its slope; "
       "for "
       "leak its growth per second while it leaks; for anomaly a score from 0 to 1",
       field<Rule>("threshold, trend, leak or anomaly", &Rule::kind, read_rule_kind)},
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
      {"alert", "true",
       "Whether anybody is told; false: it is only shown, in /metrics, on the page and by "
       "`perfwatch "
       "status`",
       field<Rule>("true or false", &Rule::notifies, read_flag)},
      {"over", R"("1h")", "trend: how far back it looks",
       duration<Rule>(&Rule::over, minutes(1), hours(24 * 7))},
      {"limit", "", "trend: where the value may not get",
       field<Rule>("number", &Rule::limit, read_any_number)},
      {"smallest_change", "0", "trend: less than this over all that time is none",
       field<Rule>("number, 0 or more", &Rule::smallest_change, read_amount)},
      {"smallest_growth", "1000000", "leak: growth by less is none, in the unit of the metric",
       field<Rule>("number, 0 or more", leak_field(&LeakSettings::smallest_growth), read_amount)},
      {"patience", R"("135s")",
       "leak: how long growth has to last for each multiple of the footprint before it",
       field<Rule>(duration_type(seconds(1), hours(24)), leak_field(&LeakSettings::patience),
                   read_seconds)},
      {"longest_patience", R"("10m")", "leak: but at most so long",
       field<Rule>(duration_type(seconds(1), hours(24)),
                   leak_field(&LeakSettings::longest_patience), read_seconds)},
      {"footprint", "",
       "leak: a metric that says how large the subject is in all, matched as divided_by",
       text<Rule>(&Rule::footprint)},
      {"room", "", "leak: a metric that says how much it may still grow", text<Rule>(&Rule::room)},
      {"warm_up", "150", "anomaly: minutes before the first alert",
       field<Rule>("integer, 10 to 100000", anomaly_field(&AnomalyDetector::Settings::warm_up_rows),
                   [](const json& value, const Place& at) { return read_minutes(value, at, 10); })},
      {"rest", "60", "anomaly: minutes without another alert after one",
       field<Rule>("integer, 0 to 100000", anomaly_field(&AnomalyDetector::Settings::rest_rows),
                   [](const json& value, const Place& at) { return read_minutes(value, at, 0); })},
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
      target_table("Where to POST alerts in Alertmanager's webhook format, version 4",
                   [](const json& value, const Place& at) { return read_url(value, at); });
  return table;
}

}  // namespace perfwatch
