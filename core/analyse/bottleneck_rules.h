// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/analyse/load.h"
#include "core/model/bottleneck.h"

namespace perfwatch {

// The rules behind find_bottlenecks(). Each appends what it finds, without `since`.

// What was found before is left only well below its level, so that a load that hovers around one is
// told once.
class Hysteresis {
 public:
  explicit Hysteresis(const Bottlenecks* before) : before_(before) {}
  [[nodiscard]] const Bottleneck* held(Resource resource, std::string_view group = {}) const;
  // Whether `value` is at `level` or above, or at four fifths of it when it was found before.
  [[nodiscard]] bool reaches(Load::Value value, double level, Resource resource,
                             std::string_view group = {}) const;

 private:
  const Bottlenecks* before_;
};

void judge_cpu(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out);
void judge_memory(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out);
void judge_io(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out);
void judge_heat(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out);
// Of groups; `out` has what was found of the host already.
void judge_groups(const Load& load, const Hysteresis& was, std::vector<Bottleneck>& out);

[[nodiscard]] Bottleneck of_host(Resource resource, Severity severity, Load::Value utilisation,
                                 Load::Value pressure);
// Shared wording.
[[nodiscard]] std::string percent(double ratio);  // 0.873 -> "87%"
// A group's name for a sentence, cut when it is very long.
[[nodiscard]] std::string group_text(std::string_view name);
// The group with the most of a value; null when none has any.
[[nodiscard]] const Load::Group* heaviest(const Load& load, Load::Value Load::Group::*value);

// Work waits for a CPU that long, or, without pressure, that many tasks want each core. The kernel
// calls it "some" as soon as one task waits, so that a build as wide as the host has 10 to 40 %.
inline constexpr double kCpuWaits = 0.5;
inline constexpr double kCpuQueue = 1.5;
// Gregg, "The USE Method": above 70 % over a long window a resource is full for short ones.
inline constexpr double kCpuBusy = 0.7;
inline constexpr double kDiskBusy = 0.6;
inline constexpr double kIoSome = 0.4;

}  // namespace perfwatch
