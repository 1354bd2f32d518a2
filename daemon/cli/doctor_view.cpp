// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/cli/cells.h"
#include "daemon/cli/doctor.h"

namespace perfwatch {
namespace {

constexpr std::size_t kNameWidth = 15;
constexpr std::size_t kIndent = 6 + kNameWidth + 1;

Tone tone_of(Health health) {
  constexpr Tone kTones[] = {Tone::good, Tone::warning, Tone::bad};
  return kTones[static_cast<std::size_t>(health)];
}

std::ptrdiff_t count(const std::vector<Finished>& report, Health health) {
  return std::count_if(report.begin(), report.end(), [health](const Finished& finished) {
    return finished.diagnosis.health == health;
  });
}

// A command is never broken: it would not survive copying.
void write_details(const Finished& finished, std::size_t width, std::string& out) {
  const std::string margin(kIndent, ' ');
  for (const std::string& line : wrap(finished.check->why, width)) out += margin + line + "\n";
  if (!finished.diagnosis.cure.empty()) out += margin + "$ " + finished.diagnosis.cure + "\n";
}

}  // namespace

std::string render_report(const std::vector<Finished>& report, const Style& style) {
  const std::size_t width = std::max<std::size_t>(style.width, kIndent + 20) - kIndent;
  std::string out;
  for (const Finished& finished : report) {
    const Health health = finished.diagnosis.health;
    std::string lead = style.paint(tone_of(health), fit(to_string(health), 4)) + "  " +
                       fit(finished.check->name, kNameWidth) + " ";
    for (const std::string& line : wrap(safe_text(finished.diagnosis.what), width)) {
      out += lead + line + "\n";
      lead.assign(kIndent, ' ');
    }
    if (health != Health::ok) write_details(finished, width, out);
  }
  out += fmt::format("\n{} checks: {} ok, {} to look at, {} failed\n", report.size(),
                     count(report, Health::ok), count(report, Health::warn),
                     count(report, Health::fail));
  return out;
}

std::string report_json(const std::vector<Finished>& report) {
  using Json = nlohmann::ordered_json;
  Json out = Json::object();
  for (const Health health : {Health::ok, Health::warn, Health::fail}) {
    out[std::string(to_string(health))] = count(report, health);
  }
  Json& checks = out["checks"] = Json::array();
  for (const Finished& finished : report) {
    Json check = Json::object();
    check["name"] = finished.check->name;
    check["health"] = to_string(finished.diagnosis.health);
    check["what"] = safe_text(finished.diagnosis.what);
    check["why"] = finished.check->why;
    if (!finished.diagnosis.cure.empty()) check["cure"] = finished.diagnosis.cure;
    checks.push_back(std::move(check));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace perfwatch
