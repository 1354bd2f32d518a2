// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/measure_apart.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/base/text.h"
#include "daemon/cli/run_child.h"
#include "daemon/cli/whole_file.h"
#include "exporters/json/run_json.h"

namespace perfwatch {
namespace {

constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP};
constexpr std::size_t kLargestAnswer = kRunJsonBytes + 4096;

// What the measuring process writes: 'e' and why nothing was started; or 'r', the exit code, a line
// of why it could not run, and the run as JSON.
std::string answer_of(const Result<RunEnd>& end) {
  if (!end) return "e" + end.error().text;
  if (!end->measured) return "enot enough memory to measure it";
  return "r" + std::to_string(end->exit_code) + "\n" + end->not_run + "\n" + run_to_json(end->run);
}

Result<RunEnd> read_answer(std::string_view text, int status) {
  const auto code_end = text.find('\n');
  const auto reason_end = code_end == text.npos ? text.npos : text.find('\n', code_end + 1);
  if (text.starts_with('e')) return fail(ErrorKind::io, std::string(text.substr(1)));
  if (!text.starts_with('r') || reason_end == text.npos) {
    const std::string how = WIFSIGNALED(status)
                                ? "was killed by signal " + std::to_string(WTERMSIG(status))
                                : "ended with " + std::to_string(WEXITSTATUS(status));
    return fail(ErrorKind::io, "the measuring process " + how);
  }
  auto run = run_from_json(text.substr(reason_end + 1));
  if (!run) return tl::unexpected(within("what was measured", std::move(run.error())));
  RunEnd end;
  end.exit_code = to_number<int>(text.substr(1, code_end - 1)).value_or(kExitOwnTrouble);
  end.not_run = text.substr(code_end + 1, reason_end - code_end - 1);
  end.run = std::move(*run);
  return end;
}

void redirect(BenchOutput output) {
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return;
  (void)::dup2(null, STDIN_FILENO);
  if (output == BenchOutput::standard_error) (void)::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (output == BenchOutput::null) {
    (void)::dup2(null, STDOUT_FILENO);
    (void)::dup2(null, STDERR_FILENO);
  }
  if (null > STDERR_FILENO) ::close(null);
}

[[noreturn]] void measure_and_tell(const RunRequest& request, BenchOutput output, pid_t parent,
                                   int pipe, const Interrupts& interrupts) {
  interrupts.restore();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kExitOwnTrouble);
  redirect(output);
  (void)write_all(pipe, answer_of(run_and_measure(request)));  // or whoever asked is gone
  ::_exit(0);
}

// Keeps what can be read now; false at the end.
bool read_some(int pipe, std::size_t limit, std::string& written) {
  std::array<char, 16384> buffer;
  const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  const auto size = static_cast<std::size_t>(got);
  if (written.size() + size <= limit) written.append(buffer.data(), size);
  return got > 0;
}

}  // namespace

Interrupts::Interrupts() : taken_(kEnding) {}

Interrupts::~Interrupts() {
  take(0);  // what ended the series does not end us before the report is out
}

int Interrupts::signal() {
  take(0);
  return first_;
}

// From the second on they are passed on in any case: the first was not heeded.
void Interrupts::take(pid_t child) {
  while (const auto info = taken_.next()) {
    const int signal = static_cast<int>(info->ssi_signo);
    if (signal == SIGCHLD) continue;
    const bool again = first_ != 0;
    if (!again) first_ = signal;
    if (child > 0 && (again || info->ssi_code != SI_KERNEL)) {
      ::kill(child, again ? SIGTERM : signal);
    }
  }
}

int Interrupts::wait_for(pid_t child, const UniqueFd& pipe, std::size_t limit,
                         std::string& written) {
  bool open = pipe.valid();
  int status = 0;
  for (bool ended = false; !ended || open;) {
    pollfd watched[] = {{taken_.descriptor(), POLLIN, 0}, {open ? pipe.get() : -1, POLLIN, 0}};
    (void)::poll(watched, 2, ended ? 0 : -1);
    if (watched[0].revents != 0) take(ended ? 0 : child);
    if (watched[1].revents != 0) open = read_some(pipe.get(), limit, written);
    // What a child of the child still holds open is not waited for.
    if (ended && watched[1].revents == 0) open = false;
    if (!ended) {
      const pid_t got = ::waitpid(child, &status, WNOHANG);
      ended = got == child || (got < 0 && errno != EINTR);
    }
  }
  return status;
}

Result<RunEnd> measure_apart(const RunRequest& request, BenchOutput output,
                             Interrupts& interrupts) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return tl::unexpected(within("making a pipe", error_from_errno(errno)));
  }
  const UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  const pid_t self = ::getpid();
  std::fflush(nullptr);  // else the child has it, too
  const pid_t child = ::fork();
  if (child < 0) return tl::unexpected(within("fork", error_from_errno(errno)));
  if (child == 0) measure_and_tell(request, output, self, write.get(), interrupts);
  write.reset();
  std::string answer;
  const int status = interrupts.wait_for(child, read, kLargestAnswer, answer);
  return read_answer(answer, status);
}

Result<void> run_plain(const std::vector<std::string>& command, BenchOutput output,
                       Interrupts& interrupts) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return tl::unexpected(within("fork", error_from_errno(errno)));
  if (child == 0) {
    interrupts.restore();
    redirect(output);
    ::execvp(arguments[0], arguments.data());
    ::_exit(errno == ENOENT ? kExitNotFound : kExitNotExecutable);
  }
  std::string nothing;
  const int status = interrupts.wait_for(child, {}, 0, nothing);
  if (WIFSIGNALED(status)) {
    return fail(ErrorKind::io, "killed by signal " + std::to_string(WTERMSIG(status)));
  }
  switch (WEXITSTATUS(status)) {
    case 0:
      return {};
    case kExitNotFound:
      return fail(ErrorKind::gone, "not found (exit code 127)");
    default:
      return fail(ErrorKind::io, "exit code " + std::to_string(WEXITSTATUS(status)));
  }
}

}  // namespace perfwatch
