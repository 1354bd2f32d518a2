// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/json_parts.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "exporters/json/api.h"

namespace perfwatch {
namespace {

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

void put(Json& object, const char* key, std::optional<double> value) {
  if (value && std::isfinite(*value)) object[key] = *value;
}

Json labels_object(const Labels& labels) {
  Json object = Json::object();
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
  const std::time_t unix_time = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  ::gmtime_r(&unix_time, &utc);
  char date[40];
  const std::size_t size = std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char fraction[24];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(millis));
  return std::string(date, size) + fraction;
}

std::string success(Json data) {
  Json answer = Json::object();
  answer["status"] = "success";
  answer["data"] = std::move(data);
  return dump(answer);
}

std::string api_error(std::string_view text) {
  Json answer = Json::object();
  answer["status"] = "error";
  answer["error"] = text;
  return dump(answer);
}

}  // namespace perfwatch
