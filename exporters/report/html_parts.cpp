// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/html_parts.h"

#include "core/base/html_text.h"
#include "exporters/report/style.h"
#include "exporters/report/words.h"

namespace perfwatch {

void append_page_head(std::string& out, std::string_view title) {
  put(out,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{} – perfwatch</title>\n<style>{}</style>\n</head>\n<body>\n",
      html_escape(title), kReportStyle);
}

void append_page_end(std::string& out) {
  out += "</main>\n<footer><p>Made by perfwatch. Times are UTC.</p></footer>\n</body>\n</html>\n";
}

void append_tile(std::string& out, std::string_view title, std::string_view value,
                 std::string_view note) {
  put(out,
      "<section class=\"card tile\"><h3>{}</h3><div class=\"value\">{}</div>"
      "<div class=\"note\">{}</div></section>\n",
      html_escape(title), value, note);
}

void append_sentences(std::string& out, std::string_view heading,
                      const std::vector<std::string>& sentences) {
  if (sentences.empty()) return;
  put(out, "<section class=\"card\"><h3>{}</h3>\n<ul class=\"advice\">\n", html_escape(heading));
  for (const auto& sentence : sentences) put(out, "<li>{}</li>\n", html_escape(sentence));
  out += "</ul></section>\n";
}

void append_advice(std::string& out, const std::vector<std::string>& bottlenecks,
                   const std::vector<std::string>& recommendations) {
  if (bottlenecks.empty() && recommendations.empty()) return;
  out += "<div class=\"pair\">\n";
  append_sentences(out, "What holds it back", bottlenecks);
  append_sentences(out, "What to do", recommendations);
  out += "</div>\n";
}

std::string badge_html(std::string_view kind, std::string_view text) {
  return fmt::format(R"(<span class="badge {}">{}</span>)", kind, html_escape(text));
}

std::string trend_badge(const std::optional<RunTrend>& trend) {
  if (!trend) return std::string(kNotKnown);
  const std::string_view kind = trend->direction == "degrading"   ? "bad"
                                : trend->direction == "improving" ? "good"
                                                                  : "quiet";
  return badge_html(kind, trend->direction);
}

std::string_view outcome_kind(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::succeeded:
      return "good";
    case RunOutcome::failed:
    case RunOutcome::killed:
    case RunOutcome::timed_out:
      return "bad";
    case RunOutcome::running:
    case RunOutcome::interrupted:
      return "quiet";
  }
  return "quiet";
}

}  // namespace perfwatch
