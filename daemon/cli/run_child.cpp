// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_child.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace perfwatch {
namespace {

constexpr int kForwarded[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
                              SIGUSR2, SIGCONT, SIGALRM, SIGWINCH};

struct Pipe {
  UniqueFd read, write;
};

// Sockets, as writing to a pipe whose reader was killed would kill us, too.
Result<Pipe> make_pipe() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return tl::unexpected(within("making a pipe", error_from_errno(errno)));
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Never returns. Nothing is allocated here.
[[noreturn]] void become(char* const* arguments, const RunSignals& signals, int gate, int answer) {
  char word = 0;
  ssize_t got = 0;
  do {
    got = ::read(gate, &word, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(kExitOwnTrouble);
  signals.restore();
  ::execvp(arguments[0], arguments);
  const int error = errno;
  (void)!::write(answer, &error, sizeof error);
  ::_exit(error == ENOENT ? kExitNotFound : kExitNotExecutable);
}

}  // namespace

RunSignals::RunSignals() : taken_(kForwarded) {}

RunSignals::~RunSignals() {
  (void)take(0);  // what came too late for the command is not for us
}

bool RunSignals::take(pid_t pid) {
  bool child = false;
  while (const auto info = taken_.next()) {
    if (info->ssi_signo == SIGCHLD) {
      child = true;
    } else if (info->ssi_code != SI_KERNEL && pid > 0) {
      ::kill(pid, static_cast<int>(info->ssi_signo));
    }
  }
  return child;
}

void outlive_writes() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

Result<RunChild> RunChild::spawn(const std::vector<std::string>& command,
                                 const RunSignals& signals) {
  auto gate = make_pipe();
  if (!gate) return tl::unexpected(std::move(gate.error()));
  auto answer = make_pipe();
  if (!answer) return tl::unexpected(std::move(answer.error()));
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return tl::unexpected(within("fork", error_from_errno(errno)));
  if (pid == 0) {
    gate->write.reset();  // else it would keep the gate from closing
    become(arguments.data(), signals, gate->read.get(), answer->write.get());
  }
  return RunChild(pid, std::move(gate->write), std::move(answer->read));
}

int RunChild::start() {
  int error = 0;
  // Killed before it began: its status tells.
  if (::send(gate_.get(), "", 1, MSG_NOSIGNAL) != 1) return 0;
  ssize_t got = 0;
  do {
    got = ::read(answer_.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  gate_.reset();
  answer_.reset();
  return got == sizeof error ? error : 0;
}

}  // namespace perfwatch
