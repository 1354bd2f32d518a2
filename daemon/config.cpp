// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/file_reader.h"
#include "daemon/config_json.h"
#include "daemon/config_keys.h"

namespace perfwatch {
namespace {

// `text`: nothing when there is no file.
Result<Config> read_all(std::optional<std::string_view> text, std::string_view origin,
                        const Environment& environment) {
  Problems problems;
  Draft draft;
  if (text) {
    const Place at(problems, origin);
    const auto document = read_json(*text, at);
    if (document) read_document(*document, at, draft);
  }
  read_environment(environment, problems, draft);
  Config config = finish(std::move(draft));
  if (problems.count() > 0) return fail(ErrorKind::malformed, problems.text());
  // What the parts cannot see: the whole set. Does not fail but by a mistake of ours.
  if (auto made = RuleSet::make(config.rules); !made) return tl::unexpected(made.error());
  if (auto made = GroupRules::make(config.groups.rules); !made) return tl::unexpected(made.error());
  return config;
}

// Who may read the file and who asks, for "permission denied".
std::string ownership(const struct stat& file) {
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(file.st_mode & 07777U));
  return " (owner " + std::to_string(file.st_uid) + ", group " + std::to_string(file.st_gid) +
         ", mode " + mode.data() + "; this is user " + std::to_string(::geteuid()) + ")";
}

// Why a file cannot be read, in words; nothing when it looks readable.
std::optional<Error> why_unreadable(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) {
    Error error = error_from_errno(errno);
    if (errno == ENOENT) {
      error.text = "there is no such file (without --config.file everything has its default)";
    }
    return error;
  }
  if (S_ISDIR(file.st_mode)) return Error{ErrorKind::io, "is a directory, not a file"};
  if (!S_ISREG(file.st_mode)) return Error{ErrorKind::io, "is not a regular file"};
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
    Error error = error_from_errno(errno);
    if (error.kind == ErrorKind::denied) error.text = "permission denied" + ownership(file);
    return error;
  }
  return std::nullopt;
}

}  // namespace

Result<Config> load_config(const std::string& path, const Environment& environment) {
  if (path.empty()) return read_all(std::nullopt, "", environment);
  if (auto error = why_unreadable(path)) return tl::unexpected(within(path, std::move(*error)));
  FileReader reader(kConfigFileLimit);
  const auto text = reader.read(path.c_str());
  if (!text) return tl::unexpected(text.error());
  return read_all(*text, path, environment);
}

Result<Config> parse_config(std::string_view text, std::string_view origin,
                            const Environment& environment) {
  return read_all(text, origin, environment);
}

}  // namespace perfwatch
