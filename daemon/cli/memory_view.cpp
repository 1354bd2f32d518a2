// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/memory_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/cli/human.h"
#include "daemon/cli/table.h"

namespace perfwatch {
namespace {

using Json = nlohmann::ordered_json;

// Those that were read by what they hold, then the others by what is known of them.
void sort_rows(std::vector<MemoryRow>& rows) {
  std::erase_if(rows, [](const auto& row) { return row.outcome == MemoryOutcome::ended; });
  const auto rank = [](const MemoryRow& row) {
    const bool read = row.outcome == MemoryOutcome::read;
    return std::pair(read, read ? row.memory.proportional_bytes : row.resident_bytes);
  };
  std::sort(rows.begin(), rows.end(), [&](const MemoryRow& a, const MemoryRow& b) {
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.key < b.key;
  });
}

std::map<std::string, std::vector<MemoryRow>> by_group(const std::vector<MemoryRow>& rows) {
  std::map<std::string, std::vector<MemoryRow>> groups;
  for (const auto& row : rows) {
    if (!row.group.empty()) groups[row.group].push_back(row);
  }
  return groups;
}

std::string bytes(std::uint64_t value) { return short_bytes(static_cast<double>(value)); }

std::vector<std::string> memory_cells(const SmapsRollup& memory) {
  return {bytes(memory.resident_bytes), bytes(memory.proportional_bytes),
          bytes(memory.private_bytes), bytes(memory.swapped_bytes)};
}

void append(std::vector<std::string>& cells, std::vector<std::string> more) {
  cells.insert(cells.end(), more.begin(), more.end());
}

std::vector<Column> with_memory(std::vector<Column> columns) {
  for (const char* title : {"RSS", "PSS", "USS", "SWAP"}) columns.push_back({title, 7});
  return columns;
}

std::string lines_of(const Table& table, const Style& style) {
  std::string out;
  for (const auto& line : lay_out(table, style.terminal ? style.width : 0)) out += line + "\n";
  return out;
}

void put(const SmapsRollup& memory, Json& out) {
  out["resident_bytes"] = memory.resident_bytes;
  out["proportional_bytes"] = memory.proportional_bytes;
  out["private_bytes"] = memory.private_bytes;
  out["swapped_bytes"] = memory.swapped_bytes;
  out["swap_proportional_bytes"] = memory.swap_proportional_bytes;
}

Json describe(const MemorySum& sum) {
  Json out = Json::object();
  out["processes"] = sum.processes;
  out["read"] = sum.read;
  put(sum.memory, out);
  return out;
}

Json describe(const MemoryRow& row) {
  Json out = Json::object();
  out["pid"] = row.key.pid;
  out["start_ticks"] = row.key.start_ticks;
  out["comm"] = row.comm;
  if (!row.group.empty()) out["group"] = row.group;
  out["outcome"] = to_string(row.outcome);
  if (row.outcome == MemoryOutcome::read) {
    put(row.memory, out);
  } else {
    out["resident_bytes"] = row.resident_bytes;
  }
  if (!row.error.empty()) out["error"] = row.error;
  return out;
}

}  // namespace

MemorySum sum_of(const std::vector<MemoryRow>& rows) {
  MemorySum sum;
  for (const auto& row : rows) {
    if (row.outcome == MemoryOutcome::ended) continue;
    ++sum.processes;
    if (row.outcome != MemoryOutcome::read) continue;
    ++sum.read;
    sum.memory.resident_bytes += row.memory.resident_bytes;
    sum.memory.proportional_bytes += row.memory.proportional_bytes;
    sum.memory.private_bytes += row.memory.private_bytes;
    sum.memory.swapped_bytes += row.memory.swapped_bytes;
    sum.memory.swap_proportional_bytes += row.memory.swap_proportional_bytes;
  }
  return sum;
}

std::string render_processes(std::vector<MemoryRow> rows, const Style& style) {
  sort_rows(rows);
  Table table{with_memory({{"PID", 7}, {"COMMAND", 16, true, true}}), {}};
  for (const auto& row : rows) {
    std::vector<std::string> cells{std::to_string(row.key.pid), row.comm};
    if (row.outcome == MemoryOutcome::read) {
      append(cells, memory_cells(row.memory));
    } else {
      append(cells, {bytes(row.resident_bytes), "-", "-", "-"});
    }
    table.rows.push_back(std::move(cells));
  }
  if (rows.size() > 1) {
    std::vector<std::string> cells{"", "total"};
    append(cells, memory_cells(sum_of(rows).memory));
    table.rows.push_back(std::move(cells));
  }
  return lines_of(table, style);
}

std::string render_groups(const std::vector<MemoryRow>& rows, const Style& style) {
  std::vector<std::pair<std::string, MemorySum>> groups;
  for (const auto& [name, members] : by_group(rows)) groups.emplace_back(name, sum_of(members));
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return a.second.memory.proportional_bytes > b.second.memory.proportional_bytes;
  });
  groups.emplace_back("total", sum_of(rows));
  Table table{with_memory({{"GROUP", 16, true, true}, {"PROCS", 6}, {"READ", 6, false, false, 1}}),
              {}};
  for (const auto& [name, sum] : groups) {
    std::vector<std::string> cells{name, std::to_string(sum.processes), std::to_string(sum.read)};
    append(cells,
           sum.read > 0 ? memory_cells(sum.memory) : std::vector<std::string>{"-", "-", "-", "-"});
    table.rows.push_back(std::move(cells));
  }
  return lines_of(table, style);
}

std::string memory_json(std::vector<MemoryRow> rows, bool ascii) {
  sort_rows(rows);
  Json out = Json::object();
  out["processes"] = Json::array();
  for (const auto& row : rows) out["processes"].push_back(describe(row));
  out["groups"] = Json::array();
  for (const auto& [name, members] : by_group(rows)) {
    Json group = Json::object();
    group["name"] = name;
    group.update(describe(sum_of(members)));
    out["groups"].push_back(std::move(group));
  }
  out["total"] = describe(sum_of(rows));
  return out.dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

std::vector<std::string> explain_unread(const std::vector<MemoryRow>& rows,
                                        const MemoryLimits& limits) {
  std::map<MemoryOutcome, std::size_t> count;
  std::string error;
  for (const auto& row : rows) {
    ++count[row.outcome];
    if (row.outcome == MemoryOutcome::failed && error.empty()) {
      error = fmt::format("process {}: {}", row.key.pid, row.error);
    }
  }
  const auto of = [&](std::size_t n) {
    return fmt::format("{} of {} processes", n, rows.size() - count[MemoryOutcome::ended]);
  };
  std::vector<std::string> out;
  if (const auto n = count[MemoryOutcome::denied]; n > 0) {
    out.push_back(of(n) + " may not be read by this user: root may, with CAP_SYS_PTRACE");
  }
  if (const auto n = count[MemoryOutcome::too_large]; n > 0 && limits.resident_bytes) {
    out.push_back(fmt::format("{} were not read because they hold more than {}: --force reads them",
                              of(n), human_bytes(static_cast<double>(*limits.resident_bytes))));
  }
  if (const auto n = count[MemoryOutcome::late]; n > 0) {
    out.push_back(of(n) + " were not read in time: --timeout gives more");
  }
  if (const auto n = count[MemoryOutcome::failed]; n > 0) {
    out.push_back(fmt::format("{} could not be read: {}", of(n), error));
  }
  return out;
}

}  // namespace perfwatch
