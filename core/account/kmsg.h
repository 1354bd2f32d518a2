// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// One message of the kernel's log (Documentation/ABI/testing/dev-kmsg):
//   6,1234,5678901,-;text
//    SUBSYSTEM=block
// Views point into the text that was parsed. The lines with the device's keys are not kept.
struct KmsgRecord {
  std::uint8_t level = 0;      // 0 emergency ... 7 debug
  std::uint32_t facility = 0;  // 0: the kernel itself. Programs (root's) get another one.
  std::uint64_t sequence = 0;  // grows by 1 with each message since boot
  std::chrono::microseconds since_boot{};  // the scheduler's clock: stops in suspend, drifts
  bool fragment = false;                   // goes on a message that another CPU broke apart
  std::string_view caller;                 // "T1234", "C0"; empty without CONFIG_PRINTK_CALLER
  std::string_view text;                   // escaped, see unescape_kmsg()
};

// The first line of a record, without its newline; nullopt for anything else.
[[nodiscard]] std::optional<KmsgRecord> parse_kmsg(std::string_view line);

// \xNN, by which the kernel writes all that is not printable ASCII and '\\', as the byte it was.
[[nodiscard]] std::string unescape_kmsg(std::string_view text);

// Reads /dev/kmsg, or a file with such records, from its beginning and without waiting.
class KmsgReader {
 public:
  explicit KmsgReader(std::string path);

  // Opens it where it is not open; costs nothing when it is. Errors carry "reading PATH: ".
  [[nodiscard]] Result<void> open();
  // The next message, valid until the next call; nullopt when there is none yet. Lines that are no
  // message are counted and skipped. After an error it has to be opened again and begins anew.
  [[nodiscard]] Result<std::optional<KmsgRecord>> next();

  // Messages that the kernel dropped before they were read, by the gaps in their numbers.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::uint64_t malformed() const { return malformed_; }

 private:
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] std::optional<std::string_view> take_line();
  [[nodiscard]] std::optional<KmsgRecord> accept(std::string_view line);

  std::string path_;
  UniqueFd fd_;
  std::string buffer_;  // what was read, from `used_` on still to be looked at
  std::size_t used_ = 0;
  std::optional<std::uint64_t> last_sequence_;
  std::uint64_t lost_ = 0;
  std::uint64_t malformed_ = 0;
};

}  // namespace perfwatch
