// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "core/account/group_name.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

// Of one regex, program and caches. RE2 falls back to a slower machine, still linear, beyond it.
constexpr std::int64_t kRegexMemory = std::int64_t{1} << 20;
constexpr int kMostCaptures = 16;  // of one regex

RE2::Options regex_options() {
  RE2::Options options;
  options.set_max_mem(kRegexMemory);
  options.set_log_errors(false);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// One regex of a rule and where its named captures go.
struct Regex {
  std::unique_ptr<RE2> regex;
  std::vector<std::pair<int, std::size_t>> named;  // number in the regex -> place in the rule

  // Matches anywhere in `text`, like process-exporter.
  [[nodiscard]] bool match(std::string_view text, std::vector<std::string_view>& captures) const {
    if (named.empty())
      return regex->Match(piece(text), 0, text.size(), RE2::UNANCHORED, nullptr, 0);
    re2::StringPiece caught[kMostCaptures + 1];
    const int wanted = named.back().first + 1;
    if (!regex->Match(piece(text), 0, text.size(), RE2::UNANCHORED, caught, wanted)) return false;
    for (const auto& [number, place] : named) {
      captures[place] = {caught[number].data(), caught[number].size()};
    }
    return true;
  }
};

struct CompiledRule {
  GroupName name;
  std::vector<std::string> comm;
  std::vector<std::string> exe;
  std::vector<Regex> cmdline;
  std::vector<Regex> cgroup;
  std::vector<std::string> user;
  std::size_t capture_count = 0;
  std::optional<std::uint64_t> memory_limit_bytes;
  bool reserved = false;  // the name has no placeholders
  bool pss = false;
};

Result<std::vector<Regex>> compile(const std::vector<std::string>& patterns, std::string_view field,
                                   GroupName::Captures& captures) {
  std::vector<Regex> compiled;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto problem = [&](std::string_view text) {
      return fail(ErrorKind::malformed, fmt::format("{}[{}]: {}", field, i, text));
    };
    Regex regex;
    regex.regex = std::make_unique<RE2>(piece(patterns[i]), regex_options());
    if (!regex.regex->ok()) return problem(regex.regex->error());
    for (const auto& [name, number] : regex.regex->NamedCapturingGroups()) {
      if (number > kMostCaptures) {
        return problem(fmt::format("more than {} captures before \"{}\"", kMostCaptures, name));
      }
      // The same name in two regexes is one capture; the later match has the word.
      const auto place = captures.try_emplace(name, captures.size()).first->second;
      regex.named.emplace_back(number, place);
    }
    std::sort(regex.named.begin(), regex.named.end());
    compiled.push_back(std::move(regex));
  }
  return compiled;
}

Result<CompiledRule> compile(GroupRule rule) {
  GroupName::Captures captures;
  auto cmdline = compile(rule.cmdline, "cmdline", captures);
  if (!cmdline) return tl::unexpected(std::move(cmdline.error()));
  auto cgroup = compile(rule.cgroup, "cgroup", captures);
  if (!cgroup) return tl::unexpected(std::move(cgroup.error()));
  auto name = GroupName::make(rule.name, captures);
  if (!name) return tl::unexpected(within("name", std::move(name.error())));
  const bool reserved = name->constant();
  return CompiledRule{std::move(*name),
                      std::move(rule.comm),
                      std::move(rule.exe),
                      std::move(*cmdline),
                      std::move(*cgroup),
                      std::move(rule.user),
                      captures.size(),
                      rule.memory_limit_bytes,
                      reserved,
                      rule.pss};
}

bool matches_exe(const std::vector<std::string>& wanted, std::string_view exe) {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view entry) {
    return entry == (entry.find('/') == std::string_view::npos ? base_name(exe) : exe);
  });
}

bool matches_user(const std::vector<std::string>& wanted, const ProcessIdentity& process) {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view entry) {
    return entry == process.user || to_number<std::uint32_t>(entry) == process.uid;
  });
}

bool matches(const CompiledRule& rule, const ProcessIdentity& process,
             std::vector<std::string_view>& captures) {
  const auto is_comm = [&](std::string_view entry) { return entry == process.comm; };
  if (!rule.comm.empty() && std::none_of(rule.comm.begin(), rule.comm.end(), is_comm)) return false;
  if (!rule.exe.empty() && !matches_exe(rule.exe, process.exe)) return false;
  if (!rule.user.empty() && !matches_user(rule.user, process)) return false;
  captures.assign(rule.capture_count, {});
  for (const auto& regex : rule.cmdline) {
    if (!regex.match(process.cmdline, captures)) return false;
  }
  return rule.cgroup.empty() ||
         std::any_of(rule.cgroup.begin(), rule.cgroup.end(),
                     [&](const Regex& regex) { return regex.match(process.cgroup, captures); });
}

void add_needs(const CompiledRule& rule, IdentityNeeds& needs) {
  rule.name.add_needs(needs);
  needs.exe = needs.exe || !rule.exe.empty();
  needs.cmdline = needs.cmdline || !rule.cmdline.empty();
  needs.cgroup = needs.cgroup || !rule.cgroup.empty();
  needs.user = needs.user || !rule.user.empty();
}

}  // namespace

struct GroupRules::Impl {
  std::vector<CompiledRule> rules;
  IdentityNeeds needs;
};

GroupRules::GroupRules(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GroupRules::GroupRules(GroupRules&&) noexcept = default;
GroupRules& GroupRules::operator=(GroupRules&&) noexcept = default;
GroupRules::~GroupRules() = default;

Result<GroupRules> GroupRules::make(std::vector<GroupRule> rules) {
  auto impl = std::make_unique<Impl>();
  if (rules.empty()) rules.emplace_back();  // everything by comm
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto rule = compile(std::move(rules[i]));
    if (!rule) {
      Error error = std::move(rule.error());
      error.text = fmt::format("groups.rules[{}].{}", i, error.text);
      return tl::unexpected(std::move(error));
    }
    add_needs(*rule, impl->needs);
    impl->rules.push_back(std::move(*rule));
  }
  return GroupRules(std::move(impl));
}

IdentityNeeds GroupRules::needs() const { return impl_->needs; }

GroupRules::Match GroupRules::classify(const ProcessIdentity& process) const {
  if (process.kernel_thread) return {std::string(kKernelGroup), std::nullopt, true, false};
  std::vector<std::string_view> captures;
  for (const auto& rule : impl_->rules) {
    if (matches(rule, process, captures)) {
      return {rule.name.fill(process, captures), rule.memory_limit_bytes, rule.reserved, rule.pss};
    }
  }
  return {std::string(kOtherGroup), std::nullopt, true, false};
}

}  // namespace perfwatch
