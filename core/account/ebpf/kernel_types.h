// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

struct btf;

namespace perfwatch {

// Writes the types of the running kernel that a program names, cut out of all that it has, into an
// empty file, for btf_custom_path of libbpf. For each type that it relocates libbpf 1.1 looks
// through the names of all 126,000 of a kernel, 1 ms; among these few hundred it finds them at
// once. What a member points to is left out: a relocation never follows a pointer.
//
// `program`: the types of the program (bpf_object__btf()); names are compared up to "___", as
// libbpf does. Where it cannot be done all of the kernel's types serve, too.
[[nodiscard]] Result<void> cut_kernel_types(const btf* kernel, const btf* program, int file);

}  // namespace perfwatch
