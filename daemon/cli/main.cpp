// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/command.h"
#include "daemon/version.h"

int main(int argc, char** argv) {
  return perfwatch::run_command_line(argc, argv, perfwatch::kVersion);
}
