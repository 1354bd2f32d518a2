// SPDX-License-Identifier: Apache-2.0
#include "daemon/journal_writer.h"

#include <future>
#include <utility>

#include "daemon/log.h"

namespace perfwatch {

// Owned by the worker and by us: it may come back long after it was given up.
struct JournalWriter::Job {
  std::shared_ptr<Database> database;
  Work work;
  Done done;
  Result<void> result;
  std::promise<void> over;
  Workers::Ticket ticket = 0;
  Clock::time_point started;
};

JournalWriter::JournalWriter(Workers& workers, const Storage& storage, std::string what)
    : workers_(workers),
      storage_(storage),
      what_(std::move(what)),
      trouble_(storage.problem),
      self_(std::make_shared<JournalWriter*>(this)) {}

JournalWriter::~JournalWriter() { *self_ = nullptr; }

bool JournalWriter::ready(Clock::time_point now) const {
  return storage_.database && !storage_.turn->taken && now >= next_try_;
}

const std::string& JournalWriter::trouble() const {
  return trouble_.empty() ? storage_.turn->hangs : trouble_;
}

void JournalWriter::write(Work work, Done done, Clock::time_point now) {
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  job->done = std::move(done);
  job->started = now;
  start(job);
}

void JournalWriter::start(const std::shared_ptr<Job>& job) {
  job->database = storage_.database;
  storage_.turn->taken = true;
  storage_.turn->over = job->over.get_future().share();
  job_ = job;
  job->ticket = workers_.start(
      [job] {
        job->result = job->work(*job->database);
        job->over.set_value();
      },
      [self = self_, turn = storage_.turn, job] {
        turn->taken = false;
        if (!std::exchange(turn->hangs, {}).empty()) log_info("the disk answers again");
        if (*self != nullptr) (*self)->settle(*job, Clock::now());
      });
}

void JournalWriter::settle(Job& job, Clock::time_point now) {
  job_.reset();
  if (job.result) {
    set_trouble({});
  } else {
    next_try_ = now + kTryAgain;
    set_trouble("writing " + storage_.database->path() + ": " + job.result.error().text);
  }
  if (job.done) job.done(job.result.has_value());
}

void JournalWriter::watch_deadline(Clock::time_point now) {
  if (!job_ || !storage_.turn->hangs.empty() || now - job_->started < kDeadline) return;
  switch (workers_.give_up(job_->ticket)) {
    case Workers::GivenUp::finished:
      return;
    case Workers::GivenUp::withdrawn: {
      const auto job = std::exchange(job_, nullptr);
      storage_.turn->taken = false;
      job->done(false);
      return;
    }
    case Workers::GivenUp::hangs:
      storage_.turn->hangs = "writing " + storage_.database->path() + " hangs";
      log_error("nothing is kept over a restart any more, for the disk does not answer",
                {{"error", storage_.turn->hangs}});
      return;
  }
}

bool JournalWriter::await_turn(Clock::time_point until) {
  if (!storage_.database) return false;
  if (!storage_.turn->taken) return true;
  if (storage_.turn->over.wait_until(until) != std::future_status::ready) return false;
  storage_.turn->taken = false;
  if (const auto job = job_) settle(*job, Clock::now());
  return true;
}

bool JournalWriter::write_by(Work work, Clock::time_point until) {
  if (!storage_.database || storage_.turn->taken) return false;
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  start(job);
  return storage_.turn->over.wait_until(until) == std::future_status::ready &&
         job->result.has_value();
}

void JournalWriter::set_trouble(std::string text) {
  if (text == trouble_) return;
  if (text.empty()) {
    log_info(what_ + " are kept again");
  } else {
    log_error(what_ + " are kept in memory only", {{"error", text}});
  }
  trouble_ = std::move(text);
}

}  // namespace perfwatch
