// SPDX-License-Identifier: Apache-2.0
#include "core/base/standard_descriptors.h"
#include "daemon/cli/command.h"
#include "daemon/version.h"

int main(int argc, char** argv) {
  perfwatch::hold_standard_descriptors();
  return perfwatch::run_command_line(argc, argv, perfwatch::kVersion);
}
