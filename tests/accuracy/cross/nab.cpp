// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/cross/nab.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "core/base/timestamp.h"
#include "tests/accuracy/cross/labelled.h"

namespace perfwatch {
namespace {

double sigmoid(double y) { return y > 3 ? -1 : 2 / (1 + std::exp(5 * y)) - 1; }

// (a - b) / rows.
double lengths(std::size_t a, std::size_t b, std::size_t rows) {
  return (static_cast<double>(a) - static_cast<double>(b)) / static_cast<double>(rows);
}

void set_worths(NabFile& file) {
  const std::size_t rows = file.values.size();
  file.probation = std::min<std::size_t>(rows * 15 / 100, 750);
  file.window_of.assign(rows, NabFile::kOutside);
  file.worth.assign(rows, -1);
  for (std::size_t i = 0; i < file.windows.size(); ++i) {
    const auto [first, last] = file.windows[i];
    const std::size_t end = i + 1 < file.windows.size() ? file.windows[i + 1].first : rows;
    for (std::size_t row = first; row <= last; ++row) {
      file.window_of[row] = static_cast<int>(i);
      file.worth[row] = sigmoid(lengths(row, last + 1, last - first + 1)) / sigmoid(-1);
    }
    for (std::size_t row = last + 1; row < end; ++row) {
      file.worth[row] = sigmoid(lengths(row, last, std::max<std::size_t>(last - first, 1)));
    }
  }
}

NabFile load(const std::string& folder, const std::string& name, const nlohmann::json& labels) {
  NabFile file;
  file.category = name.substr(0, name.find('/'));
  std::map<double, std::size_t> first_row;
  for (const auto& row : read_rows(folder + "/data/" + name)) {
    first_row.emplace(row.seconds, file.values.size());
    file.seconds.push_back(row.seconds);
    file.values.push_back(row.value);
  }
  const auto row_of = [&](const nlohmann::json& label) {
    const auto seconds = parse_timestamp(label.get<std::string>());
    const auto row = seconds ? first_row.find(*seconds) : first_row.end();
    if (row == first_row.end()) give_up(name + ": no row at " + label.dump());
    return row->second;
  };
  for (const auto& label : labels) file.windows.push_back({row_of(label[0]), row_of(label[1])});
  std::sort(file.windows.begin(), file.windows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  set_worths(file);
  return file;
}

}  // namespace

std::vector<NabFile> load_nab(const std::string& folder) {
  std::vector<NabFile> files;
  const nlohmann::json windows = read_json(folder + "/windows.json");
  for (const auto& [name, labels] : windows.items()) files.push_back(load(folder, name, labels));
  return files;
}

NabFile without_rows(const NabFile& file, double share, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform;
  NabFile fewer;
  fewer.category = file.category;
  fewer.windows = file.windows;
  for (std::size_t row = 0; row < file.values.size(); ++row) {
    const auto window = static_cast<std::size_t>(std::max(file.window_of[row], 0));
    const bool inside = file.window_of[row] != NabFile::kOutside;
    const bool first = inside && file.windows[window].first == row;
    const bool last = inside && file.windows[window].last == row;
    if (uniform(random) < share && !first && !last) continue;
    if (first) fewer.windows[window].first = fewer.values.size();
    if (last) fewer.windows[window].last = fewer.values.size();
    fewer.seconds.push_back(file.seconds[row]);
    fewer.values.push_back(file.values[row]);
  }
  set_worths(fewer);
  return fewer;
}

NabSum& NabSum::operator+=(const NabSum& other) {
  windows += other.windows;
  hit += other.hit;
  false_rows += other.false_rows;
  gain += other.gain;
  cost += other.cost;
  return *this;
}

double NabSum::score(double false_weight) const {
  const double sum = gain + false_weight * cost - (windows - hit);
  return windows > 0 ? 100 * (sum + windows) / (2 * windows) : 0;
}

NabSum score_alerts(const NabFile& file, std::span<const std::size_t> alerts) {
  NabSum sum;
  sum.windows = static_cast<int>(file.windows.size());
  int hit = NabFile::kOutside;
  for (const std::size_t row : alerts) {
    if (row < file.probation) continue;
    if (file.window_of[row] == NabFile::kOutside) {
      sum.cost += file.worth[row];
      ++sum.false_rows;
    } else if (file.window_of[row] != hit) {  // the first one in a window earns most
      hit = file.window_of[row];
      sum.gain += file.worth[row];
      ++sum.hit;
    }
  }
  return sum;
}

}  // namespace perfwatch
