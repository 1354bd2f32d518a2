// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/model/saved_alert.h"

namespace perfwatch {

// A store may be damaged, or written by somebody else: these bring what it gave back into the
// bounds of a live alert. False when it is none: names that are not names, texts without bound, a
// state without its times.
//
// No end is before its start. Times more than a day ahead of `now`, which no clock that was set
// explains, become `now`: a start in the far future could not be resolved before it. The
// fingerprint is computed anew.
[[nodiscard]] bool make_sound(Alert& alert, Instant now);
[[nodiscard]] bool make_sound(SavedAlert& saved, Instant now);

}  // namespace perfwatch
