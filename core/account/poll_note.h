// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/accounting.h"

namespace perfwatch {

// What both readers of the poll tier say of themselves.
void describe_poll(Accounting& out);

}  // namespace perfwatch
