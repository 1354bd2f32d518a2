// SPDX-License-Identifier: Apache-2.0
// Processes that end at once, so many a second, for tests/bench/storm. Prints
// "forks N seconds S rate R": how many it made, not how many it should have made.
//
//   fork_storm fork|vfork RATE SECONDS [WORKERS]
//
// vfork: clone(CLONE_VM | CLONE_VFORK), which copies no page table and reaches rates that fork(2)
// does not. Nobody waits for the children: SIGCHLD is ignored.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMostWorkers = 64, kStackBytes = 65536 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int end_at_once(void* unused) {
  (void)unused;
  _exit(0);
}

static pid_t make_one(int share_memory, char* stack) {
  if (share_memory) {
    return clone(end_at_once, stack + kStackBytes, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
  }
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child;
}

// Makes up for what it is behind the plan, at most a tenth of a second's worth, then rests for a
// millisecond.
static long work(int share_memory, double rate, double seconds) {
  static char stack[kStackBytes] __attribute__((aligned(16)));
  const double begin = now();
  double planned_since = begin;  // moved when it cannot follow
  long made = 0;
  long made_since = 0;
  for (double time = begin; time < begin + seconds; time = now()) {
    const long due = (long)((time - planned_since) * rate);
    if ((double)(due - made_since) > rate / 10) {
      planned_since = time;
      made_since = 0;
      continue;
    }
    if (made_since >= due) {
      const struct timespec rest = {0, 1000000};
      nanosleep(&rest, NULL);
      continue;
    }
    if (make_one(share_memory, stack) < 0) continue;  // too many at this moment
    ++made;
    ++made_since;
  }
  return made;
}

int main(int argc, char** argv) {
  const int share_memory = argc > 1 && strcmp(argv[1], "vfork") == 0;
  const double rate = argc > 2 ? atof(argv[2]) : 0;
  const double seconds = argc > 3 ? atof(argv[3]) : 0;
  const int workers = argc > 4 ? atoi(argv[4]) : 1;
  if (argc < 4 || rate <= 0 || seconds <= 0 || workers < 1 || workers > kMostWorkers) {
    fputs("usage: fork_storm fork|vfork RATE SECONDS [WORKERS]\n", stderr);
    return 2;
  }
  const size_t size = sizeof(long) * (size_t)workers;
  long* made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED) return 1;
  const double begin = now();
  for (int i = 0; i < workers; ++i) {
    const pid_t worker = fork();
    if (worker < 0) return 1;
    if (worker == 0) {
      signal(SIGCHLD, SIG_IGN);
      made[i] = work(share_memory, rate / workers, seconds);
      _exit(0);
    }
  }
  long all = 0;
  while (wait(NULL) > 0) continue;
  const double took = now() - begin;
  for (int i = 0; i < workers; ++i) all += made[i];
  printf("forks %ld seconds %.2f rate %.0f\n", all, took, (double)all / took);
  return 0;
}
