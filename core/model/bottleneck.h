// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/finding.h"

namespace perfwatch {

// What a host or a group of processes can be short of; contention by a neighbour is CPU time that
// somebody else takes: another guest of the same machine, or another group.
enum class Resource : std::uint8_t { cpu, memory, swap, io, neighbour, descriptors, thermal };
inline constexpr std::array kResources = {
    Resource::cpu,       Resource::memory,      Resource::swap,   Resource::io,
    Resource::neighbour, Resource::descriptors, Resource::thermal};

[[nodiscard]] constexpr std::string_view to_string(Resource resource) {
  switch (resource) {
    case Resource::cpu:
      return "cpu";
    case Resource::memory:
      return "memory";
    case Resource::swap:
      return "swap";
    case Resource::io:
      return "io";
    case Resource::neighbour:
      return "neighbour";
    case Resource::descriptors:
      return "descriptors";
    case Resource::thermal:
      return "thermal";
  }
  return "cpu";
}

// One thing that bounds the host or a group, seen over the recent window.
struct Bottleneck {
  Resource resource = Resource::cpu;
  std::string group;  // empty: the host
  Severity severity = Severity::info;
  std::optional<double> utilisation;            // 0..1 of what there is
  std::optional<double> pressure;               // 0..1 of the time in which work waited for it
  std::chrono::system_clock::time_point since;  // seen without a break since
  std::string evidence;                         // a sentence with the numbers
  std::string expected;                         // what the numbers are where it does not bind
  std::string recommendation;                   // what to do, for an administrator
  std::string command;                          // shows the same picture live
};

// What bounded the host at one instant. Immutable once in a frame.
struct Bottlenecks {
  enum class State : std::uint8_t { insufficient_data, none, bound };
  State state = State::insufficient_data;
  static constexpr std::size_t kSamplesWanted = 10;  // with fewer nothing is said
  std::size_t samples = 0;                           // in the window
  double seconds = 0;                                // that it spans
  std::string summary;                               // a sentence: what the state means here
  // By Resource: whether it bounds the host or a group; nullopt where that cannot be measured.
  std::array<std::optional<bool>, kResources.size()> bound{};
  std::vector<Bottleneck> list;  // the worst first
};

[[nodiscard]] constexpr std::string_view to_string(Bottlenecks::State state) {
  switch (state) {
    case Bottlenecks::State::insufficient_data:
      return "insufficient data";
    case Bottlenecks::State::none:
      return "none";
    case Bottlenecks::State::bound:
      return "bound";
  }
  return "none";
}

}  // namespace perfwatch
