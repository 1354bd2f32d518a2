// SPDX-License-Identifier: Apache-2.0
// A process that does as its words say (life.h). Started by other names, through links, it is a
// program of another name to the kernel.
//
//   process_life WORD...
#include "tests/bench/life.h"

int main(int argc, char** argv) {
  (void)argc;
  live(argv + 1);
}
