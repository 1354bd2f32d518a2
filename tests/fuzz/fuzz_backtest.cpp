// SPDX-License-Identifier: Apache-2.0
// CSV files of strangers, as `perfwatch backtest` takes them.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/cli/backtest_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  static const int file = ::memfd_create("input", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (file < 0 || ::ftruncate(file, 0) != 0) std::abort();
  if (::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  auto input = BacktestInput::open({path, {}, true, true, {}});
  if (!input) return 0;
  BacktestRow row;
  std::size_t rows = 0;
  for (auto more = input->next(row); more && *more; more = input->next(row)) {
    if (++rows > size) std::abort();
    if (row.value_text.size() > size || row.seconds != row.seconds) std::abort();
  }
  return 0;
}
