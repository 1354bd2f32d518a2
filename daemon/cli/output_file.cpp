// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "daemon/cli/whole_file.h"

namespace perfwatch {

Result<OutputFile> OutputFile::open(std::string_view option, const std::string& path) {
  std::string name = std::string(option) + " " + path;
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
  if (!file.valid()) return tl::unexpected(within(name, error_from_errno(errno)));
  return OutputFile(std::move(file), std::move(name));
}

bool OutputFile::is_same(const OutputFile& other) const {
  struct stat one {};
  struct stat two {};
  if (!valid() || !other.valid() || ::fstat(file_.get(), &one) != 0 ||
      ::fstat(other.file_.get(), &two) != 0) {
    return false;
  }
  return S_ISREG(one.st_mode) && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

Result<void> OutputFile::write(std::string_view text) {
  (void)!::ftruncate(file_.get(), 0);  // no pipe can be, nor has to be
  const int error = write_all(file_.get(), text);
  if (error != 0) return tl::unexpected(within(name_, error_from_errno(error)));
  return {};
}

}  // namespace perfwatch
