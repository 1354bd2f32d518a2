// SPDX-License-Identifier: Apache-2.0
#include "daemon/cli/run_daemon.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/base/ulid.h"
#include "core/model/run_limits.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/client.h"
#include "exporters/json/json_node.h"
#include "exporters/json/run_json.h"

namespace perfwatch {
namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::size_t kAnswerLimit = std::size_t{64} << 10U;

Result<Response> post(const Address& address, const char* target, std::string json) {
  Client client(address, {kPatience, kAnswerLimit});
  return client.post(target, std::move(json));
}

// The id in an answer of success; else what the daemon says.
Result<std::string> read_answer(const Address& address, const Response& response) {
  const auto document = parse_document(response.body, kAnswerLimit);
  std::string problem;
  if (!document) {
    return fail(ErrorKind::malformed,
                address.text() + ": status " + std::to_string(response.status) +
                    " and no JSON; is this perfwatchd, and not older than this command?");
  }
  const JsonNode node(*document, problem);
  if (response.status >= 300) {
    return fail(ErrorKind::denied, address.text() + ": " + safe_text(node.at("error").text()));
  }
  std::string id = node.at("data").at("id").text();
  if (is_ulid(id)) return id;
  return fail(ErrorKind::malformed, address.text() + ": an answer without the id of a run");
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<void> check_local(const Address& address) {
  if (address.is_unix()) return {};
  return fail(ErrorKind::unsupported,
              "no daemon at its unix socket, which this needs; is it running? try: systemctl "
              "status perfwatchd, or name the socket: --address unix:PATH");
}

bool register_run(const Address& address, const Run& run) {
  const auto response = post(address, "/api/v1/runs", run_to_json(bounded(run)));
  return response && response->status == 202;
}

Result<std::string> begin_run_there(const Address& address, const RunBegin& begin) {
  Json body = Json::object();
  body["component"] = begin.component;
  body["operation"] = begin.operation;
  body["labels"] = labels_object(begin.labels);
  body["pid"] = begin.pid;
  body["cold"] = begin.cold;
  const auto response = post(address, "/api/v1/runs/begin", dump(body));
  if (!response) return tl::unexpected(response.error());
  return read_answer(address, *response);
}

Result<void> end_run_there(const Address& address, const std::string& id, int exit_code) {
  Json body = Json::object();
  body["id"] = id;
  body["exit_code"] = exit_code;
  const auto response = post(address, "/api/v1/runs/end", dump(body));
  if (!response) return tl::unexpected(response.error());
  if (auto read = read_answer(address, *response); !read) return tl::unexpected(read.error());
  return {};
}

}  // namespace perfwatch
