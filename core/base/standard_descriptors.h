// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace perfwatch {

// Holds the places of those of standard input, output and error that we were started without
// (`2>&-`): else the next file that is opened gets the number, and what is said to a person lands
// in it. Reading and writing there fail as they would without us, and a program that we execute
// finds them closed. First of all in main().
void hold_standard_descriptors();

}  // namespace perfwatch
