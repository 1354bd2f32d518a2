// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_keys.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "daemon/config_json.h"

namespace perfwatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kLeastRing = std::size_t{64} << 10U;
constexpr std::size_t kMostRing = std::size_t{16} << 20U;
constexpr std::uint64_t kLeastBudget = std::uint64_t{1} << 20U;
constexpr std::size_t kMostRules = 500;
constexpr std::size_t kMostGroupRules = 1000;
constexpr std::size_t kMostTargets = 20;

// The keys that may stand in the object at `prefix` ("" or "sampling."): first parts, once each.
template <class T>
std::vector<std::string_view> known_below(const KeyTable<T>& table, std::string_view prefix) {
  std::vector<std::string_view> out;
  for (const auto& key : table) {
    if (!key.path.starts_with(prefix)) continue;
    const auto rest = key.path.substr(prefix.size());
    const auto part = rest.substr(0, rest.find('.'));
    if (out.empty() || out.back() != part) out.push_back(part);
  }
  return out;
}

// `word` is unknown at `prefix`, but may be the last part of a key that belongs elsewhere.
template <class T>
std::string unknown_key(const KeyTable<T>& table, std::string_view prefix, std::string_view word) {
  for (const auto& key : table) {
    const auto dot = key.path.rfind('.');
    if (dot != std::string_view::npos && key.path.substr(dot + 1) == word) {
      return "unknown key here, it belongs in \"" + std::string(key.path.substr(0, dot)) + "\"";
    }
  }
  return "unknown key" + suggestion(word, known_below(table, prefix));
}

// "a.b" given as one key: how it is written instead.
std::string nested(std::string_view name) {
  std::string out = "write it nested: ";
  std::string closing;
  while (!name.empty()) {
    const auto dot = name.find('.');
    out.append("{\"").append(name.substr(0, dot)).append("\": ");
    closing += '}';
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
  }
  return out + "..." + closing;
}

template <class T>
void read_keys(const json& object, const Place& at, const KeyTable<T>& table,
               const std::string& prefix, T& target) {
  if (!is_object(object, at)) return;
  for (const auto& [name, value] : object.items()) {
    const Place place = at.child(name);
    const std::string path = prefix + name;
    const auto key = std::find_if(table.begin(), table.end(),
                                  [&](const auto& known) { return known.path == path; });
    if (key != table.end() && name.find('.') != std::string::npos) {
      place.problem(nested(name));
      continue;
    }
    if (key != table.end()) {
      key->field.read(value, place, target);
      continue;
    }
    const std::string section = path + ".";
    const bool is_section = std::any_of(table.begin(), table.end(), [&](const auto& known) {
      return known.path.starts_with(section);
    });
    if (is_section) {
      read_keys(value, place, table, section, target);
    } else {
      place.problem(unknown_key(table, prefix, name));
    }
  }
}

template <class T>
void require_keys(const json& object, const Place& at, const KeyTable<T>& table,
                  const std::vector<std::string_view>& known = {}) {
  for (const auto& key : table) {
    if (std::find(known.begin(), known.end(), key.path) != known.end()) continue;
    if (key.required && object.is_object() && !object.contains(key.path)) {
      at.problem("\"" + std::string(key.path) + "\" is missing");
    }
  }
}

template <class T>
Element<T> read_element(const json& value, const Place& at, const KeyTable<T>& table) {
  Element<T> element{T{}, at, true};
  const std::size_t before = at.problem_count();
  require_keys(value, at, table);
  read_keys(value, at, table, "", element.value);
  element.sound = at.problem_count() == before;
  return element;
}

template <class T>
std::vector<ConfigKey> describe_table(const KeyTable<T>& table) {
  std::vector<ConfigKey> out;
  for (const auto& key : table) {
    const std::string path(key.path);
    out.push_back({path, key.field.type,
                   key.required ? "(must be given)" : std::string(key.default_text), "",
                   std::string(key.help)});
    for (ConfigKey element : key.field.elements) {
      element.path = path + "[]." + element.path;
      out.push_back(std::move(element));
    }
  }
  return out;
}

// A list of objects, each read by `read`; `table` is for the docs.
template <class T, class Read>
Field<Draft> objects(std::vector<Element<T>> Draft::*list, std::size_t most,
                     const KeyTable<T>& table, Read read) {
  return {"list of objects",
          [list, most, read](const json& value, const Place& at, Draft& draft) {
            if (!is_list(value, at, most)) return;
            (draft.*list).clear();  // what the environment gives replaces the file's
            for (std::size_t i = 0; i < value.size(); ++i) {
              (draft.*list).push_back(read(value[i], at.child(i)));
            }
          },
          describe_table(table)};
}
template <class T>
Field<Draft> objects(std::vector<Element<T>> Draft::*list, std::size_t most,
                     const KeyTable<T>& (*table)()) {
  return objects(list, most, table(), [table](const json& value, const Place& at) {
    return read_element(value, at, table());
  });
}

constexpr double kClearOfRaise = 0.8;

// The levels of a rule that has natural ones.
std::vector<std::string_view> give_levels(const json& value, Rule& rule) {
  const auto kind = value.is_object() ? value.find("kind") : value.end();
  if (!value.is_object() || kind == value.end()) return {};
  const bool leak = *kind == to_string(RuleKind::leak);
  if (!leak && *kind != to_string(RuleKind::anomaly)) return {};
  rule.raise = {Bound::Side::above, leak ? kAnyLeak : 0.5};
  rule.clear = {Bound::Side::below, leak ? 0 : 0.4};
  return {"raise", "clear"};
}

// A rule of the name of one that ships starts from it, so that only what differs must be given.
Element<Rule> read_rule(const json& value, const Place& at) {
  static const auto shipped = default_rules();
  const auto& table = rule_table();
  Element<Rule> element{Rule{}, at, true};
  const std::size_t before = at.problem_count();
  const auto name = value.is_object() ? value.find("name") : value.end();
  const auto base = std::find_if(shipped.begin(), shipped.end(), [&](const auto& rule) {
    return name != value.end() && *name == rule.name;
  });
  if (base != shipped.end()) {
    element.value = *base;
  } else {
    require_keys(value, at, table, give_levels(value, element.value));
  }
  read_keys(value, at, table, "", element.value);
  const bool given = value.is_object() && value.contains("clear");
  if (element.value.kind == RuleKind::anomaly && base == shipped.end() && !given) {
    element.value.clear.value = kClearOfRaise * element.value.raise.value;
  }
  element.sound = at.problem_count() == before;
  return element;
}

Field<Draft> disabled_rules() {
  return {"list of texts",
          [](const json& value, const Place& at, Draft& draft) {
            const auto names = read_texts(value, at);
            if (!names) return;
            draft.disabled_rules.clear();
            for (std::size_t i = 0; i < names->size(); ++i) {
              draft.disabled_rules.push_back({(*names)[i], at.child(i), true});
            }
          },
          {}};
}

// Config{}.section.member, from a Draft.
template <class Section, class Member>
auto in(Section Config::*section, Member Section::*member) {
  return [=](Draft& draft) -> Member& { return draft.config.*section.*member; };
}

template <class Section, class Member>
Field<Draft> duration_in(Section Config::*section, Member Section::*member, nanoseconds least,
                         nanoseconds most) {
  return duration<Draft>(in(section, member), least, most);
}

using GivenInterval = std::optional<Element<nanoseconds>>;
Field<Draft> interval_in(GivenBounds Draft::*bounds, GivenInterval GivenBounds::*member) {
  constexpr nanoseconds kLeast = milliseconds(100);
  constexpr nanoseconds kMost = hours(1);
  return {duration_type(kLeast, kMost),
          [=](const json& value, const Place& at, Draft& draft) {
            const auto given = read_duration(value, at, kLeast, kMost);
            if (given) draft.*bounds.*member = Element<nanoseconds>{*given, at, true};
          },
          {}};
}
template <class Section>
Field<Draft> count_in(Section Config::*section, std::size_t Section::*member, std::size_t least,
                      std::size_t most) {
  return count<Draft>(in(section, member), least, most);
}

}  // namespace

const KeyTable<Draft>& config_table() {
  using Sampling = Config::Sampling;
  using Groups = Config::Groups;
  using Alerting = Config::Alerting;
  using KeptRuns = Config::KeptRuns;
  using SharedBaseline = Config::SharedBaseline;
  using Web = Config::Web;
  static const KeyTable<Draft> table{
      {"sampling.adaptive", "true",
       "Whether intervals get shorter while the host changes and longer while it does not; false: "
       "always `sampling.interval` and `sampling.processes_interval`",
       field<Draft>("true or false", in(&Config::sampling, &Sampling::adaptive), read_flag)},
      {"sampling.interval", R"("2s")",
       "How often the host's collectors run while nothing is known; a bound that is not given "
       "follows it",
       interval_in(&Draft::host, &GivenBounds::base)},
      {"sampling.minimum_interval", R"("500ms")", "Least time from one round to the next",
       interval_in(&Draft::host, &GivenBounds::minimum)},
      {"sampling.maximum_interval", R"("15s")", "Most time from one round to the next, when calm",
       interval_in(&Draft::host, &GivenBounds::maximum)},
      {"sampling.processes_interval", R"("2s")",
       "As `sampling.interval`, for the sweep of all processes, which costs more than all else",
       interval_in(&Draft::processes, &GivenBounds::base)},
      {"sampling.processes_minimum_interval", R"("500ms")", "As `sampling.minimum_interval`",
       interval_in(&Draft::processes, &GivenBounds::minimum)},
      {"sampling.processes_maximum_interval", R"("15s")", "As `sampling.maximum_interval`",
       interval_in(&Draft::processes, &GivenBounds::maximum)},
      {"sampling.deadline", R"("5s")",
       "A collector that takes longer is stuck: given up, reported, everything else goes on",
       duration_in(&Config::sampling, &Sampling::deadline, milliseconds(100), hours(1))},
      {"accounting.tier", R"("auto")",
       "The best way of accounting processes to try; what cannot be had gives the next one. Taken "
       "at start",
       field<Draft>("auto, ebpf, taskstats or poll",
                    in(&Config::accounting, &AccountingSettings::tier), read_tier)},
      {"accounting.ring_bytes", R"("256KiB")",
       "Room for events of processes that wait to be read (ebpf tier); more where "
       "`perfwatch_events_lost_total` grows. Taken at start",
       field<Draft>("size, 64KiB to 16MiB, a power of 2",
                    in(&Config::accounting, &AccountingSettings::ring_bytes),
                    [](const json& value, const Place& at) {
                      return read_ring_size(value, at, kLeastRing, kMostRing);
                    })},
      {"budget.cpu_ratio", "0.01",
       "What perfwatchd may use of one core, averaged over a minute; over it intervals get longer, "
       "then optional collectors pause",
       field<Draft>(
           "number, 0.0001 to 64", in(&Config::budget, &BudgetLimits::cpu_ratio),
           [](const json& value, const Place& at) { return read_number(value, at, 0.0001, 64); })},
      {"budget.memory_bytes", R"("32MiB")",
       "Resident memory that perfwatchd may have; over it memory is given back, then optional "
       "collectors pause",
       field<Draft>(
           "size, 1MiB or more", in(&Config::budget, &BudgetLimits::memory_bytes),
           [](const json& value, const Place& at) { return read_size(value, at, kLeastBudget); })},
      {"groups.limit", "100",
       "Most groups in /metrics; processes of further ones are counted in the group `other`",
       count_in(&Config::groups, &Groups::limit, 1, 10000)},
      {"groups.rules", "[]",
       "How processes are sorted into groups; the first that matches wins. None: by process name",
       objects(&Draft::group_rules, kMostGroupRules, group_rule_table)},
      {"runs.automatic", "true",
       "Whether jobs of CI are measured as runs: processes with `CI_JOB_ID` (GitLab), "
       "`GITHUB_RUN_ID`, `BUILDKITE_JOB_ID` or `BUILD_TAG` (Jenkins) in their environment",
       field<Draft>("true or false", in(&Config::runs, &RunWatchSettings::automatic), read_flag)},
      {"runs.markers", "[]",
       "Further environment variables that are the sign of a job; one value of it is one job",
       field<Draft>("list of texts", in(&Config::runs, &RunWatchSettings::markers),
                    read_run_markers)},
      {"runs.cgroups", "[]",
       "Globs of cgroup paths, as `/runner.slice/*`: each cgroup that matches is a run, from its "
       "first process to its last",
       field<Draft>("list of texts", in(&Config::runs, &RunWatchSettings::cgroups),
                    read_run_cgroups)},
      {"runs.workers", "[]",
       "Names of processes that start jobs (comm, 15 bytes): each child of one is a run",
       field<Draft>("list of texts", in(&Config::runs, &RunWatchSettings::workers),
                    read_run_workers)},
      {"runs.retention", R"("180d")",
       "How long runs are kept in the database. A baseline with an accepted mark keeps its newest "
       "30 longer",
       duration_in(&Config::kept_runs, &KeptRuns::retention, hours(1), hours(24 * 3650))},
      {"runs.limit", "10000", "Most runs in the database; the oldest go first",
       count_in(&Config::kept_runs, &KeptRuns::limit, 1, 1'000'000)},
      {"baseline.source", R"("")",
       "A Prometheus-compatible server that scrapes other hosts of this class: asked for what they "
       "have measured where a run has fewer than 10 before it here; `http://prometheus:9090`, "
       "`https://USER:PASSWORD@host/prefix`",
       field<Draft>("URL, http or https, or empty", in(&Config::baseline, &SharedBaseline::source),
                    read_baseline_source)},
      {"baseline.range", R"("30d")", "How far back that server is asked",
       duration_in(&Config::baseline, &SharedBaseline::range, hours(1), hours(24 * 365))},
      {"rules", "[]", "Alert rules: changes to those that ship, and your own",
       objects(&Draft::user_rules, kMostRules, rule_table(), read_rule)},
      {"disabled_rules", "[]", "Names of rules to leave out, shipped or your own",
       disabled_rules()},
      {"alerting.labels", "{}", "Labels to put on every alert; a rule's own win",
       field<Draft>("object of texts", in(&Config::alerting, &Alerting::labels), read_labels)},
      {"alerting.resend_interval", R"("1m")", "How often firing alerts are sent again",
       duration_in(&Config::alerting, &Alerting::resend_interval, seconds(1), hours(1))},
      {"alerting.queue_limit", "1000",
       "Most alerts that wait for one target; what finds no room is counted, and taken up when "
       "there is",
       count_in(&Config::alerting, &Alerting::queue_limit, 1, 100000)},
      {"alerting.alertmanagers", "[]", "Alertmanagers to send to; each gets every alert",
       objects(&Draft::alertmanagers, kMostTargets, alertmanager_table)},
      {"alerting.webhooks", "[]", "Webhooks to send to, without an Alertmanager between",
       objects(&Draft::webhooks, kMostTargets, webhook_table)},
      {"web.max_connections", "512",
       "Most HTTP connections; for a further one the quietest is closed",
       count_in(&Config::web, &Web::max_connections, 1, 100000)},
      {"web.max_requests_in_flight", "40", "Most requests answered at once; over it 503",
       count_in(&Config::web, &Web::max_requests_in_flight, 1, 10000)},
      {"web.idle_timeout", R"("2m")", "How long a connection may stay open without a request",
       duration_in(&Config::web, &Web::idle_timeout, seconds(1), hours(1))},
      {"web.request_timeout", R"("10s")",
       "How long reading a request and writing its answer may take, each",
       duration_in(&Config::web, &Web::request_timeout, milliseconds(100), minutes(10))},
  };
  return table;
}

void read_document(const json& document, const Place& at, Draft& draft) {
  read_keys(document, at, config_table(), "", draft);
}

std::vector<ConfigKey> config_keys() {
  auto keys = describe_table(config_table());
  for (auto& key : keys) {
    if (key.path.find('[') == std::string::npos) key.environment = environment_name(key.path);
  }
  return keys;
}

}  // namespace perfwatch
