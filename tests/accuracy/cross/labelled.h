// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/cli/backtest_input.h"

namespace perfwatch {

// Labelled data, read as `perfwatch backtest` reads it. What is wrong with it ends the program.

[[noreturn]] inline void give_up(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::exit(1);
}

struct LabelledRow {
  double seconds;
  double value;
  double resident;
};

inline std::vector<LabelledRow> read_rows(const std::string& path) {
  auto input = BacktestInput::open({path, "", true, true, ""});
  if (!input) give_up(input.error().text);
  std::vector<LabelledRow> rows;
  BacktestRow row;
  for (;;) {
    const auto more = input->next(row);
    if (!more) give_up(more.error().text);
    if (!*more) return rows;
    rows.push_back({row.seconds, row.value, row.resident});
  }
}

inline nlohmann::json read_json(const std::string& path) {
  std::ifstream file(path);
  auto json = nlohmann::json::parse(file, nullptr, false);
  if (json.is_discarded()) give_up(path + ": cannot be read");
  return json;
}

}  // namespace perfwatch
