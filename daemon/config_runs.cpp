// SPDX-License-Identifier: Apache-2.0
// What runs are recognised by, and compared with.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.h"
#include "core/model/process.h"
#include "daemon/config_fields.h"
#include "daemon/config_json.h"

namespace perfwatch {
namespace {

constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kLongestMarker = 128;
constexpr std::size_t kLongestGlob = 256;
constexpr std::size_t kDeepestGlob = 16;

// Texts, of which `fault` says what is wrong with each; empty: nothing.
template <class Fault>
std::optional<std::vector<std::string>> read_each(const json& value, const Place& at, Fault fault) {
  auto texts = read_texts(value, at);
  if (!texts || !is_list(value, at, kMostEntries)) return std::nullopt;
  bool good = true;
  for (std::size_t i = 0; i < texts->size(); ++i) {
    const std::string problem = fault((*texts)[i]);
    if (problem.empty()) continue;
    at.child(i).problem(quote((*texts)[i]) + " " + problem);
    good = false;
  }
  return good ? std::move(texts) : std::nullopt;
}

std::string marker_fault(const std::string& name) {
  if (is_label_name(name) && name.size() <= kLongestMarker) return {};
  return "is no name of an environment variable (example: TEAMCITY_VERSION)";
}

std::string cgroup_fault(const std::string& glob) {
  if (!glob.starts_with('/') || glob.size() < 2 || glob.ends_with('/')) {
    return "is no path of a cgroup (example: /runner.slice/*)";
  }
  if (glob.size() > kLongestGlob) return "is longer than 256 bytes";
  const auto parts = std::count(glob.begin(), glob.end(), '/');
  if (static_cast<std::size_t>(parts) > kDeepestGlob) return "has more than 16 parts";
  if (glob.find("**") != std::string::npos) {
    return "has **, but a glob is for one depth: give one for each";
  }
  return {};
}

std::string worker_fault(const std::string& comm) {
  if (comm.size() < kCommSize) return {};
  return "is longer than the kernel keeps: give its first 15 bytes, " +
         quote(comm.substr(0, kCommSize - 1));
}

}  // namespace

std::optional<std::string> read_baseline_source(const json& value, const Place& at) {
  if (value.is_string() && value.get_ref<const std::string&>().empty()) return std::string();
  return read_base_url(
      value, at, {"a Prometheus-compatible server", "/api/v1/query", "http://127.0.0.1:9090"});
}
std::optional<std::vector<std::string>> read_run_markers(const json& value, const Place& at) {
  return read_each(value, at, marker_fault);
}
std::optional<std::vector<std::string>> read_run_cgroups(const json& value, const Place& at) {
  return read_each(value, at, cgroup_fault);
}
std::optional<std::vector<std::string>> read_run_workers(const json& value, const Place& at) {
  return read_each(value, at, worker_fault);
}

}  // namespace perfwatch
