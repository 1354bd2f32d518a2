// SPDX-License-Identifier: Apache-2.0
// Runs itself N times, JOBS at once, as a program that ends at once, for tests/bench/run_storm and
// tests/e2e/run. Prints the CPU seconds of its children and of itself, as getrusage(2) has them.
//
//   exec_storm N JOBS
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char** environ;

static double cpu_seconds(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int count, char** words) {
  if (count == 2 && strcmp(words[1], "end") == 0) return 0;
  if (count != 3) {
    fputs("usage: exec_storm N JOBS\n", stderr);
    return 2;
  }
  long left = atol(words[1]);
  const long jobs = atol(words[2]);
  char end[] = "end";
  char* child[] = {words[0], end, NULL};
  long alive = 0;
  while (left > 0 || alive > 0) {
    if (left > 0 && alive < jobs) {
      pid_t pid;
      // vfork(2) and exec(2), with glibc.
      if (posix_spawn(&pid, words[0], NULL, NULL, child, environ) != 0) {
        perror("posix_spawn");
        return 1;
      }
      --left;
      ++alive;
      continue;
    }
    int status;
    if (wait(&status) < 0 || status != 0) {
      fputs("a child failed\n", stderr);
      return 1;
    }
    --alive;
  }
  printf("%.6f %.6f\n", cpu_seconds(RUSAGE_CHILDREN), cpu_seconds(RUSAGE_SELF));
  return 0;
}
