// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/account/ci_names.h"
#include "core/account/process_files.h"
#include "core/base/unique_fd.h"
#include "core/model/process.h"

namespace perfwatch {

// The value of `name` in the text of /proc/PID/environ ("A=1\0B=2\0"), the first one of it as
// getenv(3) has it. A process writes that memory as it likes: what is no NAME=VALUE is skipped, and
// so is an entry that does not end in the text.
[[nodiscard]] std::optional<std::string_view> environ_value(std::string_view text,
                                                            std::string_view name);

// The same for many names; borrows the text.
[[nodiscard]] ReadVariable environ_variables(std::string_view text);

// The words of /proc/PID/cmdline, printable: at most `most`, each of `bytes` at most.
[[nodiscard]] std::vector<std::string> split_arguments(std::string_view text, std::size_t most,
                                                       std::size_t bytes);

// Where a process comes from, read when a run may begin with it. Absent where it cannot be read:
// it is gone, or another's and CAP_SYS_PTRACE is missing. Never blocks but for a lock of the
// process itself. The texts live until the next call.
class ProcessOrigin {
 public:
  static constexpr std::size_t kEnvironmentBytes = std::size_t{64} << 10U;  // what is beyond is cut

  ProcessOrigin() = default;
  ProcessOrigin(const ProcessOrigin&) = delete;
  ProcessOrigin& operator=(const ProcessOrigin&) = delete;
  virtual ~ProcessOrigin() = default;

  // The text of environ, whole entries only.
  [[nodiscard]] virtual std::optional<std::string_view> environment(const ProcessKey& process) = 0;
  [[nodiscard]] virtual std::vector<std::string> command(const ProcessKey& process) = 0;
  // Its real user: who started it, though the program may be another's (setuid). Takes no lock.
  [[nodiscard]] virtual std::optional<std::uint32_t> user(const ProcessKey& process) = 0;
  // It waits for a device (state D): environment() and command() might have to wait for it.
  [[nodiscard]] virtual bool is_blocked(const ProcessKey& process) = 0;
  // The path of its cgroup: "/runner.slice/job-1.scope"; raw.
  [[nodiscard]] virtual std::string cgroup(const ProcessKey& process) = 0;
  // Of its working directory, raw.
  [[nodiscard]] virtual std::string folder(const ProcessKey& process) = 0;
};

// Reads below /proc or a copy of it, which is open for the life of this object.
class ProcfsOrigin : public ProcessOrigin {
 public:
  explicit ProcfsOrigin(const std::string& procfs);

  [[nodiscard]] std::optional<std::string_view> environment(const ProcessKey& process) override;
  [[nodiscard]] std::vector<std::string> command(const ProcessKey& process) override;
  [[nodiscard]] std::optional<std::uint32_t> user(const ProcessKey& process) override;
  [[nodiscard]] bool is_blocked(const ProcessKey& process) override;
  [[nodiscard]] std::string cgroup(const ProcessKey& process) override;
  [[nodiscard]] std::string folder(const ProcessKey& process) override;

 private:
  // The directory of this process, and not of another that has its pid by now.
  [[nodiscard]] UniqueFd open(const ProcessKey& process);
  // The front of a file below it.
  [[nodiscard]] std::optional<std::string_view> read(const ProcessKey& process, const char* name);

  UniqueFd procfs_;
  SmallFile stat_;  // and status
  std::vector<char> text_;
};

}  // namespace perfwatch
