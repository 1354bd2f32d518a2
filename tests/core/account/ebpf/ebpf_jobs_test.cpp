// SPDX-License-Identifier: Apache-2.0
// ProcessReader::expect_jobs() on the kernel of this host, as root.
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/core/account/ebpf/live_tier.h"

namespace perfwatch {
namespace {

using test::spawn;

using JobsAtExec = test::LiveTier;

// Of this test only: others run beside it.
std::string job_variable() { return "PW_J" + std::to_string(::getpid()); }

// The first of its line that has a job's variable wakes whoever waits, though the ring is empty.
TEST_F(JobsAtExec, AreToldOfOnce) {
  const std::vector<std::string> signs = {"PW_OTHER_TEST", job_variable()};
  reader->expect_jobs(signs);
  drain();
  const auto told = [&](std::string variable) {
    const pid_t pid = spawn([&] {
      char sh[] = "sh";
      char option[] = "-c";
      char script[] = "/bin/true; (/bin/true); sleep 0.3";
      char* const arguments[] = {sh, option, script, nullptr};
      char more[] = "PW_JOB=1";
      char* const environment[] = {more, variable.data(), nullptr};
      ::execve("/bin/sh", arguments, environment);
      return 127;
    });
    pollfd wait{reader->event_descriptor(), POLLIN, 0};
    bool alive = false;
    for (int i = 0; i < 20 && ::poll(&wait, 1, 100) == 1; ++i) {
      drain();
      alive = alive || (!events.jobs.empty() && ::waitpid(pid, nullptr, WNOHANG) == 0);
    }
    ::waitpid(pid, nullptr, 0);
    drain();
    const auto theirs = [&](const auto& job) { return job.key.pid == pid && !job.forked; };
    EXPECT_EQ(std::count_if(events.jobs.begin(), events.jobs.end(), theirs),
              static_cast<std::ptrdiff_t>(events.jobs.size()))
        << "of its children nothing is told";
    return std::pair(events.jobs.size(), alive);
  };
  EXPECT_EQ(told(job_variable() + "_=1").first, 0U);
  const std::string job = job_variable() + "=1";
  EXPECT_EQ(told(job), (std::pair{std::size_t{1}, true}));
  events.jobs.clear();
  reader->expect_jobs({});
  EXPECT_EQ(told(job).first, 0U);
}

// None is forgotten.
TEST_F(JobsAtExec, AreToldOfThoughManyBeginAtOnce) {
  const std::vector<std::string> signs = {job_variable()};
  reader->expect_jobs(signs);
  constexpr std::size_t kJobs = 200;
  const pid_t pid = spawn([&] {
    ::setenv(signs.front().c_str(), std::string(8000, 'x').c_str(), 1);
    for (std::size_t i = 0; i < kJobs; ++i) {
      const pid_t job = ::fork();
      if (job == 0) {
        ::execl("/bin/true", "true", nullptr);
        ::_exit(127);
      }
      ::waitpid(job, nullptr, 0);
    }
    return 0;
  });
  int wakes = 0;
  pollfd wait{reader->event_descriptor(), POLLIN, 0};
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (::poll(&wait, 1, 10) != 1) continue;
    ++wakes;
    drain();
  }
  drain();
  EXPECT_EQ(events.jobs.size(), kJobs);
  EXPECT_GE(wakes, 1);
}

}  // namespace
}  // namespace perfwatch
