// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "core/base/standard_descriptors.h"
#include "daemon/app.h"
#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/options.h"
#include "daemon/reference.h"
#include "daemon/version.h"

namespace {

using namespace perfwatch;

constexpr int kWrongUsage = 2;

// One arena: a few threads that hardly allocate do not need one each, and each would keep its own
// free memory. What is large (the table of thousands of processes) goes back to the host when it is
// free; glibc would soon raise its threshold and keep the holes.
void limit_heap() {
  constexpr int kLarge = 128 << 10;
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, kLarge);
}

// Room for the connections that the limits allow.
void raise_descriptor_limit() {
  constexpr rlim_t kWanted = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
  limit.rlim_cur = std::min(kWanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    log_warning("could not raise the limit of open files, ignoring it");
  }
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return EXIT_SUCCESS;
}

// 2: flags or configuration are wrong, another try will not mend it. 1: the host refuses something.
int exit_code(const Error& error) {
  return error.kind == ErrorKind::malformed ? kWrongUsage : EXIT_FAILURE;
}

int serve(Options options, Config config) {
  log_info("starting perfwatchd",
           {{"version", std::string(kVersion)}, {"revision", std::string(kRevision)}});
  App app(std::move(options), std::move(config));
  if (auto started = app.start(); !started) {
    log_error("cannot start", {{"error", started.error().text}});
    return exit_code(started.error());
  }
  const bool clean = app.run();
  log_info("stopped");
  // A thread that hangs in the kernel must not hold up the end, and may use what App owns.
  if (!clean) std::_Exit(EXIT_SUCCESS);
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  limit_heap();
  auto parsed = parse_options(argc, argv);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  auto& options = std::get<Options>(parsed);
  if (options.print == Options::Print::metrics) return print(metric_reference());
  if (options.print == Options::Print::config) return print(config_reference_markdown());
  set_up_log(options.log_level, options.log_format);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  auto config = load_config(options.config_file, process_environment());
  if (!config) {
    std::fprintf(stderr, "perfwatchd: the configuration is wrong:\n%s\n",
                 config.error().text.c_str());
    return kWrongUsage;
  }
  return serve(std::move(options), std::move(*config));
}
