// SPDX-License-Identifier: Apache-2.0
#include "daemon/collector_trouble.h"

#include <string>

#include "daemon/log.h"

namespace perfwatch {
namespace {

// So long nothing may go wrong before the log says that it is over.
constexpr std::chrono::minutes kCalm{1};

void say_trouble(const CollectorState& state, const Result<Samples>& result) {
  const std::string name(state.name);
  if (result) {
    log_warning("collector could not read an item, ignoring it",
                {{"collector", name}, {"error", state.last_error}});
  } else if (result.error().kind == ErrorKind::unsupported) {
    log_info("collector has no source on this host",
             {{"collector", name}, {"error", state.last_error}});
  } else {
    log_warning("collector failed, going on without it",
                {{"collector", name}, {"error", state.last_error}});
  }
}

}  // namespace

void CollectorTrouble::note(const CollectorState& state, const Result<Samples>& result,
                            std::chrono::steady_clock::time_point now) {
  const Level level = !result                    ? Level::failed
                      : state.last_error.empty() ? Level::none
                                                 : Level::items;
  if (level > said_) {
    say_trouble(state, result);
    said_ = level;
  }
  if (level != Level::none) {
    calm_since_ = now;
  } else if (said_ != Level::none && now - calm_since_ >= kCalm) {
    said_ = Level::none;
    log_info("collector reads everything again", {{"collector", std::string(state.name)}});
  }
}

}  // namespace perfwatch
