// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/result.h"
#include "daemon/config.h"
#include "daemon/options.h"

namespace perfwatch {

// The daemon: the only place that knows everything. Made, run once, gone.
class App {
 public:
  App(Options options, Config config);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Opens sockets and collectors; after an error nothing runs.
  [[nodiscard]] Result<void> start();
  // Until SIGTERM or SIGINT. True when everything has ended; false when a thread was left hanging,
  // which may still use what we own: the process must then end without destroying it.
  [[nodiscard]] bool run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace perfwatch
