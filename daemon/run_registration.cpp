// SPDX-License-Identifier: Apache-2.0
#include "daemon/run_registration.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/account/process_files.h"
#include "core/account/process_text.h"
#include "core/base/text.h"
#include "core/base/ulid.h"
#include "core/base/unique_fd.h"
#include "core/model/run_limits.h"
#include "daemon/asio.h"
#include "exporters/json/api.h"
#include "exporters/json/api_runs.h"
#include "exporters/json/json_node.h"
#include "exporters/json/run_json.h"

namespace perfwatch {
namespace {

using std::chrono::system_clock;

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::chrono::minutes kClocksDiffer{10};
constexpr std::chrono::hours kIdDiffers{1};
constexpr std::chrono::milliseconds kTryAgain{50};
constexpr double kLargestFigure = 1e18;  // an exabyte: sums of as many as there are runs are finite
constexpr double kCpuSlack = 2;          // cores come and go, and clocks differ

HttpResponse json_answer(unsigned status, std::string body) {
  auto response = HttpResponse::text(status, std::move(body));
  response.content_type = kJson;
  return response;
}

HttpResponse refuse(unsigned status, std::string_view text) {
  auto response = json_answer(status, api_error(text));
  if (status == 429 || status == 503) {
    response.extra_name = "Retry-After";
    response.extra_value = status == 429 ? "60" : "1";
  }
  return response;
}

// "application/json", with parameters or without.
bool is_json(std::string_view type) {
  const auto name = trim(type.substr(0, type.find(';')));
  constexpr std::string_view kName = "application/json";
  return std::equal(name.begin(), name.end(), kName.begin(), kName.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// What no run of this host can be; empty when all is well.
std::string wrong_with(const Run& run, const HostClass& host, system_clock::time_point now) {
  if (run.outcome == RunOutcome::running) return "/outcome: a run that has ended is expected";
  if (run.started > now + kClocksDiffer) return "/started: lies in the future";
  if (run.started < now - RunRegistration::kLongestPast) return "/started: more than a month ago";
  const auto made = ulid_time(run.id);
  if (!made || *made > run.started + kIdDiffers || *made < run.started - kIdDiffers) {
    return "/id: was made at another time than /started";
  }
  for (std::size_t i = 0; i < kRunMetrics; ++i) {
    if (run.figures[static_cast<RunMetric>(i)] > kLargestFigure) {
      return "/figures/" + std::string(run_metrics().at(i).name) + ": too large";
    }
  }
  const double wall = run.figures[RunMetric::wall_seconds];
  if (!(Seconds(wall) <= now + kClocksDiffer - run.started)) {
    return "/figures/wall_seconds: is missing, or longer than since /started";
  }
  const double cores = std::max<std::uint32_t>(host.cores, 1);
  for (const auto metric :
       {RunMetric::cpu_seconds, RunMetric::user_seconds, RunMetric::system_seconds}) {
    if (run.figures[metric] > kCpuSlack * (wall + 1) * cores) {
      return "/figures/" + std::string(run_metrics().at(static_cast<std::size_t>(metric)).name) +
             ": more than all cores have in that time";
    }
  }
  return {};
}

Result<RunOrder> read_order(std::string_view body) {
  const auto document = parse_document(body, kRunJsonBytes);
  if (!document) return tl::unexpected(document.error());
  std::string problem;
  const JsonNode node(*document, problem);
  Run run;
  run.component = node.at("component").needed_text();
  run.operation = node.at("operation").needed_text();
  node.at("labels").each_member(kRunLabels, [&](const std::string& name, const JsonNode& value) {
    run.labels.emplace_back(name, value.text());
  });
  RunOrder order;
  order.cold = node.at("cold").flag();
  order.root = static_cast<std::int32_t>(node.at("pid").count(1U << 22U));
  if (order.root <= 1) node.at("pid").complain("the pid of a process is expected, above 1");
  if (!problem.empty()) return fail(ErrorKind::malformed, std::move(problem));
  run = bounded(std::move(run));
  order.id = new_ulid(system_clock::now());
  order.component = std::move(run.component);
  order.operation = std::move(run.operation);
  order.labels = std::move(run.labels);
  return order;
}

Result<RunEndOrder> read_end(std::string_view body) {
  const auto document = parse_document(body, kRunJsonBytes);
  if (!document) return tl::unexpected(document.error());
  std::string problem;
  const JsonNode node(*document, problem);
  RunEndOrder order;
  order.id = node.at("id").needed_text();
  if (!is_ulid(order.id)) node.at("id").complain("no id of a run (26 characters, ULID)");
  order.exit_code = static_cast<int>(node.at("exit_code").count(255));
  if (!problem.empty()) return fail(ErrorKind::malformed, std::move(problem));
  return order;
}

struct Owned {
  std::uint32_t uid = 0;
  std::uint64_t start_ticks = 0;
};

// Whose it is, as the kernel makes a process' folder its effective user's, and which process that
// is said of.
std::optional<Owned> owner_of(std::int32_t pid) {
  const UniqueFd procfs(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd directory = open_process(procfs.get(), pid);
  struct stat found {};
  if (!directory.valid() || ::fstat(directory.get(), &found) != 0) return std::nullopt;
  SmallFile file;
  if (file.read_at(directory.get(), "stat") != 0) return std::nullopt;
  const auto stat = parse_process_stat(file.text());
  return stat ? std::optional(Owned{found.st_uid, stat->start_ticks}) : std::nullopt;
}

}  // namespace

// A run on its way through the worker.
struct RunRegistration::Parsing {
  std::string body;
  std::uint32_t uid = 0;
  bool trusted = false;
  HttpAnswer answer;
  Result<Run> run;
};

// Who waits for a run to be written.
struct RunRegistration::Waiting {
  Waiting(asio::io_context& loop, HttpAnswer a, std::string i, std::chrono::milliseconds patience)
      : answer(std::move(a)),
        id(std::move(i)),
        timer(loop),
        until(std::chrono::steady_clock::now() + patience) {}

  HttpAnswer answer;  // null: given
  std::string id;
  asio::steady_timer timer;
  std::chrono::steady_clock::time_point until;

  void tell(RunKept kept) {
    const auto ask = std::exchange(answer, nullptr);
    if (!ask) return;
    timer.cancel();
    switch (kept) {
      case RunKept::stored:
        return ask(json_answer(202, api_run_taken(id, true)));
      case RunKept::waits:
        return ask(json_answer(202, api_run_taken(id, false)));
      case RunKept::known:
        return ask(refuse(409, "a run of this id is known already, and stays as it is"));
      case RunKept::refused:
        return ask(refuse(503, "the run could not be kept, too many wait for the database"));
    }
  }
};

RunRegistration::RunRegistration(asio::io_context& loop, Workers& workers, RunJournal& journal,
                                 std::shared_ptr<RunInbox> inbox, Hurry hurry, HostClass host,
                                 std::chrono::milliseconds patience)
    : loop_(loop),
      workers_(workers),
      journal_(journal),
      inbox_(std::move(inbox)),
      hurry_(std::move(hurry)),
      once_more_(loop),
      host_(std::move(host)),
      patience_(patience),
      self_(std::make_shared<RunRegistration*>(this)) {}

RunRegistration::~RunRegistration() { *self_ = nullptr; }

// Why nothing is read of it.
std::optional<HttpResponse> RunRegistration::refusal(const HttpRequest& request, bool counts) {
  if (!request.uid) {
    return refuse(403,
                  "runs are taken over the unix socket only: perfwatch run finds it, else "
                  "curl --unix-socket PATH http://localhost/api/v1/runs");
  }
  if (!is_json(request.content_type)) {
    return refuse(415, "Content-Type: application/json is expected");
  }
  if (counts && !request.trusted && !rate_.take(*request.uid, std::chrono::steady_clock::now())) {
    return refuse(429, "too many runs of one user: 600 an hour are taken");
  }
  return std::nullopt;
}

HttpResponse RunRegistration::finished(const HttpRequest& request) {
  if (auto refused = refusal(request, true)) return std::move(*refused);
  auto parsing = std::make_shared<Parsing>();
  parsing->body = request.body;
  parsing->uid = *request.uid;
  parsing->trusted = request.trusted;
  HttpResponse response;
  response.later = [this, parsing](HttpAnswer answer) {
    parsing->answer = std::move(answer);
    parse(parsing);
  };
  return response;
}

void RunRegistration::parse(std::shared_ptr<Parsing> parsing) {
  workers_.start(
      [parsing] {
        parsing->run = run_from_json(parsing->body);
        parsing->body = {};
      },
      [self = self_, parsing] {
        if (*self != nullptr) (*self)->parsed(*parsing);
      });
}

void RunRegistration::parsed(Parsing& parsing) {
  if (!parsing.run) return parsing.answer(refuse(400, parsing.run.error().text));
  Run run = std::move(*parsing.run);
  if (const auto wrong = wrong_with(run, host_, system_clock::now()); !wrong.empty()) {
    return parsing.answer(refuse(400, wrong));
  }
  keep(std::move(run), parsing);
}

void RunRegistration::keep(Run run, const Parsing& from) {
  run.host_class = host_;
  if (!from.trusted) run.method += ", registered by user " + std::to_string(from.uid);
  const auto waiting = std::make_shared<Waiting>(loop_, from.answer, run.id, patience_);
  // Root may share the daemon's database, in which `perfwatch run` has written it by now.
  const bool replaces = from.trusted && !journal_.shows(run.id);
  journal_.add(std::move(run), replaces, [waiting](RunKept kept) { waiting->tell(kept); });
  wait(waiting);
}

// The database may be in use for something else, whose end nobody tells us.
void RunRegistration::wait(const std::shared_ptr<Waiting>& waiting) {
  journal_.write(Instant::now());
  if (!waiting->answer) return;
  if (std::chrono::steady_clock::now() >= waiting->until) return waiting->tell(RunKept::waits);
  waiting->timer.expires_after(kTryAgain);
  waiting->timer.async_wait([self = self_, waiting](const boost::system::error_code& error) {
    if (!error && *self != nullptr) (*self)->wait(waiting);
  });
}

HttpResponse RunRegistration::begin(const HttpRequest& request) {
  if (auto refused = refusal(request, true)) return std::move(*refused);
  auto order = read_order(request.body);
  if (!order) return refuse(400, order.error().text);
  const auto owner = owner_of(order->root);
  if (!owner) return refuse(404, "/pid: there is no process " + std::to_string(order->root));
  if (!request.trusted && owner->uid != *request.uid) {
    return refuse(403, "/pid: process " + std::to_string(order->root) + " is another user's");
  }
  order->start_ticks = owner->start_ticks;
  const std::string id = order->id;
  if (!inbox_->begin(std::move(*order))) {
    return refuse(503, "too many runs begin at once, try again");
  }
  hurry_();
  remember_opened(id, *request.uid);
  return json_answer(200, api_run_begun(id));
}

// A run is over with the second look that finds it at rest.
void RunRegistration::hurry_twice() {
  hurry_();
  once_more_.expires_after(kLastEvents);
  once_more_.async_wait([self = self_](const boost::system::error_code& error) {
    if (!error && *self != nullptr) (*self)->hurry_();
  });
}

// Where there is no room those go that ended with their root, then the oldest of who has most.
void RunRegistration::remember_opened(std::string id, std::uint32_t uid) {
  const auto now = std::chrono::steady_clock::now();
  opened_.push_back({std::move(id), uid, now});
  if (opened_.size() <= kOpen) return;
  std::erase_if(opened_, [&](const Opened& one) {
    return now - one.at > kSeenBy && !journal_.goes_on(one.id);
  });
  if (opened_.size() <= kOpen) return;
  std::map<std::uint32_t, std::size_t> counts;
  for (const Opened& one : opened_) ++counts[one.uid];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  opened_.erase(std::find_if(opened_.begin(), opened_.end(),
                             [&](const Opened& one) { return one.uid == most->first; }));
}

HttpResponse RunRegistration::end(const HttpRequest& request) {
  if (auto refused = refusal(request, false)) return std::move(*refused);
  auto order = read_end(request.body);
  if (!order) return refuse(400, order.error().text);
  const auto opened = std::find_if(opened_.begin(), opened_.end(),
                                   [&](const Opened& one) { return one.id == order->id; });
  const bool theirs = opened != opened_.end() && (request.trusted || opened->uid == *request.uid);
  if (!theirs) return refuse(404, "/id: no run of this id has begun, or not by this user");
  const std::string id = order->id;
  if (!inbox_->end(std::move(*order))) return refuse(503, "too many runs end at once, try again");
  hurry_twice();
  opened_.erase(opened);
  return json_answer(202, api_run_begun(id));
}

}  // namespace perfwatch
