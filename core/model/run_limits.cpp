// SPDX-License-Identifier: Apache-2.0
#include "core/model/run_limits.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/model/run_timeline.h"

namespace perfwatch {
namespace {

// What is cut first is not looked at: a word may be megabytes long.
void bound(std::string& text, std::size_t limit) {
  const std::string printable = printable_utf8(cut_utf8(text, limit));
  text = cut_utf8(printable, limit);
}

template <class T>
void shorten(std::vector<T>& list, std::size_t limit) {
  if (list.size() > limit) list.resize(limit);
}

void bound_labels(std::vector<std::pair<std::string, std::string>>& labels) {
  for (auto& [name, value] : labels) {
    bound(name, kRunNameBytes);
    bound(value, kRunTextBytes);
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(labels.begin(), labels.end(), by_name);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  labels.erase(std::unique(labels.begin(), labels.end(), same), labels.end());
  shorten(labels, kRunLabels);
}

void bound_commands(std::vector<RunCommand>& commands) {
  shorten(commands, kRunCommands);
  for (RunCommand& command : commands) {
    bound(command.comm, kRunNameBytes);
    bound(command.largest_arguments, kRunArgumentBytes);
  }
}

}  // namespace

Run bounded(Run run) {
  for (std::string* name : {&run.component, &run.operation, &run.host, &run.host_class.cpu_model}) {
    bound(*name, kRunNameBytes);
  }
  for (std::string* text : {&run.method, &run.reason}) bound(*text, kRunTextBytes);
  shorten(run.command, kRunWords);
  for (std::string& word : run.command) bound(word, kRunWordBytes);
  bound_labels(run.labels);
  bound_commands(run.by_cpu);
  bound_commands(run.by_memory);
  run.timeline = downsampled(std::move(run.timeline), kRunTimeline);
  return run;
}

BaselineKey bounded(BaselineKey key) {
  bound(key.component, kRunNameBytes);
  bound(key.operation, kRunNameBytes);
  bound(key.host_class, kRunTextBytes);
  return key;
}

}  // namespace perfwatch
