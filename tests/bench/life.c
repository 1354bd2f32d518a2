// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/life.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kFailed = 99, kMostThreads = 64 };

static _Noreturn void fail(const char* word) {
  fprintf(stderr, "process_life: %s\n", word);
  _exit(kFailed);
}

static unsigned long number(const char* word) {
  char* end = NULL;
  if (word == NULL || *word == '\0') fail("a number is missing");
  const unsigned long value = strtoul(word, &end, 10);
  if (*end != '\0') fail(word);
  return value;
}

static uint64_t thread_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void use_cpu(unsigned long microseconds) {
  const uint64_t end = thread_nanoseconds() + microseconds * 1000;
  while (thread_nanoseconds() < end) {
    for (volatile int i = 0; i < 5000; ++i) continue;
  }
}

static void sleep_for(unsigned long microseconds) {
  struct timespec left = {(time_t)(microseconds / 1000000), (long)(microseconds % 1000000) * 1000};
  while (nanosleep(&left, &left) != 0) continue;
}

static void touch(unsigned long kib) {
  const size_t size = kib * 1024;
  if (size == 0) return;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("touch");
  for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
}

static void* use_cpu_in_thread(void* microseconds) {
  use_cpu((unsigned long)(uintptr_t)microseconds);
  return NULL;
}

static void run_threads(unsigned long count, unsigned long microseconds, int leave) {
  pthread_t threads[kMostThreads];
  if (count > kMostThreads) fail("too many threads");
  for (unsigned long i = 0; i < count; ++i) {
    void* argument = (void*)(uintptr_t)microseconds;
    if (pthread_create(&threads[i], NULL, use_cpu_in_thread, argument) != 0) fail("threads");
  }
  if (leave) pthread_exit(NULL);  // the last thread ends the process, with status 0
  for (unsigned long i = 0; i < count; ++i) pthread_join(threads[i], NULL);
}

static pid_t start(char** program) {
  const pid_t child = vfork();
  if (child == 0) {
    execv(program[0], program);
    _exit(kFailed);
  }
  return child;
}

static void wait_for_file(const char* path) {
  while (access(path, F_OK) != 0) sleep_for(2000);
}

static _Noreturn void spawn(const char* until, char** program) {
  if (program[0] == NULL || start(program) < 0) fail("spawn");
  wait_for_file(until);
  waitpid(-1, NULL, 0);
  _exit(0);
}

static void* exec_in_thread(void* words) {
  char** program = words;
  execv(program[0], program);
  fail(program[0]);
}

static _Noreturn void become(char** program, int from_thread) {
  pthread_t thread;
  if (program[0] == NULL) fail("exec what?");
  if (!from_thread) exec_in_thread(program);
  if (pthread_create(&thread, NULL, exec_in_thread, program) != 0) fail("threadexec");
  for (;;) pause();
}

static _Noreturn void end_by(unsigned long number_of_signal) {
  signal((int)number_of_signal, SIG_DFL);
  raise((int)number_of_signal);
  fail("the signal did not end it");
}

static int is(const char* word, const char* name) { return strcmp(word, name) == 0; }

void live(char** words) {
  while (*words != NULL) {
    const char* word = *words++;
    if (is(word, "exec") || is(word, "threadexec")) become(words, is(word, "threadexec"));
    char* first = *words;
    if (first == NULL) fail(word);
    ++words;
    if (is(word, "cpu")) {
      use_cpu(number(first));
    } else if (is(word, "sleep")) {
      sleep_for(number(first));
    } else if (is(word, "touch")) {
      touch(number(first));
    } else if (is(word, "until")) {
      wait_for_file(first);
    } else if (is(word, "name")) {
      prctl(PR_SET_NAME, first);
    } else if (is(word, "threads") || is(word, "orphans")) {
      run_threads(number(first), number(*words), is(word, "orphans"));
      ++words;
    } else if (is(word, "spawn")) {
      spawn(first, words);
    } else if (is(word, "exit")) {
      _exit((int)number(first));
    } else if (is(word, "signal")) {
      end_by(number(first));
    } else {
      fail(word);
    }
  }
  _exit(0);
}
