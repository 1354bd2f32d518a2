// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/model/process.h"
#include "core/model/run.h"

namespace perfwatch {

// The processes of a run by the program that they ran last: how many, what they cost, and which of
// them was the fattest.
class RunCommands {
 public:
  // More than these, or than are asked for, are "other" together.
  static constexpr std::size_t kMostCommands = 4096;
  static constexpr std::size_t kTop = 10;
  static constexpr std::size_t kArgumentBytes = 512;

  using Arguments = std::function<std::string()>;

  explicit RunCommands(std::size_t most = kMostCommands) : most_(most) {}

  void add(std::string_view comm, std::uint64_t count, double cpu_seconds);
  // `process` has had so much resident memory; `arguments` is asked when it is another one that is
  // the largest of its program now.
  void note_memory(std::string_view comm, const ProcessKey& process, std::uint64_t bytes,
                   const Arguments& arguments);

  // The first kTop by CPU time and by memory, most first; names and arguments printable, cut.
  [[nodiscard]] std::vector<RunCommand> by_cpu() const;
  [[nodiscard]] std::vector<RunCommand> by_memory() const;

 private:
  struct Sum {
    std::uint64_t count = 0;
    double cpu_seconds = 0;
    std::uint64_t largest_bytes = 0;
    ProcessKey largest;
    std::string arguments;
  };
  [[nodiscard]] Sum& sum_of(std::string_view comm);
  using Less = bool (*)(const RunCommand&, const RunCommand&);
  [[nodiscard]] std::vector<RunCommand> top(Less less) const;

  std::size_t most_;
  std::unordered_map<std::string, Sum> sums_;
};

}  // namespace perfwatch
