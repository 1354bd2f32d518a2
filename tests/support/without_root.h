// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

namespace perfwatch::test {

// As long as it lives, this process has no more rights than any user: root may read and write
// everything, so a test of what is denied would test nothing.
class WithoutRoot {
 public:
  WithoutRoot() : was_root_(::geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    if (was_root_ && ::seteuid(kNobody) != 0) ::_exit(1);  // then nothing could be told from a pass
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;
  ~WithoutRoot() {
    if (was_root_ && ::seteuid(0) != 0) ::_exit(1);
  }

 private:
  bool was_root_;
};

}  // namespace perfwatch::test
