// SPDX-License-Identifier: Apache-2.0
#include "daemon/resident_memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <charconv>

#include "core/base/file_reader.h"
#include "core/base/text.h"

namespace perfwatch {
namespace {

// The next word of `line`, which loses it.
std::string_view take_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(' '), line.size());
  const auto end = std::min(line.find(' ', begin), line.size());
  const auto word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

std::optional<std::uintptr_t> hexadecimal(std::string_view text) {
  std::uintptr_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

// "7f0a3c000000-7f0a3c021000 r-xp 00026000 fe:00 1234 /usr/lib/libc.so.6", see proc_pid_maps(5).
std::optional<CodeMapping> code_mapping(std::string_view line) {
  const auto range = take_word(line);
  const auto rights = take_word(line);
  take_word(line);  // offset
  take_word(line);  // device
  const auto inode = take_word(line);
  const auto dash = range.find('-');
  if (rights != "r-xp" || inode.empty() || inode == "0" || dash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto begin = hexadecimal(range.substr(0, dash));
  const auto end = hexadecimal(range.substr(dash + 1));
  if (!begin || !end || *begin >= *end) return std::nullopt;
  return CodeMapping{*begin, *end - *begin};
}

void give_back_memory() {
  ::malloc_trim(0);
  FileReader reader;
  const auto maps = reader.read("/proc/self/maps");
  if (!maps) return;  // then it stays resident
  std::string_view text = *maps;
  std::string_view line;
  while (next_line(text, line)) {
    if (const auto code = code_mapping(line)) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what the kernel gave
      (void)::madvise(reinterpret_cast<void*>(code->begin), code->size, MADV_DONTNEED);
    }
  }
}

}  // namespace perfwatch
