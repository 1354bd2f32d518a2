// SPDX-License-Identifier: Apache-2.0
#include "core/store/database_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "core/base/unique_fd.h"

namespace perfwatch {
namespace {

constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;

tl::unexpected<Error> refused(const std::string& what, int errno_value) {
  return tl::unexpected(within(what, error_from_errno(errno_value)));
}

}  // namespace

Result<std::string> place_for(const std::string& folder, const std::string& name) {
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return refused("making " + folder, errno);
  }
  char resolved[PATH_MAX];
  if (::realpath(folder.c_str(), resolved) == nullptr) return refused("opening " + folder, errno);
  return std::string(resolved) + "/" + name;
}

Result<void> make_file(const std::string& path) {
  const std::string what = "opening " + path;
  UniqueFd fd(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kFileMode));
  if (!fd.valid() && errno == ELOOP) {
    return fail(ErrorKind::denied, what + ": it is a symbolic link, which is not followed");
  }
  if (!fd.valid()) return refused(what, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return refused(what, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::denied, what + ": it is no regular file");
  if (status.st_nlink > 1) {
    return fail(ErrorKind::denied, what + ": it has a second name (hard link)");
  }
  return {};
}

Result<std::string> move_aside(const std::string& path) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  const std::string aside = path + ".corrupt-" + stamp;
  // The journal first: left alone it would be applied to the new file.
  for (const char* part : {"-wal", "-shm"}) {
    if (std::rename((path + part).c_str(), (aside + part).c_str()) != 0 && errno != ENOENT) {
      return refused("renaming " + path + part, errno);
    }
  }
  if (std::rename(path.c_str(), aside.c_str()) != 0) return refused("renaming " + path, errno);
  return aside;
}

}  // namespace perfwatch
