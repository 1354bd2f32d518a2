// SPDX-License-Identifier: Apache-2.0
// Makes N processes of 1 to 50 ms, waits for each and writes down what wait4(2) says of it, for
// tests/bench/truth: the truth that an accounting has to meet.
//
//   process_storm N PARALLEL FOLDER RECORDS
//
// FOLDER has process_life under the names storm-cpu, storm-sleep, storm-memory, storm-threads,
// storm-orphans, storm-vfork, storm-first and storm-second. RECORDS becomes a file of struct
// Record, in the order of the deaths. The same N makes the same storm.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/life.h"

enum { kMostWords = 16, kMostParallel = 256 };

// Host byte order, no padding: "=ii16sQQQ" for Python's struct.
struct Record {
  int32_t pid;
  int32_t status;  // as wait(2) has it
  char comm[16];   // of its last program
  uint64_t user_microseconds;
  uint64_t system_microseconds;
  uint64_t max_resident_kib;
};

// The words of one life, and the room for its numbers and paths.
struct Plan {
  const char* comm;
  char* words[kMostWords];
  int count;
  char numbers[kMostWords][12];
};

struct Running {
  pid_t pid;
  const char* comm;
};

static uint64_t random_state = 88172645463325252ULL;

static unsigned between(unsigned low, unsigned high) {  // xorshift64
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return low + (unsigned)((random_state >> 16) % (high - low + 1));
}

static void say(struct Plan* plan, const char* word) { plan->words[plan->count++] = (char*)word; }

static void say_number(struct Plan* plan, unsigned value) {
  snprintf(plan->numbers[plan->count], sizeof plan->numbers[0], "%u", value);
  say(plan, plan->numbers[plan->count]);
}

static void say_do(struct Plan* plan, const char* what, unsigned amount) {
  say(plan, what);
  say_number(plan, amount);
}

static const char* in_folder(const char* folder, const char* name) {
  static char path[2][4096];
  static int turn = 0;
  turn = !turn;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

enum Kind { cpu, sleeper, memory, threads, orphans, two_programs, vforked, forked, kKinds };

static const struct {
  const char* comm;  // of the last program
  unsigned percent;
} kKind[kKinds] = {
    [cpu] = {"storm-cpu", 30},
    [sleeper] = {"storm-sleep", 25},
    [memory] = {"storm-memory", 10},
    [threads] = {"storm-threads", 10},
    [orphans] = {"storm-orphans", 5},  // threads that outlive the first one
    [two_programs] = {"storm-second", 10},
    [vforked] = {"storm-vfork", 5},
    [forked] = {"storm-forked", 5},  // never calls exec
};

static enum Kind choose(void) {
  unsigned dice = between(0, 99);
  int kind = 0;
  while (dice >= kKind[kind].percent) dice -= kKind[kind++].percent;
  return (enum Kind)kind;
}

static void say_work(struct Plan* plan, enum Kind kind) {
  say_do(plan, "touch", kind == memory ? between(64, 16384) : between(0, 512));
  switch (kind) {
    case sleeper:
      say_do(plan, "sleep", between(1000, 50000));
      break;
    case threads:
    case orphans:
      say_do(plan, kind == threads ? "threads" : "orphans", between(1, 4));
      say_number(plan, between(300, 1500));
      break;
    default:
      say_do(plan, "cpu", between(1000, 5000));
  }
}

// 1 of 16 ends with a status or by a signal.
static enum Kind make_plan(struct Plan* plan, const char* folder) {
  const enum Kind kind = choose();
  plan->count = 0;
  plan->comm = kKind[kind].comm;
  if (kind == forked) {
    say(plan, "name");
    say(plan, plan->comm);
  } else {
    say(plan, in_folder(folder, kind == two_programs ? "storm-first" : plan->comm));
  }
  say_work(plan, kind);
  if (kind == two_programs) {
    say(plan, "exec");
    say(plan, in_folder(folder, plan->comm));
    say_do(plan, "cpu", between(500, 3000));
  }
  const unsigned end = between(0, 31);
  if (end == 0) say_do(plan, "exit", between(1, 9));
  if (end == 1) say_do(plan, "signal", SIGTERM);
  plan->words[plan->count] = NULL;
  return kind;
}

static pid_t start_by_vfork(char** words) {
  const pid_t child = vfork();
  if (child == 0) {
    execv(words[0], words);
    _exit(98);
  }
  return child;
}

static pid_t start_by_fork(char** words, int with_exec) {
  const pid_t child = fork();
  if (child == 0) {
    if (!with_exec) live(words);
    execv(words[0], words);
    _exit(98);
  }
  return child;
}

static pid_t begin(struct Plan* plan, const char* folder) {
  const enum Kind kind = make_plan(plan, folder);
  return kind == vforked ? start_by_vfork(plan->words) : start_by_fork(plan->words, kind != forked);
}

static uint64_t microseconds(struct timeval time) {
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

// Waits for one of them; 0 when all is well.
static int reap(struct Running* running, int count, FILE* out) {
  struct Record record = {0};
  struct rusage usage;
  record.pid = wait4(-1, &record.status, 0, &usage);
  if (record.pid < 0) return -1;
  int at = 0;
  while (at < count && running[at].pid != record.pid) ++at;
  if (at == count) return 0;
  memcpy(record.comm, running[at].comm, strlen(running[at].comm));
  record.user_microseconds = microseconds(usage.ru_utime);
  record.system_microseconds = microseconds(usage.ru_stime);
  record.max_resident_kib = (uint64_t)usage.ru_maxrss;
  running[at] = running[count - 1];
  if (WIFEXITED(record.status) && WEXITSTATUS(record.status) >= 98) return -1;
  return fwrite(&record, sizeof record, 1, out) == 1 ? 1 : -1;
}

static int storm(long wanted, int parallel, const char* folder, FILE* out) {
  struct Running running[kMostParallel];
  struct Plan plan;
  int alive = 0;
  for (long made = 0; made < wanted || alive > 0;) {
    if (made < wanted && alive < parallel) {
      running[alive].pid = begin(&plan, folder);
      running[alive].comm = plan.comm;
      if (running[alive].pid < 0) return -1;
      ++alive;
      ++made;
      continue;
    }
    const int ended = reap(running, alive, out);
    if (ended < 0) return -1;
    alive -= ended;
  }
  return 0;
}

int main(int argc, char** argv) {
  const long wanted = argc == 5 ? atol(argv[1]) : 0;
  const int parallel = argc == 5 ? atoi(argv[2]) : 0;
  if (wanted <= 0 || parallel <= 0 || parallel > kMostParallel) {
    fputs("usage: process_storm N PARALLEL FOLDER RECORDS\n", stderr);
    return 2;
  }
  FILE* out = fopen(argv[4], "wbe");
  if (out == NULL || storm(wanted, parallel, argv[3], out) != 0 || fclose(out) != 0) {
    perror("process_storm");
    return 1;
  }
  return 0;
}
