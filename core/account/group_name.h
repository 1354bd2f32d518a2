// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/group_rules.h"
#include "core/base/result.h"

namespace perfwatch {

// The template of a group's name, "{{.Username}}/{{.Comm}}", checked once and filled per process.
class GroupName {
 public:
  // Where a named capture is found among the captures of the rule.
  using Captures = std::map<std::string, std::size_t, std::less<>>;

  // The text of an error starts with what is wrong; the caller names the field.
  [[nodiscard]] static Result<GroupName> make(std::string_view text, const Captures& captures);

  // Printable UTF-8, at most kGroupNameLimit bytes, cut between characters; `other` when nothing is
  // left. From placeholders never `kernel` or `other`, but `kernel (process)`: nobody hides there.
  // `captures` has the texts that the regexes of the rule caught.
  [[nodiscard]] std::string fill(const ProcessIdentity& process,
                                 const std::vector<std::string_view>& captures) const;
  // It is the same for all processes.
  [[nodiscard]] bool constant() const;
  // Sets what fill() looks at.
  void add_needs(IdentityNeeds& needs) const;

 private:
  enum class Word : std::uint8_t {
    literal,
    comm,
    exe_base,
    exe_full,
    username,
    cgroup,
    unit,
    capture
  };
  struct Part {
    Word word = Word::literal;
    std::string text;         // of a literal
    std::size_t capture = 0;  // of a capture
  };
  [[nodiscard]] static Result<Part> make_part(std::string_view word, const Captures& captures);
  [[nodiscard]] static std::string_view value(const Part& part, const ProcessIdentity& process,
                                              const std::vector<std::string_view>& captures);

  std::vector<Part> parts_;
};

inline constexpr std::size_t kGroupNameLimit = 128;

// The part of a path after its last '/'.
[[nodiscard]] std::string_view base_name(std::string_view path);

// The innermost systemd unit in a cgroup path, the innermost slice where there is no other:
// "/system.slice/ssh.service" -> "ssh.service".
[[nodiscard]] std::string_view systemd_unit(std::string_view cgroup);

}  // namespace perfwatch
