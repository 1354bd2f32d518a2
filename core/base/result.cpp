// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

#include <cerrno>
#include <cstring>

namespace perfwatch {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::gone:
      return "gone";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::malformed:
      return "malformed";
    case ErrorKind::io:
      return "io";
  }
  return "io";
}

Error error_from_errno(int errno_value) {
  ErrorKind kind = ErrorKind::io;
  switch (errno_value) {
    case ESRCH:   // the process ended between open and read
    case ENODEV:  // the device was removed
      kind = ErrorKind::gone;
      break;
    case ENOENT:
    case ENOTDIR:
    case EOPNOTSUPP:  // PSI compiled in but switched off
    case ENOSYS:
      kind = ErrorKind::unsupported;
      break;
    case EACCES:
    case EPERM:
      kind = ErrorKind::denied;
      break;
    default:
      break;
  }
  char buffer[128];
  return Error{kind, ::strerror_r(errno_value, buffer, sizeof buffer)};
}

Error within(std::string_view context, Error error) {
  std::string text;
  text.reserve(context.size() + 2 + error.text.size());
  text.append(context).append(": ").append(error.text);
  error.text = std::move(text);
  return error;
}

}  // namespace perfwatch
