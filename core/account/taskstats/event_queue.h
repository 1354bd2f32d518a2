// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>
#include <vector>

#include "core/account/process_events.h"

namespace perfwatch {

// Keeps events, in their order, for whoever asks later.
class EventQueue : public ProcessEvents {
 public:
  void program_changed(const ProcessRecord& process, const Program& before) override {
    events_.emplace_back(Changed{process, before});
  }
  void ended(const ProcessExit& exit) override { events_.emplace_back(exit); }
  void ended_unseen(const ExitSummary& summary) override { events_.emplace_back(summary); }
  void killed_for_memory(const OomMark& mark) override { events_.emplace_back(mark); }

  // Hands all of them over and is empty then.
  void replay(ProcessEvents& to) {
    for (const auto& event : events_) {
      std::visit([&to](const auto& value) { tell(to, value); }, event);
    }
    events_.clear();
  }

 private:
  struct Changed {
    ProcessRecord process;
    Program before;
  };
  static void tell(ProcessEvents& to, const Changed& value) {
    to.program_changed(value.process, value.before);
  }
  static void tell(ProcessEvents& to, const ProcessExit& value) { to.ended(value); }
  static void tell(ProcessEvents& to, const ExitSummary& value) { to.ended_unseen(value); }
  static void tell(ProcessEvents& to, const OomMark& value) { to.killed_for_memory(value); }

  std::vector<std::variant<Changed, ProcessExit, ExitSummary, OomMark>> events_;
};

}  // namespace perfwatch
