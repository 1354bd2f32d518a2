// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/model/oom.h"
#include "exporters/page/html.h"
#include "exporters/page/tables.h"

namespace perfwatch {
namespace {

constexpr std::size_t kShown = 10;

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

std::string size_text(std::uint64_t bytes) { return bytes_text(static_cast<double>(bytes)); }

// Whose limit it was.
std::string limit_text(const OomKill& kill) {
  if (kill.scope == OomScope::host) return "the host's memory";
  if (kill.scope == OomScope::unknown) return "not known whose limit";
  return kill.limit_cgroup.empty() ? std::string("a cgroup's limit")
                                   : "limit of " + html_name(kill.limit_cgroup);
}

std::string largest_text(const OomKill& kill) {
  std::string out;
  for (const OomProcess& process : kill.largest) {
    out += out.empty() ? "largest then: " : ", ";
    out += fmt::format("{} ({}) {}", html_name(process.comm), process.pid,
                       size_text(process.resident_bytes));
  }
  return out;
}

void append_kill(std::string& out, const Frame& frame, const OomKill& kill) {
  const std::string victim =
      kill.pid > 0 ? fmt::format("{} ({})", html_name(kill.comm), kill.pid) : "a process";
  put(out, R"(<tr><th scope="row"><div class="alert">{}</div>)", victim);
  put(out, R"(<div class="note">{}{}{}</div>)", limit_text(kill),
      kill.victim_cgroup.empty() ? "" : ", it ran in ", html_name(kill.victim_cgroup));
  if (const auto largest = largest_text(kill); !largest.empty()) {
    put(out, R"(<div class="note">{}</div>)", largest);
  }
  const double age = Seconds(frame.at.wall - kill.at).count();
  put(out, R"(</th><td>{}</td><td><time title="{}">{} ago</time></td>)", html_name(kill.group),
      time_text(kill.at), duration_text(std::max(age, 0.0)));
  put(out, R"(<td class="num">{}</td></tr>)",
      kill.pid > 0 ? size_text(kill.resident_bytes()) : std::string(kDash));
  out += '\n';
}

}  // namespace

void append_oom_kills(std::string& out, const Frame& frame) {
  const OomHistory* history = frame.oom.get();
  if (history == nullptr || (history->kills.empty() && history->not_durable.empty())) return;
  out +=
      "<section class=\"card\"><table class=\"alerts\"><caption>Killed because memory ran out"
      "</caption>\n<thead><tr><th scope=\"col\">Process</th><th scope=\"col\">Group</th>"
      "<th scope=\"col\">When</th><th scope=\"col\" "
      "class=\"num\">Memory</th></tr></thead><tbody>\n";
  const std::size_t shown = std::min(kShown, history->kills.size());
  for (std::size_t i = 0; i < shown; ++i) append_kill(out, frame, history->kills[i]);
  if (shown == 0) out += "<tr><td colspan=\"4\" class=\"note\">None.</td></tr>";
  out += "</tbody></table>\n";
  if (!history->not_durable.empty()) {
    put(out, R"(<div class="error">Not kept over a restart: {}</div>)",
        html_escape(history->not_durable));
  }
  out += "</section>\n";
}

}  // namespace perfwatch
