// SPDX-License-Identifier: Apache-2.0
#include "core/account/oom_watch.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr std::chrono::seconds kOpenAgain{60};
constexpr std::size_t kMarkLimit = 1024;

std::string read_boot_id(const std::string& procfs) {
  FileReader file;
  const auto text = file.read((procfs + "/sys/kernel/random/boot_id").c_str());
  return text ? printable_utf8(trim(*text).substr(0, 64)) : std::string();
}

std::uint64_t page_bytes() {
  const long bytes = ::sysconf(_SC_PAGESIZE);
  return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 4096;
}

// vmstat's "oom_kill 41".
std::optional<std::uint64_t> parse_oom_count(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    if (next_word(line) == "oom_kill") return next_u64(line);
  }
  return std::nullopt;
}

OomKill from_mark(const OomMark& mark) {
  OomKill kill;
  kill.sequence = mark.boot_nanoseconds;
  kill.pid = mark.pid;
  kill.comm = printable_utf8(view(mark.comm));
  kill.uid = mark.uid;
  kill.anonymous_bytes = mark.anonymous_bytes;
  kill.file_bytes = mark.file_bytes;
  kill.shared_bytes = mark.shared_bytes;
  return kill;
}

}  // namespace

OomSources oom_sources(const Roots& roots) {
  OomSources sources;
  sources.procfs = roots.procfs;
  if (read_boot_id(roots.procfs) != read_boot_id("/proc")) sources.kmsg.clear();
  return sources;
}

OomWatch::OomWatch(OomSources sources)
    : sources_(std::move(sources)),
      boot_id_(read_boot_id(sources_.procfs)),
      kmsg_(sources_.kmsg),
      log_(page_bytes()),
      vmstat_(sources_.procfs + "/vmstat") {}

std::vector<OomKill> OomWatch::poll(Instant now, std::span<const OomMark> marks,
                                    const GroupOf& group_of) {
  std::vector<OomKill> out;
  take_marks(now, marks, group_of);
  read_kmsg(now, group_of, out);
  // After kmsg: the kernel counts a kill before it tells of it.
  count_unnamed(now);
  settle_marks(now, out);
  settle_counts(now, out);
  last_poll_ = now.wall;
  return out;
}

void OomWatch::take_marks(Instant now, std::span<const OomMark> marks, const GroupOf& group_of) {
  for (const OomMark& mark : marks) {
    marks_come_ = true;
    if (marks_.size() >= kMarkLimit) {
      ++marks_dropped_;
      continue;
    }
    OomKill kill = from_mark(mark);
    kill.at = now.wall;
    kill.boot_id = boot_id_;
    kill.group = group_of(mark.pid);
    marks_.push_back({std::move(kill), now.monotonic});
  }
}

void OomWatch::forget(const Error& error, Instant now) {
  kmsg_error_ = error;
  next_open_ = now.monotonic + kOpenAgain;
}

void OomWatch::read_kmsg(Instant now, const GroupOf& group_of, std::vector<OomKill>& out) {
  if (sources_.kmsg.empty() || (kmsg_error_ && now.monotonic < next_open_)) return;
  if (auto opened = kmsg_.open(); !opened) return forget(opened.error(), now);
  kmsg_error_.reset();
  const std::size_t most = caught_up_ ? kRoundLimit : kStartLimit;
  for (std::size_t i = 0; i < most && out.size() < kKillLimit; ++i) {
    const auto record = kmsg_.next();
    if (!record) return forget(record.error(), now);
    if (!*record) {
      caught_up_ = true;
      return;
    }
    auto kill = log_.take(**record);
    if (!kill) continue;
    complete(*kill, (*record)->since_boot, now, group_of);
    out.push_back(std::move(*kill));
  }
}

// What the kernel's log does not say. Its clock stops in suspend and drifts from the wall's, by
// seconds in weeks; of what came since the last round the time is known better.
void OomWatch::complete(OomKill& kill, std::chrono::microseconds since_boot, Instant now,
                        const GroupOf& group_of) {
  const auto age = now.monotonic.time_since_epoch() - since_boot;
  kill.at = now.wall - std::chrono::duration_cast<std::chrono::system_clock::duration>(age);
  kill.boot_id = boot_id_;
  kill.before_start = !caught_up_;
  if (join_mark(kill)) kill.before_start = false;
  if (!kill.before_start) kill.at = std::clamp(kill.at, std::min(last_poll_, now.wall), now.wall);
  // A pid of before we started may be another process by now.
  if (kill.group.empty() && !kill.before_start) kill.group = group_of(kill.pid);
  if (kill.group.empty()) kill.group = "unknown";
}

bool OomWatch::join_mark(OomKill& kill) {
  const auto mark = std::find_if(marks_.begin(), marks_.end(), [&](const Waiting& waiting) {
    return waiting.kill.pid == kill.pid;
  });
  if (mark == marks_.end()) return false;
  kill.group = std::move(mark->kill.group);
  if (!kill.uid) kill.uid = mark->kill.uid;
  marks_.erase(mark);
  return true;
}

void OomWatch::count_unnamed(Instant now) {
  const auto text = vmstat_.read();
  const auto count = text ? parse_oom_count(*text) : std::nullopt;
  if (!count) {
    base_.reset();
    unnamed_ = 0;
    unnamed_since_.reset();
    return;
  }
  const std::uint64_t named = log_.lines() - named_before_ + named_;
  if (!base_ || *count < *base_ + named) {  // the first round, or one counted just before it
    base_ = *count;
    named_before_ = log_.lines();
    named_ = 0;
    unnamed_ = 0;
  } else {
    unnamed_ = *count - *base_ - named;
  }
  if (unnamed_ == 0) unnamed_since_.reset();
  if (unnamed_ > 0 && !unnamed_since_) unnamed_since_ = now.monotonic;
}

// Without the kernel's count a mark is a kill only where its message may have been missed.
void OomWatch::settle_marks(Instant now, std::vector<OomKill>& out) {
  const bool blind = sources_.kmsg.empty() || kmsg_error_.has_value();
  std::erase_if(marks_, [&](Waiting& waiting) {
    if (now.monotonic - waiting.since < kMarkPatience || out.size() >= kKillLimit) return false;
    const bool is_kill = base_ ? unnamed_ > 0 : blind;
    if (!is_kill) return true;
    if (base_) {
      --unnamed_;
      ++named_;
    }
    if (waiting.kill.group.empty()) waiting.kill.group = "unknown";
    out.push_back(std::move(waiting.kill));
    return true;
  });
}

void OomWatch::settle_counts(Instant now, std::vector<OomKill>& out) {
  if (!unnamed_since_ || now.monotonic - *unnamed_since_ < kCountPatience) return;
  while (unnamed_ > 0 && out.size() < kKillLimit) {
    OomKill kill;
    kill.at = now.wall;
    kill.boot_id = boot_id_;
    kill.group = "unknown";
    // No other of this boot has the same one.
    kill.sequence = static_cast<std::uint64_t>(now.monotonic.time_since_epoch().count()) + unnamed_;
    out.push_back(std::move(kill));
    --unnamed_;
    ++named_;
    ++unseen_;
  }
}

std::string OomWatch::cure() const {
  if (sources_.kmsg.empty()) return "the processes are another host's, so its log is not read";
  if (!kmsg_error_) return {};
  std::string note = kmsg_error_->text + "; without it kills have no cgroup and no sizes";
  if (kmsg_error_->kind == ErrorKind::denied) {
    note += ": give CAP_SYSLOG (or sysctl kernel.dmesg_restrict=0) and access to " + sources_.kmsg;
  } else {
    note += ": make " + sources_.kmsg + " available (in a unit without PrivateDevices=)";
  }
  return note;
}

void OomWatch::describe(Accounting& out) const {
  auto feature = std::find_if(out.features.begin(), out.features.end(),
                              [](const AccountingFeature& f) { return f.name == "oom"; });
  if (feature == out.features.end()) {
    feature = out.features.insert(out.features.end(), {"oom", "none", {}});
  }
  const bool tracepoint = feature->source == "tracepoint";
  const std::string note = cure();
  if (note.empty()) {
    feature->source = tracepoint ? "tracepoint and kmsg" : "kmsg";
    feature->note.clear();
  } else {
    if (!tracepoint && base_) feature->source = "vmstat";
    feature->note = note;
  }
  out.lost.push_back({"oom", "overrun", kmsg_.lost()});
  out.lost.push_back({"oom", "malformed", kmsg_.malformed()});
  out.lost.push_back({"oom", "table_full", marks_dropped_});
  out.lost.push_back({"oom", "unseen", unseen_});
}

}  // namespace perfwatch
