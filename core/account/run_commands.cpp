// SPDX-License-Identifier: Apache-2.0
#include "core/account/run_commands.h"

#include <algorithm>
#include <limits>

#include "core/base/text.h"

namespace perfwatch {
namespace {

constexpr const char* kOther = "other";

// Most first; what is not known last; equal ones by name.
bool more(double a, double b, const RunCommand& x, const RunCommand& y) {
  if (!(a == a)) a = -1;
  if (!(b == b)) b = -1;
  return a != b ? a > b : x.comm < y.comm;
}

}  // namespace

RunCommands::Sum& RunCommands::sum_of(std::string_view comm) {
  std::string name(comm);
  const auto found = sums_.find(name);
  if (found != sums_.end()) return found->second;
  if (sums_.size() >= most_) name = kOther;
  return sums_[name];
}

void RunCommands::add(std::string_view comm, std::uint64_t count, double cpu_seconds) {
  Sum& sum = sum_of(comm);
  sum.count += count;
  sum.cpu_seconds += cpu_seconds;
}

void RunCommands::note_memory(std::string_view comm, const ProcessKey& process, std::uint64_t bytes,
                              const Arguments& arguments) {
  Sum& sum = sum_of(comm);
  if (bytes <= sum.largest_bytes) return;
  sum.largest_bytes = bytes;
  if (sum.largest == process && !sum.arguments.empty()) return;
  sum.largest = process;
  sum.arguments = arguments().substr(0, kArgumentBytes);
}

std::vector<RunCommand> RunCommands::top(Less less) const {
  std::vector<RunCommand> all;
  all.reserve(sums_.size());
  for (const auto& [comm, sum] : sums_) {
    RunCommand& command = all.emplace_back();
    command.comm = comm;
    command.count = sum.count;
    command.cpu_seconds = sum.cpu_seconds;
    command.largest_bytes = sum.largest_bytes != 0 ? static_cast<double>(sum.largest_bytes)
                                                   : std::numeric_limits<double>::quiet_NaN();
    command.largest_arguments = sum.arguments;
  }
  std::sort(all.begin(), all.end(), less);
  if (all.size() > kTop) all.resize(kTop);
  for (RunCommand& command : all) {
    command.comm = printable_utf8(command.comm);
    command.largest_arguments = cut_utf8(printable_utf8(command.largest_arguments), kArgumentBytes);
  }
  return all;
}

std::vector<RunCommand> RunCommands::by_cpu() const {
  return top([](const RunCommand& a, const RunCommand& b) {
    return more(a.cpu_seconds, b.cpu_seconds, a, b);
  });
}

std::vector<RunCommand> RunCommands::by_memory() const {
  return top([](const RunCommand& a, const RunCommand& b) {
    return more(a.largest_bytes, b.largest_bytes, a, b);
  });
}

}  // namespace perfwatch
