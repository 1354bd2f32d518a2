// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/result.h"

namespace perfwatch {

// The file of a database, before SQLite touches it.

// The absolute path of `name` in `folder`; the folder is made (0750) where only its last part is
// missing. Links on the way to the folder are the administrator's and are followed.
[[nodiscard]] Result<std::string> place_for(const std::string& folder, const std::string& name);

// Makes the file (0640) where it is missing. Refuses anything but a regular file of one name, a
// link above all: whoever may write to the folder must not have us write elsewhere.
[[nodiscard]] Result<void> make_file(const std::string& path);

// Renames the database and its journal to "PATH.corrupt-20260301T123000Z"; the new path.
[[nodiscard]] Result<std::string> move_aside(const std::string& path);

}  // namespace perfwatch
