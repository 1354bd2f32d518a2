// SPDX-License-Identifier: Apache-2.0
#include "core/base/file_reader.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace perfwatch {
namespace {

constexpr std::size_t kFirstBuffer = 4096;

// Fills `buffer` from `fd`. /proc files return short reads, so only a read of 0 is the end of the
// file.
Result<std::string_view> read_all(int fd, std::size_t limit, std::vector<char>& buffer) {
  if (buffer.size() < kFirstBuffer) buffer.resize(kFirstBuffer);
  std::size_t used = 0;
  for (;;) {
    const ssize_t got =
        ::pread(fd, buffer.data() + used, buffer.size() - used, static_cast<off_t>(used));
    if (got < 0) {
      if (errno == EINTR) continue;
      return tl::unexpected(error_from_errno(errno));
    }
    if (got == 0) return std::string_view(buffer.data(), used);
    used += static_cast<std::size_t>(got);
    if (used > limit) {
      return fail(ErrorKind::malformed, "larger than " + std::to_string(limit) + " bytes");
    }
    if (used == buffer.size()) buffer.resize(buffer.size() * 2);
  }
}

Result<UniqueFd> open_at(int directory, const char* path) {
  // O_NONBLOCK: a FIFO that somebody put in the way must not block us at open.
  const int fd = ::openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return tl::unexpected(error_from_errno(errno));
  return UniqueFd(fd);
}

}  // namespace

RepeatedFile::RepeatedFile(std::string path, std::size_t limit)
    : path_(std::move(path)), limit_(limit) {}

Result<std::string_view> RepeatedFile::read() {
  if (!fd_.valid()) {
    auto opened = open_at(AT_FDCWD, path_.c_str());
    if (!opened) return tl::unexpected(within("reading " + path_, std::move(opened.error())));
    fd_ = std::move(*opened);
  }
  auto text = read_all(fd_.get(), limit_, buffer_);
  if (!text) {
    fd_.reset();
    return tl::unexpected(within("reading " + path_, std::move(text.error())));
  }
  return *text;
}

FileReader::FileReader(std::size_t limit) : limit_(limit) {}

Result<std::string_view> FileReader::read(const char* path) {
  auto text = read_at(AT_FDCWD, path);
  if (!text) {
    return tl::unexpected(within("reading " + std::string(path), std::move(text.error())));
  }
  return *text;
}

Result<std::string_view> FileReader::read_at(int directory, const char* name) {
  auto opened = open_at(directory, name);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  return read_all(opened->get(), limit_, buffer_);
}

}  // namespace perfwatch
