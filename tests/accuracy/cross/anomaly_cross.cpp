// SPDX-License-Identifier: Apache-2.0
// What the anomaly detector reaches on files that its constants were not chosen on. In each fold
// all constants are searched for on the other files, by cross-entropy, from a start that is off by
// a factor of 1.1 to 6 in every one of them; then the files left out are scored.
//
//   build/bin/anomaly_cross DATA [SCHEME...]
//
// SCHEME: off (all constants off by 12 % at once, 60 times), five (file number modulo 5), category
// (one category left out), shuffled (five folds of shuffled files, three times); all of them by
// default: 25 minutes. Not inside the folds: which statistics there are.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/accuracy/cross/labelled.h"
#include "tests/accuracy/cross/nab.h"
#include "variable/anomaly.cpp"
#include "variable/tail_rank.cpp"

namespace perfwatch {
namespace {

// now, earlier and recent rows, ..., rest: logarithms, as all of them are scales.
constexpr std::size_t kConstants = 11;
using Constants = std::array<double, kConstants>;
constexpr Constants kChosen = {1.7, 25, 3, 50, 2000, 24, 1, 1.6, 6, 0.05, 60};
constexpr Constants kStart = {2.6, 40, 2, 25, 1000, 45, 2.5, 2.6, 3, 0.3, 25};
constexpr double kChosenThreshold = 5;

Constants logarithms(Constants constants) {
  for (double& constant : constants) constant = std::log(constant);
  return constants;
}

// Sets all but the rest, which is returned: rows.
std::size_t set_constants(Constants logs) {
  for (double& constant : logs) constant = std::exp(constant);
  kNowRows = std::max(1.0, logs[0]);
  kRecentRows = std::max(1.0, logs[1]);
  kEarlierRows = kRecentRows * logs[2];
  kSpreadRows = std::max(1, static_cast<int>(logs[3]));
  kUsualRows = logs[4];
  kDriftRows = std::max(1.0, logs[5]);
  kLevelStep = logs[6];
  kMostOfOneRow = static_cast<float>(logs[7]);
  kDecline = static_cast<float>(logs[8]);
  kPrior = static_cast<float>(logs[9]);
  return static_cast<std::size_t>(logs[10]);
}

// Thresholds, as strengths: 3.0, 3.1, ... 7.4.
constexpr int kThresholds = 45;
constexpr double kLeastThreshold = 3;
constexpr double kThresholdStep = 0.1;
double threshold(int i) { return kLeastThreshold + kThresholdStep * i; }

using Sums = std::array<NabSum, kThresholds>;

struct Strong {
  std::size_t row;
  double strength;
};

// A detector that never alerts gives the strength of each row; alerts and rests follow from them.
Sums score_file(const NabFile& file, std::size_t rest) {
  AnomalyDetector::Settings settings;
  settings.threshold = 1;
  AnomalyDetector detector(settings);
  std::vector<Strong> strong;
  for (std::size_t row = 0; row < file.values.size(); ++row) {
    const double score = detector.add(file.values[row], file.seconds[row]).score;
    const double strength = kAlertStrength * score / (1 - score);
    if (row >= settings.warm_up_rows && strength >= kLeastThreshold) {
      strong.push_back({row, strength});
    }
  }
  Sums sums;
  for (int i = 0; i < kThresholds; ++i) {
    std::vector<std::size_t> alerts;
    for (const auto& [row, strength] : strong) {
      if (strength >= threshold(i) && (alerts.empty() || row > alerts.back() + rest)) {
        alerts.push_back(row);
      }
    }
    sums[static_cast<std::size_t>(i)] = score_alerts(file, alerts);
  }
  return sums;
}

struct Corpus {
  std::vector<NabFile> files;
  std::vector<NabFile> fewer;  // the same without 6 % of their rows: a view of what might have been
};

// Of all files with folds[file] == fold, or of all others.
Sums score_files(const std::vector<NabFile>& files, const Constants& logs,
                 const std::vector<int>& folds, int fold, bool others) {
  const std::size_t rest = set_constants(logs);
  Sums all{};
  for (std::size_t i = 0; i < files.size(); ++i) {
    if ((folds[i] != fold) != others) continue;
    const Sums sums = score_file(files[i], rest);
    for (std::size_t t = 0; t < sums.size(); ++t) all[t] += sums[t];
  }
  return all;
}

// The mean of both profiles, at the threshold whose neighbourhood has the best mean.
struct Objective {
  double value = -std::numeric_limits<double>::infinity();
  int threshold = 0;
};

Objective objective(const Corpus& corpus, const Constants& logs, const std::vector<int>& folds,
                    int fold) {
  const Sums files = score_files(corpus.files, logs, folds, fold, true);
  const Sums fewer = score_files(corpus.fewer, logs, folds, fold, true);
  const auto value = [&](int i) {
    const auto at = static_cast<std::size_t>(std::clamp(i, 0, kThresholds - 1));
    const auto both = [](const NabSum& sum) {
      return (sum.score(kStandard) + sum.score(kLowFalse)) / 2;
    };
    return 0.6 * both(files[at]) + 0.4 * both(fewer[at]);
  };
  Objective best;
  for (int i = 0; i < kThresholds; ++i) {
    double around = 0;
    for (int d = -3; d <= 3; ++d) around += (4 - std::abs(d)) * value(i + d) / 16;
    if (around > best.value) best = {around, i};
  }
  return best;
}

// Cross-entropy: samples around a mean, and the mean and spread of the best of them next.
Constants search(const Corpus& corpus, const std::vector<int>& folds, int fold, unsigned seed) {
  constexpr int kRounds = 6;
  constexpr std::size_t kSamples = 60;
  constexpr std::size_t kBest = 15;
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Constants mean = logarithms(kStart);
  Constants deviation;
  deviation.fill(0.5);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::pair<double, Constants>> samples(kSamples);
    for (auto& [value, sample] : samples) {
      for (std::size_t i = 0; i < kConstants; ++i) {
        sample[i] = mean[i] + deviation[i] * normal(random);
      }
      value = objective(corpus, sample, folds, fold).value;
    }
    std::sort(samples.rbegin(), samples.rend());
    for (std::size_t i = 0; i < kConstants; ++i) {
      double sum = 0, squares = 0;
      for (std::size_t k = 0; k < kBest; ++k) sum += samples[k].second[i];
      mean[i] = sum / kBest;
      for (std::size_t k = 0; k < kBest; ++k)
        squares += std::pow(samples[k].second[i] - mean[i], 2);
      deviation[i] = std::max(0.05, 0.3 * deviation[i] + 0.7 * std::sqrt(squares / kBest));
    }
  }
  return mean;
}

void cross_validate(const Corpus& corpus, const std::string& name, const std::vector<int>& folds,
                    unsigned seed) {
  const int count = *std::max_element(folds.begin(), folds.end()) + 1;
  NabSum held;
  for (int fold = 0; fold < count; ++fold) {
    const Constants found = search(corpus, folds, fold, 100 * seed + static_cast<unsigned>(fold));
    const Objective best = objective(corpus, found, folds, fold);
    const auto at = static_cast<std::size_t>(best.threshold);
    const NabSum tuned = score_files(corpus.files, found, folds, fold, true)[at];
    const NabSum part = score_files(corpus.files, found, folds, fold, false)[at];
    held += part;
    std::printf("  %s, fold %d: tuned on %.1f / %.1f, held out %.1f / %.1f of %d windows\n",
                name.c_str(), fold, tuned.score(kStandard), tuned.score(kLowFalse),
                part.score(kStandard), part.score(kLowFalse), part.windows);
    std::fflush(stdout);
  }
  std::printf("%s: held out %.1f standard, %.1f low FP; %d of %d windows, %d false rows\n",
              name.c_str(), held.score(kStandard), held.score(kLowFalse), held.hit, held.windows,
              held.false_rows);
  std::fflush(stdout);
}

void show_off(const Corpus& corpus) {
  constexpr int kTimes = 60;
  constexpr double kOff = 0.12;
  const std::vector<int> one_fold(corpus.files.size(), 0);
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> standard, low;
  for (int i = 0; i < kTimes; ++i) {
    Constants logs = logarithms(kChosen);
    for (double& constant : logs) constant += kOff * normal(random);
    const double wanted = kChosenThreshold + 0.1 * normal(random);
    const auto at =
        static_cast<std::size_t>(std::lround((wanted - kLeastThreshold) / kThresholdStep));
    const NabSum sum = score_files(corpus.files, logs, one_fold, 0, false)[at];
    standard.push_back(sum.score(kStandard));
    low.push_back(sum.score(kLowFalse));
  }
  const auto show = [](const char* profile, const std::vector<double>& scores) {
    double mean = 0;
    for (const double score : scores) mean += score / kTimes;
    std::printf("all constants off by 12 %%, %d times: %s mean %.1f, %.1f to %.1f\n", kTimes,
                profile, mean, *std::min_element(scores.begin(), scores.end()),
                *std::max_element(scores.begin(), scores.end()));
  };
  show("standard", standard);
  show("low FP", low);
  std::fflush(stdout);
}

std::vector<int> by_number(std::size_t files) {
  std::vector<int> folds;
  for (std::size_t i = 0; i < files; ++i) folds.push_back(static_cast<int>(i % 5));
  return folds;
}

std::vector<int> by_category(const std::vector<NabFile>& files) {
  std::map<std::string, int> categories;
  std::vector<int> folds;
  for (const auto& file : files) {
    folds.push_back(
        categories.emplace(file.category, static_cast<int>(categories.size())).first->second);
  }
  return folds;
}

void run(const Corpus& corpus, std::string_view scheme) {
  const std::vector<int> five = by_number(corpus.files.size());
  if (scheme == "off") return show_off(corpus);
  if (scheme == "five") return cross_validate(corpus, "five folds", five, 1);
  if (scheme == "category") {
    return cross_validate(corpus, "a category left out", by_category(corpus.files), 1);
  }
  if (scheme != "shuffled") give_up("no scheme " + std::string(scheme));
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::vector<int> folds = five;
    std::mt19937 random(seed);
    std::shuffle(folds.begin(), folds.end(), random);
    cross_validate(corpus, "five shuffled folds " + std::to_string(seed), folds, seed);
  }
}

}  // namespace
}  // namespace perfwatch

int main(int argc, char** argv) {
  using namespace perfwatch;
  if (argc < 2) give_up("usage: anomaly_cross DATA [off] [five] [category] [shuffled]");
  Corpus corpus{load_nab(std::string(argv[1]) + "/nab"), {}};
  for (const auto& file : corpus.files) corpus.fewer.push_back(without_rows(file, 0.06, 50));
  std::vector<std::string_view> schemes(argv + 2, argv + argc);
  if (schemes.empty()) schemes = {"off", "five", "category", "shuffled"};
  for (const auto scheme : schemes) run(corpus, scheme);
}
