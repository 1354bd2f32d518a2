// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace perfwatch {

// Whether the tier can work here, before anything is loaded: the error says what is missing and
// what would mend it.
[[nodiscard]] Result<void> check_ebpf_host();

// The effective capabilities that the programs need and "CapEff:" of /proc/self/status lacks, as
// text: "CAP_BPF and CAP_PERFMON"; empty when none is missing. Pure.
[[nodiscard]] std::string missing_capabilities(std::string_view status);

// What libbpf says of a failed load, cut to the line that tells: its message, or the last line of
// the verifier's log before the statistics. Pure, at most 200 bytes.
[[nodiscard]] std::string telling_line(std::string_view log);

}  // namespace perfwatch
