// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/backtest_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "daemon/cli/cells.h"
#include "daemon/cli/whole_file.h"

namespace perfwatch {
namespace {

constexpr std::size_t kEnough = std::size_t{64} * 1024;
constexpr mode_t kMode = 0644;

bool same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && S_ISREG(first.st_mode) &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

Result<BacktestOutput> BacktestOutput::open(const std::string& path, int input) {
  BacktestOutput output;
  if (path.empty()) {
    output.name_ = "standard output";
    output.file_ = UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  } else {
    output.name_ = safe_text(path);
    output.file_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode));
  }
  if (!output.file_.valid()) {
    return tl::unexpected(within("opening " + output.name_, error_from_errno(errno)));
  }
  if (path.empty()) return output;
  if (same_file(output.file_.get(), input)) {
    return fail(ErrorKind::io, output.name_ + ": is the input, which would be lost");
  }
  output.old_ = true;
  return output;
}

Result<void> BacktestOutput::forget_old() {
  old_ = false;
  if (::ftruncate(file_.get(), 0) == 0 || errno == EINVAL) return {};  // EINVAL: no regular file
  return tl::unexpected(within("emptying " + name_, error_from_errno(errno)));
}

void BacktestOutput::add(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  buffer_.append(text.data(), end);
}

Result<void> BacktestOutput::row_ended() {
  return buffer_.size() < kEnough ? Result<void>() : finish();
}

Result<void> BacktestOutput::finish() {
  if (old_ && !buffer_.empty()) {
    if (auto forgotten = forget_old(); !forgotten) return forgotten;
  }
  const int error = write_all(file_.get(), buffer_);
  if (error != 0) return tl::unexpected(within("writing " + name_, error_from_errno(error)));
  buffer_.clear();
  return {};
}

}  // namespace perfwatch
