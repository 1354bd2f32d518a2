// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/analyse/host_summary.h"
#include "core/model/overview.h"

namespace perfwatch::test {

// A build host with all that the page shows; a test changes what it is about.
struct SampleHost {
  SampleHost() {
    using std::chrono::seconds;
    const std::chrono::system_clock::time_point now{seconds(1'700'000'000)};
    daemon = {"0.1.0", "1a2b3c4", "build7.example", "6.1.0-18-amd64", now - seconds(93'000)};
    frame.at = {std::chrono::steady_clock::time_point(seconds(102)), now};
    frame.collectors = {collector("cpu", 0.00012), collector("filesystem", 0.0021),
                        collector("processes", 0.0551)};
    summary = {8,
               0.42,
               3.5,
               2.25,
               1,
               32.0 * (1ULL << 30U),
               12.0 * (1ULL << 30U),
               2e9,
               1.5e9,
               0.125,
               0.031,
               0,
               0,
               HostSummary::Filesystem{"/var/tmp", 0.12},
               9.2e5,
               0.01,
               12'582'912,
               "well",
               {}};
    groups({{"cc1plus", 8, 5.25, 4'000'000'000}, {"ld", 1, 0.75, 9'000'000'000}});
  }

  struct Group {
    std::string name;
    std::uint32_t processes;
    double cores;
    std::uint64_t bytes;
  };
  void groups(const std::vector<Group>& groups) {
    auto table = std::make_shared<ProcessTable>();
    for (const auto& group : groups) {
      GroupView view;
      view.name = group.name;
      view.processes = group.processes;
      view.cpu_cores = group.cores;
      view.resident_bytes = group.bytes;
      view.largest_resident_bytes = group.bytes / 2;
      table->groups.push_back(std::move(view));
    }
    auto accounting = std::make_shared<Accounting>();
    accounting->note = "Processes that live shorter than a sweep are not seen.";
    table->accounting = std::move(accounting);
    frame.processes = std::move(table);
  }
  void account(Accounting accounting) {
    auto table = std::make_shared<ProcessTable>(*frame.processes);
    table->accounting = std::make_shared<const Accounting>(std::move(accounting));
    frame.processes = std::move(table);
  }

  CollectorState collector(std::string_view name, double duration) const {
    CollectorState state;
    state.name = name;
    state.success = true;
    state.duration = Seconds(duration);
    state.interval = Seconds(2);
    state.last_success = frame.at.wall - std::chrono::seconds(1);
    return state;
  }
  Alert alert(AlertState state) const {
    Alert result;
    result.rule = "PerfwatchFilesystemNearlyFull";
    result.severity = Severity::warning;
    result.labels = {{"alertname", "PerfwatchFilesystemNearlyFull"},
                     {"mountpoint", "/var/tmp"},
                     {"severity", "warning"}};
    result.annotations = {{"summary", "/var/tmp is 95 % full"}};
    result.state = state;
    result.value = 0.951234;
    result.active_since = frame.at.wall - std::chrono::minutes(20);
    if (state != AlertState::pending) result.fired_at = frame.at.wall - std::chrono::minutes(5);
    return result;
  }

  [[nodiscard]] Overview overview() const { return {daemon, frame, nullptr, alerts}; }

  DaemonInfo daemon;
  Frame frame;
  std::vector<const Alert*> alerts;
  HostSummary summary;
};

}  // namespace perfwatch::test
