// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_journal.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "core/analyse/evidence.h"
#include "core/model/run_limits.h"
#include "core/store/baselines.h"
#include "daemon/log.h"
#include "daemon/run_measurer.h"

namespace perfwatch {
namespace {

// About what a run takes in memory.
std::size_t bytes_of(const Run& run) {
  std::size_t bytes = sizeof(Run) + run.timeline.size() * sizeof(RunPoint);
  for (const auto& word : run.command) bytes += sizeof word + word.size();
  for (const auto& label : run.labels) {
    bytes += sizeof label + label.first.size() + label.second.size();
  }
  for (const auto* list : {&run.by_cpu, &run.by_memory}) {
    for (const RunCommand& command : *list) {
      bytes += sizeof command + command.comm.size() + command.largest_arguments.size();
    }
  }
  return bytes;
}

void log_regression(const Run& run, const RunRegression& regression, bool confirmed) {
  const auto log = confirmed ? log_warning : log_info;
  log(confirmed ? "a run got worse" : "a run may have got worse, more runs will tell",
      {{"component", run.component},
       {"operation", run.operation},
       {"run", run.id},
       {"metric", std::string(run_metrics().at(static_cast<std::size_t>(regression.metric)).name)},
       {"evidence", regression_text(regression)}});
}

// What is told by CPU time already.
bool is_part_of_cpu(RunMetric metric) {
  return metric == RunMetric::user_seconds || metric == RunMetric::system_seconds;
}

bool contains(const std::vector<std::string>& sorted, const std::string& id) {
  return std::binary_search(sorted.begin(), sorted.end(), id);
}

}  // namespace

RunJournal::RunJournal(Workers& workers, const Storage& storage, RunRetention retention)
    : writer_(workers, storage, "runs"), retention_(retention) {
  if (const Database* const database = writer_.database()) {
    shown_.set_folder(std::filesystem::path(database->path()).parent_path());
  }
  shown_.set_trouble(writer_.trouble());
}

void RunJournal::set_retention(RunRetention retention) {
  retention_ = retention;
  next_tidy_ = {};
}

void RunJournal::ask(BaselineServer& server) {
  server_ = &server;
  server.when_told([this](SharedAnswer answer, const std::string& run) {
    told_.push_back({std::move(answer)});
    again_.push_back({run, true});
    write(Instant::now());
  });
}

Samples RunJournal::describe() {
  std::optional<SharedCounts> asked;
  if (server_ != nullptr && server_->is_there()) asked = server_->counts();
  return series_.describe(open_.size(), refused_, asked);
}

Result<void> RunJournal::load() {
  Database* const database = writer_.database();
  if (database == nullptr) return {};
  const auto place = [&](Error error) {
    return tl::unexpected(within(database->path(), std::move(error)));
  };
  auto closed = close_interrupted_runs(*database, is_alive);
  if (!closed) return place(std::move(closed.error()));
  RunFilter latest;
  latest.limit = ShownRuns::kMost;
  auto runs = list_runs(*database, latest);
  if (!runs) return place(std::move(runs.error()));
  std::vector<std::shared_ptr<const KnownRun>> shown;
  std::vector<BaselineKey> keys;
  for (Run& run : *runs) {
    if (run.outcome == RunOutcome::running) continue;
    series_.remember(run);
    const BaselineKey key = key_of(run);
    if (run.outcome == RunOutcome::succeeded &&
        std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(key);
      again_.push_back({run.id});
    }
    shown.push_back(known_run(std::move(run)));
  }
  shown_.start(std::move(shown));
  const auto baselines = list_baselines(*database);
  if (!baselines) return place(baselines.error());
  series_.set_baselines(baselines->size());
  return {};
}

void RunJournal::take(Frame& frame) {
  const Accounting* const accounting = frame.accounting();
  const auto ended = accounting != nullptr ? accounting->ended_runs : nullptr;
  if (ended && std::exchange(seen_, ended) != ended) take_ended(*ended);
  if (accounting != nullptr) {
    take_open(accounting->open_runs ? *accounting->open_runs : std::vector<Run>());
    refused_ = accounting->runs_refused;
  }
  writer_.watch_deadline(frame.at.monotonic);
  shown_.set_trouble(writer_.trouble());
  if (server_ != nullptr) shown_.set_source_trouble(server_->trouble());
  frame.runs = shown_.board();
  write(frame.at);
}

// Several rounds in a row tell of each: what an earlier one told is in the one before this.
void RunJournal::take_ended(const std::vector<Run>& ended) {
  std::vector<std::string> ids;
  for (const Run& run : ended) {
    ids.push_back(run.id);
    if (!contains(taken_, run.id)) add(bounded(run), true, {});
  }
  std::sort(ids.begin(), ids.end());
  taken_ = std::move(ids);
}

// Those that began leave a trace, should the daemon be killed before their end.
void RunJournal::take_open(const std::vector<Run>& open) {
  std::vector<std::string> ids;
  for (const Run& run : open) {
    ids.push_back(run.id);
    const bool fresh = !contains(open_, run.id) && writer_.database() != nullptr;
    if (fresh && begun_.size() < kPendingLimit) begun_.push_back(bounded(run));
  }
  std::sort(ids.begin(), ids.end());
  open_ = std::move(ids);
}

void RunJournal::add(Run run, bool replaces, Told told) {
  std::erase_if(begun_, [&](const Run& one) { return one.id == run.id; });
  Pending pending;
  pending.bytes = bytes_of(run);
  pending.ended.run = std::move(run);
  pending.ended.replaces = replaces;
  pending.told = std::move(told);
  queue(std::move(pending));
}

void RunJournal::queue(Pending pending) {
  if (writer_.database() == nullptr) {
    show(pending);
    if (pending.told) pending.told(RunKept::waits);
    return;
  }
  pending_bytes_ += pending.bytes;
  pending_.push_back(std::move(pending));
  drop_oldest();
}

void RunJournal::drop_oldest() {
  std::size_t dropped = 0;
  while (pending_.size() > kPendingLimit ||
         (pending_bytes_ > kPendingBytes && pending_.size() > 1)) {
    Pending oldest = std::move(pending_.front());
    pending_.pop_front();
    pending_bytes_ -= oldest.bytes;
    show(oldest);
    if (oldest.told) oldest.told(RunKept::refused);
    ++dropped;
  }
  if (dropped == 0) return;
  series_.dropped(dropped);
  log_error("runs were not kept, too many wait", {{"dropped", std::to_string(dropped)}});
}

void RunJournal::write(Instant now) {
  if (finishing_ || !writer_.ready(now.monotonic)) return;
  auto work = std::make_shared<RunWork>();
  work->now = now.wall;
  work->begun = std::exchange(begun_, {});
  if (now.monotonic >= next_tidy_) {
    work->prune = retention_;
    next_tidy_ = now.monotonic + kTidy;
  }
  if (now.monotonic >= next_look_) {
    for (auto& id : series_.runs_that_are_worse()) again_.push_back({std::move(id)});
    next_look_ = now.monotonic + kLookAgain;
  }
  while (!again_.empty() && work->again.size() < kBatch) {
    work->again.push_back(std::move(again_.back()));
    again_.pop_back();
  }
  work->count_baselines = std::exchange(count_baselines_, false);
  work->told = std::exchange(told_, {});
  work->look_for_shared = server_ != nullptr && server_->is_there();
  const auto batch = take_pending(*work, kBatch);
  if (work->empty()) return;
  writer_.write([work](Database& database) { return work->run(database); },
                [this, work, batch](bool written) { settle(*work, std::move(*batch), written); },
                now.monotonic);
}

// Their runs go into the work and come back with it.
std::shared_ptr<std::vector<RunJournal::Pending>> RunJournal::take_pending(RunWork& work,
                                                                           std::size_t most) {
  auto batch = std::make_shared<std::vector<Pending>>();
  while (!pending_.empty() && batch->size() < most) {
    pending_bytes_ -= pending_.front().bytes;
    work.ended.push_back(std::move(pending_.front().ended));
    batch->push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  return batch;
}

void RunJournal::finish(std::chrono::milliseconds patience) {
  finishing_ = true;
  if (pending_.empty() || writer_.database() == nullptr) return;
  const auto until = Clock::now() + patience;
  const std::size_t many = pending_.size();
  auto work = std::make_shared<RunWork>();
  work->in_a_hurry = true;
  bool good = writer_.await_turn(until);
  if (good) {
    const auto batch = take_pending(*work, kPendingLimit);
    good = writer_.write_by([work](Database& database) { return work->run(database); }, until);
  }
  if (!good) log_warning("the last runs were not written", {{"runs", std::to_string(many)}});
}

void RunJournal::settle(RunWork& work, std::vector<Pending> batch, bool written) {
  if (!work.trouble.empty())
    log_error("a run is not kept or not judged", {{"error", work.trouble}});
  std::vector<Pending> back;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    settle_one(batch[i], std::move(work.ended[i]));
    if (batch[i].ended.kept == RunKept::waits) back.push_back(std::move(batch[i]));
  }
  for (auto one = back.rbegin(); one != back.rend(); ++one) {
    pending_bytes_ += one->bytes;
    pending_.push_front(std::move(*one));
  }
  drop_oldest();
  for (const JudgedAgain& again : work.again) {
    if (again.gone) series_.forget(again.id);
    if (again.run && again.judged) take_verdict(*again.run, *again.judged, again.news);
    if (!again.gone && !again.run && !written) again_.push_back({again.id, again.news});
  }
  for (ToldBaseline& one : work.told) {
    if (one.done) count_baselines_ = true;
    server_->took(one.done);
  }
  if (work.baselines) series_.set_baselines(*work.baselines);
  shown_.set_worse(series_.worse());
  if (written) write(Instant::now());
}

// What could not be written is shown all the same, and is written later.
void RunJournal::settle_one(Pending& pending, EndedRun&& done) {
  pending.ended = std::move(done);
  const EndedRun& ended = pending.ended;
  if (ended.kept == RunKept::refused) series_.dropped(1);
  if (ended.kept != RunKept::known) show(pending);
  if (ended.kept == RunKept::stored) {
    count_baselines_ = count_baselines_ || ended.run.outcome == RunOutcome::succeeded;
    if (ended.judged) take_verdict(ended.run, *ended.judged, true);
    if (ended.wants_shared && server_ != nullptr) server_->want(key_of(ended.run), ended.run.id);
  }
  if (auto told = std::exchange(pending.told, nullptr)) told(ended.kept);
}

void RunJournal::show(Pending& pending) {
  if (std::exchange(pending.shown, true)) return;
  if (!shows(pending.ended.run.id)) series_.count(pending.ended.run);  // else told once more
  shown_.put(known_run(pending.ended.run));
}

// `first`: of this run. Later only what alerts is worth a line in the log.
void RunJournal::take_verdict(const Run& run, const JudgedRun& judged, bool first) {
  if (!judged.not_judged.empty()) return;
  const RunJudgement& judgement = judged.review.judgement;
  auto known = known_run(run);
  known->verdict = to_string(judgement.verdict);
  known->regressions = judged.regressions;
  const auto before = series_.worse();
  for (const RunRegression& regression : judged.regressions) {
    const MetricVerdict* verdict = judgement.find(regression.metric);
    const bool alerts =
        verdict != nullptr && verdict->confirmed && verdict->severity >= Severity::warning;
    known->confirmed = known->confirmed || alerts;
    const bool told = std::any_of(before.begin(), before.end(), [&](const RunWorse& one) {
      return one.component == run.component && one.operation == run.operation &&
             one.metric == regression.metric && one.evidence.since_run == regression.since_run;
    });
    if (told || is_part_of_cpu(regression.metric)) continue;
    if (first || alerts) log_regression(run, regression, alerts);
  }
  series_.judged(run, judgement, judged.regressions);
  if (shows(run.id)) shown_.put(std::move(known));
}

bool RunJournal::goes_on(const std::string& id) const { return contains(open_, id); }

}  // namespace perfwatch
