// SPDX-License-Identifier: Apache-2.0
#include "core/account/group_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/placeholders.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::string_view kMatches = ".Matches";
// prctl(PR_SET_NAME) takes an empty name, which must not hide a process among the others.
constexpr std::string_view kNameless = "(no name)";

std::string_view comm_of(const ProcessIdentity& process) {
  return process.comm.empty() ? kNameless : process.comm;
}

bool is_unit(std::string_view name) {
  constexpr std::array<std::string_view, 6> kSuffixes = {".service", ".scope", ".socket",
                                                         ".mount",   ".swap",  ".automount"};
  for (const auto suffix : kSuffixes) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) return true;
  }
  return false;
}

tl::unexpected<Error> unknown_capture(std::string_view name, const GroupName::Captures& captures) {
  std::string known;
  for (const auto& [capture, place] : captures) known += (known.empty() ? "" : ", ") + capture;
  if (known.empty()) known = "none: write (?P<name>...) in cmdline or cgroup";
  return fail(ErrorKind::malformed,
              fmt::format("no regex of this rule captures \"{}\"; captures: {}", name, known));
}

}  // namespace

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view systemd_unit(std::string_view cgroup) {
  std::string_view slice;
  while (!cgroup.empty()) {
    const auto name = base_name(cgroup);
    if (is_unit(name)) return name;
    if (slice.empty() && name.size() > 6 && name.ends_with(".slice")) slice = name;
    cgroup.remove_suffix(std::min(cgroup.size(), name.size() + 1));
  }
  return slice;
}

Result<GroupName> GroupName::make(std::string_view text, const Captures& captures) {
  auto cut_text = parse_placeholders(text);
  if (!cut_text) return tl::unexpected(std::move(cut_text.error()));
  if (cut_text->empty()) return fail(ErrorKind::malformed, "is empty");
  GroupName name;
  for (auto& piece : *cut_text) {
    if (!piece.placeholder) {
      name.parts_.push_back({Word::literal, std::move(piece.text)});
      continue;
    }
    auto part = make_part(piece.text, captures);
    if (!part) return tl::unexpected(std::move(part.error()));
    name.parts_.push_back(std::move(*part));
  }
  return name;
}

Result<GroupName::Part> GroupName::make_part(std::string_view word, const Captures& captures) {
  constexpr std::array<std::pair<std::string_view, Word>, 6> kWords = {
      {{".Comm", Word::comm},
       {".ExeBase", Word::exe_base},
       {".ExeFull", Word::exe_full},
       {".Username", Word::username},
       {".Cgroup", Word::cgroup},
       {".Unit", Word::unit}}};
  for (const auto& [known, meaning] : kWords) {
    if (word == known) return Part{meaning, {}, 0};
  }
  if (word.starts_with(".Matches.")) {
    const auto capture = word.substr(kMatches.size() + 1);
    const auto found = captures.find(capture);
    if (found == captures.end()) return unknown_capture(capture, captures);
    return Part{Word::capture, {}, found->second};
  }
  if (word == ".PID" || word == ".StartTime") {
    return fail(ErrorKind::malformed,
                fmt::format("{{{{{}}}}} is refused: a group for every process has no bound; "
                            "/api/v1/processes shows single processes",
                            word));
  }
  std::vector<std::string_view> known;
  std::string list;
  for (const auto& entry : kWords) {
    known.push_back(entry.first);
    list += fmt::format("{{{{{}}}}} ", entry.first);
  }
  known.push_back(kMatches);
  std::string text = fmt::format("unknown placeholder {{{{{}}}}}", printable_utf8(word));
  if (const auto likely = nearest(word, known))
    text += fmt::format(", did you mean {{{{{}}}}}?", *likely);
  return fail(ErrorKind::malformed, fmt::format("{}; known: {}{{{{.Matches.NAME}}}}", text, list));
}

std::string_view GroupName::value(const Part& part, const ProcessIdentity& process,
                                  const std::vector<std::string_view>& captures) {
  switch (part.word) {
    case Word::literal:
      return part.text;
    case Word::comm:
      return comm_of(process);
    case Word::exe_base:
      // A zombie or another user's process has no readable exe, but its name still says much.
      return process.exe.empty() ? comm_of(process) : base_name(process.exe);
    case Word::exe_full:
      return process.exe.empty() ? comm_of(process) : process.exe;
    case Word::username:
      return process.user;
    case Word::cgroup:
      return process.cgroup;
    case Word::unit:
      return systemd_unit(process.cgroup);
    case Word::capture:
      return part.capture < captures.size() ? captures[part.capture] : std::string_view{};
  }
  return {};
}

void GroupName::add_needs(IdentityNeeds& needs) const {
  for (const auto& part : parts_) {
    switch (part.word) {
      case Word::exe_base:
      case Word::exe_full:
        needs.exe = true;
        break;
      case Word::username:
        needs.user = true;
        break;
      case Word::cgroup:
      case Word::unit:
        needs.cgroup = true;
        break;
      case Word::literal:
      case Word::comm:
      case Word::capture:  // the regex that catches it has needs of its own
        break;
    }
  }
}

std::string GroupName::fill(const ProcessIdentity& process,
                            const std::vector<std::string_view>& captures) const {
  std::string raw;
  for (const auto& part : parts_) raw += value(part, process, captures);
  std::string name = printable_utf8(raw);
  name.resize(cut_utf8(name, kGroupNameLimit).size());
  if (name.empty()) return std::string(kOtherGroup);
  const bool own_word = parts_.size() == 1 && parts_[0].word == Word::literal;
  if (!own_word && (name == kKernelGroup || name == kOtherGroup)) name += " (process)";
  return name;
}

bool GroupName::constant() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.word == Word::literal; });
}

}  // namespace perfwatch
