// SPDX-License-Identifier: Apache-2.0
#include "daemon/oom_journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/analyse/wording.h"
#include "core/store/oom_kills.h"
#include "daemon/log.h"

namespace perfwatch {
namespace {

bool holds(const std::vector<OomKill>& kills, const OomKill& kill) {
  return std::any_of(kills.begin(), kills.end(),
                     [&](const OomKill& other) { return same_kill(kill, other); });
}

void log_kill(const OomKill& kill) {
  log_warning("the kernel killed a process because memory ran out",
              {{"pid", std::to_string(kill.pid)},
               {"comm", kill.comm},
               {"group", kill.group},
               {"scope", std::string(to_string(kill.scope))},
               {"limit_cgroup", kill.limit_cgroup},
               {"cgroup", kill.victim_cgroup},
               {"resident", short_bytes(static_cast<double>(kill.resident_bytes()))}});
}

}  // namespace

// Owned by the worker and by us: it may come back long after it was given up.
struct OomJournal::Job {
  std::shared_ptr<Database> database;
  std::vector<OomKill> batch;
  Result<void> result;
  Workers::Ticket ticket = 0;
  Clock::time_point started;
};

OomJournal::OomJournal(Workers& workers, Storage storage)
    : workers_(workers),
      database_(std::move(storage.database)),
      history_(std::make_shared<OomHistory>(OomHistory{{}, std::move(storage.problem)})),
      self_(std::make_shared<OomJournal*>(this)) {}

OomJournal::~OomJournal() { *self_ = nullptr; }

Result<void> OomJournal::load() {
  if (!database_) return {};
  auto kills = last_oom_kills(*database_, kShown);
  if (!kills) return tl::unexpected(within(database_->path(), std::move(kills.error())));
  history_ = std::make_shared<OomHistory>(OomHistory{std::move(*kills), {}});
  return {};
}

void OomJournal::take(Frame& frame) {
  const auto found = frame.processes ? frame.processes->new_oom_kills : nullptr;
  if (found && found != seen_) {
    const auto before = std::exchange(seen_, found);
    for (const OomKill& kill : *found) {
      if (!before || !holds(*before, kill)) add(kill);
    }
  }
  frame.oom = history_;
  watch_deadline(frame.at.monotonic);
  write(frame.at.monotonic);
}

// What the database has knows more: its group was found when the process still lived.
void OomJournal::add(const OomKill& kill) {
  if (holds(history_->kills, kill)) return;
  if (!kill.before_start) log_kill(kill);
  auto fresh = std::make_shared<OomHistory>(*history_);
  const auto at = std::upper_bound(fresh->kills.begin(), fresh->kills.end(), kill,
                                   [](const OomKill& a, const OomKill& b) { return a.at >= b.at; });
  fresh->kills.insert(at, kill);
  if (fresh->kills.size() > kShown) fresh->kills.pop_back();
  history_ = std::move(fresh);
  if (database_) queue(kill);
}

void OomJournal::queue(OomKill kill) {
  pending_.push_back(std::move(kill));
  drop_oldest();
}

// Those that came since are younger.
void OomJournal::put_back(std::vector<OomKill> batch) {
  std::move(pending_.begin(), pending_.end(), std::back_inserter(batch));
  pending_ = std::move(batch);
  drop_oldest();
}

void OomJournal::drop_oldest() {
  if (pending_.size() <= kPendingLimit) return;
  const auto dropped = static_cast<std::ptrdiff_t>(pending_.size() - kPendingLimit);
  pending_.erase(pending_.begin(), pending_.begin() + dropped);
  log_error("kills for lack of memory were not written, too many wait",
            {{"dropped", std::to_string(dropped)}});
}

void OomJournal::write(Clock::time_point now) {
  if (pending_.empty() || job_ || now < next_try_) return;
  auto job = std::make_shared<Job>();
  job->database = database_;
  job->batch = std::exchange(pending_, {});
  job->started = now;
  job_ = job;
  job->ticket =
      workers_.start([job] { job->result = insert_oom_kills(*job->database, job->batch); },
                     [self = self_, job] {
                       if (*self != nullptr) (*self)->written(*job, Clock::now());
                     });
}

void OomJournal::written(Job& job, Clock::time_point now) {
  job_.reset();
  hangs_ = false;
  if (job.result) return set_trouble({});
  next_try_ = now + kTryAgain;
  put_back(std::move(job.batch));
  set_trouble("writing " + database_->path() + ": " + job.result.error().text);
}

// A dead disk must not keep a worker from the collectors.
void OomJournal::watch_deadline(Clock::time_point now) {
  if (!job_ || hangs_ || now - job_->started < kDeadline) return;
  switch (workers_.give_up(job_->ticket)) {
    case Workers::GivenUp::finished:
      return;
    case Workers::GivenUp::withdrawn: {
      const auto job = std::exchange(job_, nullptr);
      put_back(std::move(job->batch));
      return;
    }
    case Workers::GivenUp::hangs:
      hangs_ = true;
      return set_trouble("writing " + database_->path() + " hangs");
  }
}

void OomJournal::set_trouble(std::string text) {
  if (text == history_->not_durable) return;
  if (text.empty()) {
    log_info("kills for lack of memory are kept again");
  } else {
    log_error("kills for lack of memory are kept in memory only", {{"error", text}});
  }
  auto fresh = std::make_shared<OomHistory>(*history_);
  fresh->not_durable = std::move(text);
  history_ = std::move(fresh);
}

}  // namespace perfwatch
