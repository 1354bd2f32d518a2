// SPDX-License-Identifier: Apache-2.0
#include "exporters/page/exits_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>

#include "core/analyse/exit_window.h"
#include "core/base/clock.h"
#include "exporters/page/html.h"

namespace perfwatch {
namespace {

constexpr std::size_t kTopKinds = 10;
constexpr std::chrono::minutes kWindow{5};

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void append_kind(std::string& out, const ExitKind& kind, const ExitWindow& window) {
  put(out, R"(<tr><th scope="row">{}<div class="note">{}</div>{}</th><td class="num">{}</td>)",
      html_name(view(kind.comm)), html_name(kind.group), share_bar(cpu_ratio(kind, window)),
      kind.count);
  put(out, R"(<td class="num">{}</td><td class="num">{}</td>)", kind.failed + kind.signalled,
      duration_text(cpu_seconds(kind)));
  put(out, R"(<td class="num">{}</td><td class="num wide">{}</td></tr>)",
      bytes_text(largest_peak_bytes(kind)), duration_text(mean_lived_seconds(kind)));
  out += '\n';
}

// "421 processes of 12 kinds ended in 5 min 20 s, CPU time 10 s."; whether these are all.
void append_sum(std::string& out, const ExitWindow& window, const Accounting* accounting) {
  put(out, R"(<p class="note">{} processes of {} kinds ended in {} and took {} of CPU time.)",
      window.total.count, window.kinds.size(),
      duration_text(Seconds(window.to - window.from).count()),
      duration_text(cpu_seconds(window.total)));
  const bool exact = accounting == nullptr || accounting->exact;
  if (!exact || !window.complete) out += " Some may be missing.";
  out += "</p>\n";
}

}  // namespace

void append_exits(std::string& out, const Overview& overview) {
  const ProcessTable* table = overview.frame.processes.get();
  if (table == nullptr || !table->exits) return;
  const auto window = exit_window(*table->exits, overview.frame.at.wall, kWindow, ExitSort::cpu);
  if (window.kinds.empty()) {
    out +=
        "<section class=\"card\"><h2>Ended in the last 5 minutes</h2>\n<p>Nothing "
        "ended.</p></section>\n";
    return;
  }
  out +=
      "<section class=\"card\"><table><caption>Ended in the last 5 minutes</caption>\n"
      "<thead><tr><th scope=\"col\">Command, group</th><th scope=\"col\" class=\"num\">Ended</th>"
      "<th scope=\"col\" class=\"num\">Failed</th><th scope=\"col\" class=\"num\">CPU</th>"
      "<th scope=\"col\" class=\"num\">Peak</th>"
      "<th scope=\"col\" class=\"num wide\">Lived</th></tr></thead><tbody>\n";
  const std::size_t shown = std::min(kTopKinds, window.kinds.size());
  for (std::size_t i = 0; i < shown; ++i) append_kind(out, window.kinds[i], window);
  out += "</tbody></table>\n";
  append_sum(out, window, table->accounting.get());
  out += "</section>\n";
}

}  // namespace perfwatch
