// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/bottleneck_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analyse/wording.h"

namespace perfwatch {

Bottleneck of_host(Resource resource, Severity severity, Load::Value utilisation,
                   Load::Value pressure) {
  Bottleneck found;
  found.resource = resource;
  found.severity = severity;
  found.utilisation = utilisation;
  found.pressure = pressure;
  return found;
}

const Bottleneck* Hysteresis::held(Resource resource, std::string_view group) const {
  if (before_ == nullptr) return nullptr;
  const auto& list = before_->list;
  const auto found = std::find_if(list.begin(), list.end(), [&](const Bottleneck& old) {
    return old.resource == resource && old.group == group;
  });
  return found == list.end() ? nullptr : &*found;
}

bool Hysteresis::reaches(Load::Value value, double level, Resource resource,
                         std::string_view group) const {
  constexpr double kLeave = 0.8;
  if (!value || !std::isfinite(*value)) return false;
  return *value >= (held(resource, group) != nullptr ? kLeave * level : level);
}

std::string percent(double ratio) {
  const double shown = std::clamp(ratio, 0.0, 10.0) * 100;
  return shown > 0 && shown < 1 ? fmt::format("{:.1f}%", shown) : fmt::format("{:.0f}%", shown);
}

std::string group_text(std::string_view name) {
  constexpr std::size_t kLimit = 80;
  return shortened(name, kLimit);
}

const Load::Group* heaviest(const Load& load, Load::Value Load::Group::*value) {
  const Load::Group* most = nullptr;
  for (const auto& group : load.groups) {
    if (!(group.*value) || !(*(group.*value) > 0)) continue;
    if (most == nullptr || *(group.*value) > *(most->*value)) most = &group;
  }
  return most;
}

}  // namespace perfwatch
