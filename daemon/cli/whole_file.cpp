// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "core/base/unique_fd.h"
#include "daemon/cli/cells.h"

namespace perfwatch {
namespace {

constexpr mode_t kMode = 0644;

tl::unexpected<Error> refused(const std::string& path, int errno_value) {
  return tl::unexpected(within("writing " + safe_text(path), error_from_errno(errno_value)));
}

bool is_special(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

Result<void> write_whole_file(const std::string& path, std::string_view text) {
  const bool special = is_special(path);
  const std::string beside = special ? path : path + ".new-" + std::to_string(::getpid());
  const int how = O_WRONLY | O_CLOEXEC | (special ? 0 : O_CREAT | O_EXCL);
  UniqueFd file(::open(beside.c_str(), how, kMode));
  if (!file.valid()) return refused(path, errno);
  int error = write_all(file.get(), text);
  // A rename that reaches the disk before the text would leave an empty file.
  if (error == 0 && !special && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && !special && std::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  if (!special) ::unlink(beside.c_str());
  return refused(path, error);
}

UniqueFd open_input(const std::string& path) {
  return UniqueFd(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                              : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

std::string input_name(const std::string& path) {
  return path == "-" ? "standard input" : safe_text(path);
}

Result<std::string> read_whole_file(const std::string& path, std::size_t limit) {
  const std::string what = "reading " + input_name(path);
  const UniqueFd file = open_input(path);
  if (!file.valid()) return tl::unexpected(within(what, error_from_errno(errno)));
  std::string text;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(within(what, error_from_errno(errno)));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return fail(ErrorKind::malformed, what + ": larger than " + std::to_string(limit) + " bytes");
    }
  }
}

}  // namespace perfwatch
