// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "daemon/config_keys.h"
#include "daemon/config_values.h"

namespace perfwatch {
namespace {

// "cmdline[0].x" -> the place of cmdline/0/x below `at`.
Place follow(Place at, std::string_view path) {
  while (!path.empty()) {
    const auto end = path.find_first_of(".[]");
    const auto part = path.substr(0, end);
    if (const auto index = to_number<std::size_t>(part)) {
      at = at.child(*index);
    } else if (!part.empty()) {
      at = at.child(part);
    }
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return at;
}

// Regular expressions repeated by those who refused them: as text for a terminal, not endless.
std::string readable(std::string_view text) {
  constexpr std::size_t kLongest = 500;
  return printable_utf8(text.substr(0, kLongest)) + (text.size() > kLongest ? "..." : "");
}

// The text begins with `subject` and, where one field is to blame, its path: "rule X: clear: must
// be below raise". Reported at the field's own place.
void report(std::string_view text, std::string_view subject, const Place& at) {
  if (text.starts_with(subject)) text.remove_prefix(subject.size());
  while (text.starts_with(' ') || text.starts_with(':') || text.starts_with('.')) {
    text.remove_prefix(1);
  }
  const auto colon = text.find(": ");
  const auto path = text.substr(0, colon);
  constexpr std::string_view kPathCharacters = "abcdefghijklmnopqrstuvwxyz_0123456789.[]";
  if (colon == std::string_view::npos ||
      path.find_first_not_of(kPathCharacters) != std::string_view::npos) {
    at.problem(readable(text));
  } else {
    follow(at, path).problem(readable(text.substr(colon + 2)));
  }
}

bool matches_everything(const GroupRule& rule) {
  return rule.comm.empty() && rule.exe.empty() && rule.cmdline.empty() && rule.cgroup.empty() &&
         rule.user.empty();
}

std::vector<GroupRule> finish_groups(std::vector<Element<GroupRule>> elements) {
  std::vector<GroupRule> out;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto& [rule, at, sound] = elements[i];
    if (sound) {
      if (const auto made = GroupRules::make({rule}); !made) {
        report(made.error().text, "groups.rules[0]", at);
      }
      if (matches_everything(rule) && i + 1 < elements.size()) {
        at.problem(
            "without comm, exe, cmdline, cgroup or user this matches every process, so the "
            "rules after it never match (move it to the end)");
      }
    }
    out.push_back(std::move(rule));
  }
  return out;
}

// Every element whose name was used before is reported.
template <class T, class Name>
void check_unique(const std::vector<Element<T>>& elements, Name name,
                  std::map<std::string, Place, std::less<>>& seen, std::string_view advice) {
  for (const auto& element : elements) {
    const std::string& text = name(element.value);
    if (text.empty()) continue;
    const auto [before, fresh] = seen.emplace(text, element.at);
    if (!fresh) {
      element.at.problem("the name " + quote(text) + " is taken by " +
                         before->second.seen_from(element.at) + std::string(advice));
    }
  }
}

void check_disabled(const Draft& draft, const std::vector<Rule>& shipped) {
  std::vector<std::string_view> known;
  for (const auto& rule : shipped) known.emplace_back(rule.name);
  for (const auto& rule : draft.user_rules) known.emplace_back(rule.value.name);
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (const auto& [name, at, sound] : draft.disabled_rules) {
    if (!std::binary_search(known.begin(), known.end(), std::string_view(name))) {
      at.problem("there is no rule " + quote(name) + suggestion(name, known));
    }
  }
}

std::vector<Rule> finish_rules(const Draft& draft) {
  auto rules = default_rules();
  check_disabled(draft, rules);
  std::map<std::string, Place, std::less<>> seen;
  check_unique(
      draft.user_rules, [](const auto& rule) -> auto& { return rule.name; }, seen, "");
  std::map<std::string, std::size_t, std::less<>> positions;
  for (std::size_t i = 0; i < rules.size(); ++i) positions.emplace(rules[i].name, i);
  for (const auto& [rule, at, sound] : draft.user_rules) {
    if (!sound) continue;
    if (const auto made = RuleSet::make({rule}); !made) {
      report(made.error().text, "rule " + rule.name, at);
    }
    const auto [place, fresh] = positions.emplace(rule.name, rules.size());
    if (fresh) {
      rules.push_back(rule);
    } else {
      rules[place->second] = rule;
    }
  }
  std::vector<std::string_view> disabled;
  for (const auto& name : draft.disabled_rules) disabled.emplace_back(name.value);
  std::sort(disabled.begin(), disabled.end());
  std::erase_if(rules, [&](const auto& rule) {
    return std::binary_search(disabled.begin(), disabled.end(), std::string_view(rule.name));
  });
  return rules;
}

void name_targets(std::vector<Element<AlertTarget>>& targets) {
  for (auto& [target, at, sound] : targets) {
    if (!target.name.empty()) continue;
    if (const auto url = parse_http_url(target.url)) target.name = url->host_and_port();
  }
}

std::vector<AlertTarget> values_of(std::vector<Element<AlertTarget>>& targets) {
  std::vector<AlertTarget> out;
  for (auto& target : targets) out.push_back(std::move(target.value));
  return out;
}

}  // namespace

Config finish(Draft draft) {
  Config config = std::move(draft.config);
  config.sampling.host = finish_bounds(draft.host, "sampling.");
  config.sampling.processes = finish_bounds(draft.processes, "sampling.processes_");
  config.rules = finish_rules(draft);
  config.groups.rules = finish_groups(std::move(draft.group_rules));
  name_targets(draft.alertmanagers);
  name_targets(draft.webhooks);
  std::map<std::string, Place, std::less<>> names;
  const auto name = [](const AlertTarget& target) -> auto& { return target.name; };
  constexpr std::string_view kAdvice = " (give one of them another \"name\")";
  check_unique(draft.alertmanagers, name, names, kAdvice);
  check_unique(draft.webhooks, name, names, kAdvice);
  config.alerting.alertmanagers = values_of(draft.alertmanagers);
  config.alerting.webhooks = values_of(draft.webhooks);
  return config;
}

}  // namespace perfwatch
