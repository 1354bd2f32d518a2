// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/status_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/cli/cells.h"
#include "daemon/cli/table.h"

namespace perfwatch {
namespace {

constexpr std::size_t kTopGroups = 5;
constexpr std::size_t kSideBySide = 72;  // from this width on the two tables stand side by side
constexpr std::size_t kAlertsShown = 12;
constexpr std::size_t kOomKillsShown = 5;
constexpr std::size_t kBottlenecksShown = 8;

class Page {
 public:
  explicit Page(const Style& style)
      : style_(style), width_(std::max<std::size_t>(style.width, 40)) {}

  void line(std::string_view text, Tone tone = Tone::plain) {
    out_ += style_.paint(tone, clip(text, width_)) + "\n";
  }
  // `first` stands before the first line, blanks of its width before the others.
  void paragraph(std::string_view first, std::string_view text, Tone tone = Tone::plain) {
    const std::size_t indent = display_width(first);
    std::string lead(first);
    for (const std::string& part : wrap(text, width_ > indent + 10 ? width_ - indent : 10)) {
      out_ += style_.paint(tone, lead) + part + "\n";
      lead.assign(indent, ' ');
    }
  }
  void heading(std::string_view text) {
    out_ += "\n";
    line(text, Tone::strong);
  }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  Style style_;
  std::size_t width_;
  std::string out_;
};

Tone tone_of(int exit_code) {
  constexpr Tone kTones[] = {Tone::good, Tone::warning, Tone::bad, Tone::faint};
  return kTones[exit_code];
}

MaybeNumber used_ratio(MaybeNumber total, MaybeNumber free) {
  if (!total || !free || *total <= 0) return std::nullopt;
  return (*total - *free) / *total;
}

void write_head(const StatusAnswer& status, Page& page) {
  page.line(fmt::format("{}: Linux {}, up {}, perfwatch {}, tier {}",
                        status.hostname.empty() ? "this host" : status.hostname, status.kernel,
                        human_duration(status.uptime_seconds), status.version,
                        status.tier.empty() ? "unknown" : status.tier),
            Tone::faint);
  const int code = status_exit_code(status);
  page.line(
      "The host is " + (status.verdict.empty() ? "in an unknown state" : status.verdict) + ".",
      tone_of(code));
  for (const std::string& reason : status.reasons) page.paragraph("  - ", reason);
}

void write_host(const StatusAnswer& status, Page& page) {
  page.heading("Host");
  page.line(fmt::format("  cpu     {} of {} cores busy, load {} {} {}, pressure {}",
                        human_ratio(status.cpu_busy_ratio), human_count(status.cpu_cores),
                        human_cores(status.load1), human_cores(status.load5),
                        human_cores(status.load15), human_ratio(status.pressure_cpu)));
  page.line(fmt::format("  memory  {} used, {} of {} available, pressure {}",
                        human_ratio(used_ratio(status.memory_total, status.memory_available)),
                        human_bytes(status.memory_available), human_bytes(status.memory_total),
                        human_ratio(status.pressure_memory)));
  if (status.swap_total && *status.swap_total <= 0) {
    page.line("  swap    none");
  } else {
    page.line(fmt::format("  swap    {} used, {} of {} free",
                          human_ratio(used_ratio(status.swap_total, status.swap_free)),
                          human_bytes(status.swap_free), human_bytes(status.swap_total)));
  }
  std::string disk = "  disk    pressure " + human_ratio(status.pressure_io);
  if (!status.fullest_mountpoint.empty()) {
    disk += fmt::format(", fullest is {} with {} free", status.fullest_mountpoint,
                        human_ratio(status.fullest_available_ratio));
  }
  page.line(disk);
}

Tone tone_of(const std::string& severity) {
  if (severity == "critical") return Tone::bad;
  return severity == "warning" ? Tone::warning : Tone::plain;
}

std::string lasts(MaybeNumber since, MaybeNumber now) {
  if (!since || !now) return {};
  return " for " + human_duration(std::max(0.0, *now - *since));
}

// What to do about a finding, and the command that shows it.
void write_advice(const std::string& recommendation, const std::string& command, Page& page) {
  if (!recommendation.empty()) page.paragraph("    do:  ", recommendation, Tone::faint);
  if (!command.empty()) page.paragraph("    see: ", command, Tone::faint);
}

void write_bottlenecks(const StatusPicture& picture, Page& page) {
  const FindingsAnswer& found = picture.findings;
  if (found.state.empty()) return;
  if (found.bottlenecks.empty()) {
    const bool none = found.state == "none";
    page.heading(none ? "Nothing bounds the host" : "Bound by");
    page.paragraph("  ", none ? found.summary : found.state + ": " + found.summary);
    return;
  }
  page.heading("Bound by");
  const std::size_t shown = std::min(found.bottlenecks.size(), kBottlenecksShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const BottleneckRow& row = found.bottlenecks[i];
    page.paragraph("  " + fit(row.severity, 9),
                   row.resource + lasts(row.since, picture.status.taken) + ": " + row.evidence,
                   tone_of(row.severity));
    write_advice(row.recommendation, row.command, page);
  }
  if (found.bottlenecks.size() > shown) {
    page.line(
        fmt::format("  and {} more: perfwatch status --json", found.bottlenecks.size() - shown));
  }
}

void write_alerts(const StatusPicture& picture, Page& page) {
  std::vector<const AlertRow*> firing;
  for (const AlertRow& alert : picture.alerts) {
    if (alert.state == "firing") firing.push_back(&alert);
  }
  page.heading(firing.empty() ? "Nothing fires" : "Firing");
  for (std::size_t i = 0; i < std::min(firing.size(), kAlertsShown); ++i) {
    const AlertRow& alert = *firing[i];
    std::string text = alert.rule + lasts(alert.active_since, picture.status.taken);
    if (!alert.summary.empty()) text += ": " + alert.summary;
    page.paragraph("  " + fit(alert.severity, 9), text,
                   alert.severity == "critical" ? Tone::bad : Tone::warning);
    if (!alert.details.empty()) page.paragraph("    with: ", alert.details);
    write_advice(alert.recommendation, alert.command, page);
  }
  if (firing.size() > kAlertsShown) {
    page.line(fmt::format("  and {} more: perfwatch status --json", firing.size() - kAlertsShown));
  }
}

std::string limit_text(const OomRow& kill) {
  if (kill.scope == "host") return "the host's memory ran out";
  if (kill.scope != "cgroup") return "not known whose limit";
  return kill.limit_cgroup.empty() ? "limit of its cgroup" : "limit of " + kill.limit_cgroup;
}

void write_oom_kills(const StatusAnswer& status, Page& page) {
  if (status.oom_kills_last.empty()) return;
  page.heading("Killed because memory ran out");
  const std::size_t shown = std::min(status.oom_kills_last.size(), kOomKillsShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const OomRow& kill = status.oom_kills_last[i];
    std::string text =
        kill.pid ? fmt::format("{} (pid {}, group {}) with {}", kill.comm, human_count(kill.pid),
                               kill.group, human_bytes(kill.resident))
                 : std::string("a process, nobody saw which");
    if (kill.at && status.taken) {
      text += " " + human_duration(std::max(0.0, *status.taken - *kill.at)) + " ago";
    }
    text += ", " + limit_text(kill);
    if (!kill.cgroup.empty() && kill.cgroup != kill.limit_cgroup) text += ", in " + kill.cgroup;
    page.paragraph("  - ", text, Tone::warning);
    if (!kill.largest.empty()) page.paragraph("    largest then: ", kill.largest, Tone::faint);
  }
}

// The `kTopGroups` groups with the most of `field`, as lines.
std::vector<std::string> heaviest(std::vector<GroupRow> groups, MaybeNumber GroupRow::*field,
                                  std::string (*show)(MaybeNumber), const std::string& title,
                                  std::size_t width) {
  const auto amount = [&](const GroupRow& row) { return (row.*field).value_or(-1); };
  const std::size_t shown = std::min(groups.size(), kTopGroups);
  std::partial_sort(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(shown),
                    groups.end(), [&](const GroupRow& a, const GroupRow& b) {
                      return amount(a) != amount(b) ? amount(a) > amount(b) : a.name < b.name;
                    });
  Table table{{{title, 0, true, true, 0}, {"PROCS", 6, false, false, 1}, {"", 9, false, false, 0}},
              {}};
  for (std::size_t i = 0; i < shown; ++i) {
    table.rows.push_back(
        {groups[i].name, human_count(groups[i].processes), show(groups[i].*field)});
  }
  return lay_out(table, width);
}

std::string cores_text(MaybeNumber cores) { return human_cores(cores) + " cpu"; }

void write_costs(const StatusPicture& picture, Page& page) {
  page.heading("What costs");
  if (picture.groups.empty()) {
    page.line("  no processes were read yet");
    return;
  }
  const bool beside = page.width() >= kSideBySide;
  const std::size_t width =
      beside ? (std::min<std::size_t>(page.width(), 120) - 6) / 2 : page.width() - 2;
  const auto cpu = heaviest(picture.groups, &GroupRow::cpu_cores, cores_text, "BY CPU", width);
  const auto memory =
      heaviest(picture.groups, &GroupRow::resident, human_bytes, "BY MEMORY", width);
  if (beside) {
    for (std::size_t i = 0; i < cpu.size(); ++i)
      page.line("  " + fit(cpu[i], width) + "    " + memory[i]);
    return;
  }
  for (const std::string& text : cpu) page.line("  " + text);
  for (const std::string& text : memory) page.line("  " + text);
}

// How processes are accounted: what is missing or lost, not what is well.
void write_accounting(const StatusAnswer& status, Page& page) {
  if (!status.tier_note.empty()) page.paragraph("  tier " + status.tier + ": ", status.tier_note);
  for (const FeatureRow& feature : status.features) {
    if (!feature.note.empty()) page.paragraph("  " + feature.name + ": ", feature.note);
  }
  if (status.events_lost.value_or(0) > 0) {
    page.paragraph("  lost: ",
                   human_count(status.events_lost) +
                       " events of processes since the start; their costs are incomplete",
                   Tone::warning);
  }
}

void write_daemon(const StatusAnswer& status, Page& page) {
  page.heading("perfwatch");
  const auto good = std::count_if(status.collectors.begin(), status.collectors.end(),
                                  [](const CollectorRow& row) { return row.works(); });
  page.line(fmt::format("  {} of {} collectors work; the daemon costs {} of a core and {}", good,
                        status.collectors.size(), human_ratio(status.self_cores),
                        human_bytes(status.self_resident)));
  if (!status.budget.reason.empty()) {
    page.paragraph("  over budget: ", status.budget.reason, Tone::warning);
  }
  for (const CollectorRow& collector : status.collectors) {
    if (collector.works()) continue;
    const std::string why = collector.stuck                ? "stuck, its last call has not returned"
                            : collector.paused             ? "paused to keep the budget"
                            : collector.last_error.empty() ? "no round has finished yet"
                                                           : collector.last_error;
    page.paragraph("  " + collector.name + ": ", why,
                   collector.fails() ? Tone::warning : Tone::faint);
  }
  if (!status.not_durable.empty()) {
    page.paragraph("  nothing new is kept over a restart: ", status.not_durable, Tone::warning);
  }
  if (!status.source_trouble.empty()) {
    page.paragraph("  no baselines of other hosts: ", status.source_trouble, Tone::warning);
  }
  write_accounting(status, page);
}

}  // namespace

std::string render_status(const StatusPicture& picture, const Style& style) {
  Page page(style);
  write_head(picture.status, page);
  write_host(picture.status, page);
  write_bottlenecks(picture, page);
  write_alerts(picture, page);
  write_oom_kills(picture.status, page);
  write_costs(picture, page);
  write_daemon(picture.status, page);
  return page.take();
}

int status_exit_code(const StatusAnswer& status) {
  if (status.firing_critical > 0 || status.verdict == "suffering") return 2;
  if (status.firing_warning > 0 || status.verdict == "strained") return 1;
  return status.verdict == "well" ? 0 : 3;
}

}  // namespace perfwatch
