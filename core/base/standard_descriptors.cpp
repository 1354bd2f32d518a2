// SPDX-License-Identifier: Apache-2.0
#include "core/base/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace perfwatch {

void hold_standard_descriptors() {
  for (const int place : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(place, F_GETFD) >= 0) continue;
    // The lowest that is free is this one, as those before it are held. Open the wrong way round,
    // as glibc does it for setuid programs (csu/check_fds.c).
    const int how = place == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    (void)!::open("/dev/null", how | O_CLOEXEC);
  }
}

}  // namespace perfwatch
