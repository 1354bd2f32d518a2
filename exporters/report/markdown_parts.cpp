// SPDX-License-Identifier: Apache-2.0
#include "exporters/report/markdown_parts.h"

#include "core/analyse/wording.h"
#include "exporters/report/words.h"

namespace perfwatch {
namespace {

constexpr std::size_t kArgumentsShown = 200;

}  // namespace

void append_markdown_list(std::string& out, std::string_view heading,
                          const std::vector<std::string>& sentences) {
  if (sentences.empty()) return;
  put_markdown(out, "**{}**\n\n", as_markdown(heading));
  for (const auto& sentence : sentences) put_markdown(out, "- {}\n", as_markdown(sentence));
  out += '\n';
}

void append_markdown_commands(std::string& out, const Run& run) {
  if (!run.by_cpu.empty()) {
    out += "| Most CPU time | Count | CPU |\n|:---|---:|---:|\n";
    for (const auto& command : run.by_cpu) {
      put_markdown(out, "| {} | {} | {} |\n", as_markdown_cell(command.comm),
                   count_words(static_cast<double>(command.count)),
                   seconds_words(command.cpu_seconds));
    }
    out += '\n';
  }
  if (run.by_memory.empty()) return;
  out += "| Most memory in one process | Resident | Its command line |\n|:---|---:|:---|\n";
  for (const auto& command : run.by_memory) {
    put_markdown(out, "| {} | {} | {} |\n", as_markdown_cell(command.comm),
                 bytes_words(command.largest_bytes),
                 as_markdown_cell(shortened(command.largest_arguments, kArgumentsShown)));
  }
  out += '\n';
}

}  // namespace perfwatch
