// SPDX-License-Identifier: Apache-2.0
// So many sleeping processes for tests/bench/sweep, in a process group of their own. Prints
// "ready", sleeps until its stdin closes or it gets SIGTERM, and takes its children with it.
//
//   sweep_population N
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void sleep_for_ever(int number, pid_t parent) {
  char name[16];
  snprintf(name, sizeof name, "sleeper%d", number % 50);  // 50 groups
  prctl(PR_SET_NAME, name);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  for (;;) pause();
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 0;
  pid_t* children = calloc(count > 0 ? (size_t)count : 1, sizeof *children);
  if (count <= 0 || children == NULL) {
    fputs("usage: sweep_population N\n", stderr);
    return 2;
  }
  setpgid(0, 0);
  const pid_t self = getpid();
  int made = 0;
  for (; made < count; ++made) {
    children[made] = fork();
    if (children[made] == 0) sleep_for_ever(made, self);
    if (children[made] < 0) break;
  }
  puts(made == count ? "ready" : "failed");
  fflush(stdout);
  char byte;
  while (made == count && read(0, &byte, 1) > 0) continue;
  for (int i = 0; i < made; ++i) kill(children[i], SIGKILL);
  for (int i = 0; i < made; ++i) waitpid(children[i], NULL, 0);
  free(children);
  return made == count ? 0 : 1;
}
