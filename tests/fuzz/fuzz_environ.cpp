// SPDX-License-Identifier: Apache-2.0
// /proc/PID/environ and cmdline, which a process fills as it likes, up to the names of a run.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/account/ci_mark.h"
#include "core/account/ci_names.h"
#include "core/account/process_origin.h"
#include "core/base/text.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace perfwatch;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto variable = [&](const char* name) -> std::optional<std::string> {
    const auto value = environ_value(text, name);
    if (!value) return std::nullopt;
    check(value->data() >= text.data() &&
          value->data() + value->size() < text.data() + text.size());  // its NUL is inside
    check(value->find('\0') == std::string_view::npos);
    return std::string(*value);
  };
  const std::vector<std::string> more{"MY_JOB"};
  if (const auto mark = ci_mark(variable, more)) {
    check(mark->job != 0 && !mark->variable.empty());
  }
  const CiNames names = ci_names(variable);
  for (const auto& name : {names.component, names.job}) {
    check(name.size() <= 128 && name == printable_utf8(name));
  }
  for (const auto& word : split_arguments(text, 16, 64)) check(word.size() <= 64);
  return 0;
}
