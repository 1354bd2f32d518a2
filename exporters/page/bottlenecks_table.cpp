// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "core/base/clock.h"
#include "core/model/bottleneck.h"
#include "exporters/page/html.h"
#include "exporters/page/tables.h"

namespace perfwatch {
namespace {

constexpr std::size_t kShown = 10;
constexpr std::string_view kTitle = "What bounds the host";

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

std::string_view kind_of(Severity severity) {
  if (severity == Severity::info) return "quiet";
  return severity == Severity::critical ? "bad" : "warn";
}

void append_bottleneck(std::string& out, const Frame& frame, const Bottleneck& bottleneck) {
  const double age = std::max(0.0, Seconds(frame.at.wall - bottleneck.since).count());
  const std::string group =
      bottleneck.group.empty() ? std::string() : " of group " + html_name(bottleneck.group);
  put(out, R"(<tr><th scope="row"><div class="alert">{}{}</div>)", to_string(bottleneck.resource),
      group);
  put(out, R"(<div class="summary">{}</div>{})", html_escape(bottleneck.evidence),
      advice(bottleneck.recommendation, bottleneck.command));
  put(out, R"(</th><td>{}<div class="note">for <time title="since {}">{}</time></div></td>)",
      badge(kind_of(bottleneck.severity), to_string(bottleneck.severity)),
      time_text(bottleneck.since), duration_text(age));
  put(out, R"(<td class="num">{}</td><td class="num">{}</td></tr>)",
      percent_text(bottleneck.utilisation), percent_text(bottleneck.pressure));
  out += '\n';
}

}  // namespace

void append_bottlenecks(std::string& out, const Frame& frame) {
  if (!frame.bottlenecks) return;
  const Bottlenecks& found = *frame.bottlenecks;
  if (found.state != Bottlenecks::State::bound) {
    const std::string_view word =
        found.state == Bottlenecks::State::none ? "Nothing" : "Insufficient data";
    put(out, "<section class=\"card\"><h2>{}</h2>\n<p>{}: {}.</p></section>\n", kTitle, word,
        html_escape(found.summary));
    return;
  }
  put(out,
      "<section class=\"card\"><table class=\"alerts\"><caption>{}</caption>\n"
      "<thead><tr><th scope=\"col\">Resource</th><th scope=\"col\">Severity</th>"
      "<th scope=\"col\" class=\"num\">Used</th><th scope=\"col\" class=\"num\">Waits</th></tr>"
      "</thead><tbody>\n",
      kTitle);
  const std::size_t shown = std::min(kShown, found.list.size());
  for (std::size_t i = 0; i < shown; ++i) append_bottleneck(out, frame, found.list[i]);
  out += "</tbody></table></section>\n";
}

}  // namespace perfwatch
