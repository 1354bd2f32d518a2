// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/landing_page.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "exporters/page/exits_table.h"
#include "exporters/page/html.h"
#include "exporters/page/style.h"
#include "exporters/page/tables.h"

namespace perfwatch {
namespace {

using Value = std::optional<double>;

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// a / b, unknown unless both are known and b is positive.
Value ratio(Value a, Value b) { return a && b && *b > 0 ? Value(*a / *b) : std::nullopt; }
Value used(Value total, Value free) { return total && free ? Value(*total - *free) : std::nullopt; }

void append_head(std::string& out, const DaemonInfo& daemon, const HostSummary& summary) {
  put(out,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"refresh\" content=\"10\">\n"
      "<title>{}: {} – perfwatch</title>\n<style>{}</style>\n</head>\n<body>\n",
      html_escape(daemon.hostname), html_escape(summary.verdict), kStyle);
}

void append_header(std::string& out, const Overview& overview, const HostSummary& summary) {
  const DaemonInfo& daemon = overview.daemon;
  put(out, "<header>\n<h1>{}</h1>\n<ul class=\"facts\">\n", html_name(daemon.hostname));
  put(out, "<li>perfwatch {} ({})</li>\n", html_escape(daemon.version),
      html_escape(daemon.revision));
  put(out, "<li>Linux {}</li>\n", html_escape(daemon.kernel));
  put(out, "<li>up {}</li>\n", duration_text(summary.uptime_seconds));
  put(out, "<li>as of {}</li>\n</ul>\n</header>\n", time_text(overview.frame.at.wall));
}

std::string_view verdict_kind(std::string_view verdict) {
  if (verdict == "well") return "good";
  return verdict == "suffering" ? "bad" : "warn";
}

void append_verdict(std::string& out, const HostSummary& summary) {
  if (summary.verdict.empty()) return;
  put(out, "<section class=\"card verdict {}\" aria-label=\"Verdict\">\n<p>The host is {}.</p>\n",
      verdict_kind(summary.verdict), html_escape(summary.verdict));
  if (!summary.reasons.empty()) {
    out += "<ul>";
    for (const auto& reason : summary.reasons) put(out, "<li>{}</li>\n", html_escape(reason));
    out += "</ul>\n";
  }
  out += "</section>\n";
}

// One big number, a bar and a line that explains it. `bar` and `note` are HTML.
void append_tile(std::string& out, std::string_view title, std::string_view value,
                 std::string_view bar, std::string_view note) {
  put(out,
      "<section class=\"card tile\"><h2>{}</h2><div class=\"value\">{}</div>{}"
      "<div class=\"note\">{}</div></section>\n",
      title, value, bar, note);
}

// From where a filling store is amber, then red.
std::string fill_bar(Value filled) { return bar(filled, 0.75, 0.9); }

// A build host that is busy does what it is there for: CPU and load are neither good nor bad.
void append_cpu(std::string& out, const HostSummary& s) {
  append_tile(out, "CPU busy", percent_text(s.cpu_busy_ratio), share_bar(s.cpu_busy_ratio),
              fmt::format("of {} cores", number_text(s.cpu_cores)));
}

void append_memory(std::string& out, const HostSummary& s) {
  const Value memory_used = used(s.memory_total_bytes, s.memory_available_bytes);
  const Value filled = ratio(memory_used, s.memory_total_bytes);
  const std::string swap =
      s.swap_total_bytes == 0.0
          ? std::string("no swap")
          : fmt::format("swap {} of {}", bytes_text(used(s.swap_total_bytes, s.swap_free_bytes)),
                        bytes_text(s.swap_total_bytes));
  append_tile(out, "Memory used", percent_text(filled), fill_bar(filled),
              fmt::format("{} of {}<br>{}", bytes_text(memory_used),
                          bytes_text(s.memory_total_bytes), swap));
}

void append_load(std::string& out, const HostSummary& s) {
  append_tile(out, "Load, one minute", hundredths_text(s.load1),
              share_bar(ratio(s.load1, s.cpu_cores)),
              fmt::format("{} in 5 minutes<br>{} in 15 minutes", hundredths_text(s.load5),
                          hundredths_text(s.load15)));
}

void append_filesystem(std::string& out, const HostSummary& s) {
  const auto& fullest = s.fullest_filesystem;
  const Value filled = fullest ? Value(1 - fullest->available_ratio) : std::nullopt;
  append_tile(out, "Fullest filesystem", percent_text(filled), fill_bar(filled),
              fullest ? html_name(fullest->mountpoint) : std::string(kDash));
}

void append_pressure(std::string& out, const HostSummary& s) {
  out +=
      "<section class=\"card tile broad\"><h2>Pressure, ten seconds</h2>"
      "<dl class=\"levels\">";
  const auto level = [&](std::string_view name, Value value, const std::string& drawn) {
    put(out, "<dt>{}</dt><dd>{}</dd><dd>{}</dd>", name, drawn, percent_text(value));
  };
  level("CPU", s.pressure_cpu_some, share_bar(s.pressure_cpu_some));
  level("Memory", s.pressure_memory_full, bar(s.pressure_memory_full, 0.1, 0.3));
  level("I/O", s.pressure_io_full, bar(s.pressure_io_full, 0.3, 0.6));
  out += "</dl><div class=\"note\">time in which some (CPU) or all tasks waited</div></section>\n";
}

// How processes are accounted, what of it is less than it could be, and what was lost.
void append_accounting(std::string& out, const Accounting* accounting) {
  if (accounting == nullptr) {
    put(out, "<dt>Accounting tier</dt><dd>{}</dd>\n", kDash);
    return;
  }
  put(out, "<dt>Accounting tier</dt><dd>{}{}", to_string(accounting->tier),
      accounting->exact ? ", exact" : "");
  const auto note = [&](const std::string& text) {
    if (!text.empty()) put(out, "<div class=\"note\">{}</div>", text);
  };
  note(html_escape(accounting->note));
  for (const auto& feature : accounting->features) {
    if (feature.note.empty()) continue;
    note(fmt::format("{}: {}", html_escape(feature.name), html_escape(feature.note)));
  }
  for (const auto& lost : accounting->lost) {
    if (lost.count == 0) continue;
    note(fmt::format("{} {} events lost ({})", lost.count, html_escape(lost.source),
                     html_escape(lost.reason)));
  }
  out += "</dd>\n";
}

void append_cost(std::string& out, const Overview& overview, const HostSummary& summary) {
  put(out, "<dt>Its own cost</dt><dd>{} of one core, {} of memory",
      percent_text(summary.own_cpu_cores), bytes_text(summary.own_resident_bytes));
  if (const auto& budget = overview.frame.budget) {
    put(out, "<div class=\"note\">{} of one core in a minute; the budget is {} and {}</div>",
        percent_text(budget->cpu_ratio), percent_text(budget->limits.cpu_ratio),
        bytes_text(static_cast<double>(budget->limits.memory_bytes)));
    if (!budget->reason.empty()) {
      put(out, "<div class=\"error\">{}</div>", html_escape(budget->reason));
    }
  }
  out += "</dd>\n";
}

void append_about(std::string& out, const Overview& overview, const HostSummary& summary) {
  const DaemonInfo& daemon = overview.daemon;
  out += "<section class=\"card\"><h2>About this daemon</h2>\n<dl class=\"about\">\n";
  append_accounting(out, overview.frame.accounting());
  append_cost(out, overview, summary);
  put(out, "<dt>Running</dt><dd>for {}, since {}</dd>\n</dl></section>\n",
      duration_text(Seconds(overview.frame.at.wall - daemon.started).count()),
      time_text(daemon.started));
}

void append_links(std::string& out) {
  out += R"(<nav class="card" aria-label="Links"><ul>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/api/v1/status">Status</a>, <a href="/api/v1/groups">groups</a>,
<a href="/api/v1/exits">exits</a>, <a href="/api/v1/findings">findings</a>,
<a href="/api/v1/alerts">alerts</a>, <a href="/api/v1/oom">OOM kills</a> and
<a href="/api/v1/series?prefix=perfwatch_&amp;limit=100">series</a> as JSON</li>
<li><a href="/-/healthy">Healthy?</a></li>
<li><a href="/-/ready">Ready?</a></li>
</ul></nav>
)";
}

}  // namespace

std::string landing_page(const Overview& overview, const HostSummary& summary) {
  std::string out;
  append_head(out, overview.daemon, summary);
  append_header(out, overview, summary);
  out += "<main>\n";
  append_verdict(out, summary);
  out += "<div class=\"tiles\">\n";
  append_cpu(out, summary);
  append_memory(out, summary);
  append_load(out, summary);
  append_filesystem(out, summary);
  append_pressure(out, summary);
  out += "</div>\n";
  append_bottlenecks(out, overview.frame);
  append_alerts(out, overview);
  append_oom_kills(out, overview.frame);
  append_groups(out, overview, summary);
  append_exits(out, overview);
  append_collectors(out, overview);
  append_about(out, overview, summary);
  append_links(out);
  out +=
      "</main>\n<footer><p>This page reloads every ten seconds.</p></footer>\n</body>\n</html>\n";
  return out;
}

}  // namespace perfwatch
