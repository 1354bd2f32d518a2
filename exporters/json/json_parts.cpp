// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/json_parts.h"

#include <cmath>
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
