// SPDX-License-Identifier: Apache-2.0
// What a process of the storms does with its life, as words:
//
//   cpu US                    uses so much CPU time (microseconds)
//   sleep US                  sleeps
//   touch KIB                 maps so much memory and writes to each page of it
//   until FILE                sleeps until the file is there
//   name COMM                 calls itself so
//   threads N US              N threads use US of CPU time each, and are joined
//   orphans N US              the same, but the first thread ends at once and leaves them behind
//   spawn FILE PROGRAM WORD...  starts it by vfork(2), waits until FILE is there, then reaps it
//                             and ends
//   exec PROGRAM WORD...      becomes another program
//   threadexec PROGRAM WORD...  the same, out of a second thread
//   exit N, signal N          ends so; without, it ends with 0
#ifndef TESTS_BENCH_LIFE_H
#define TESTS_BENCH_LIFE_H

// Does as the words say, up to NULL, and ends the process; 99 when a word is not understood or
// something failed.
_Noreturn void live(char** words);

#endif
