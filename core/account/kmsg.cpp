// SPDX-License-Identifier: Apache-2.0
#include "core/account/kmsg.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/text.h"

namespace perfwatch {
namespace {

// The kernel never makes a longer record (CONSOLE_EXT_LOG_MAX), and refuses a read that has no room
// for the next one.
constexpr std::size_t kRecordLimit = 8192;

// Takes what stands before the first `end` off the front of `text`; nullopt without an `end`.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

template <class Number>
std::optional<Number> take_number(std::string_view& text, char end) {
  const auto part = take_until(text, end);
  return part ? to_number<Number>(*part) : std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::optional<KmsgRecord> parse_kmsg(std::string_view line) {
  constexpr std::uint32_t kLevels = 8;
  const auto head_end = line.find(';');
  if (head_end == std::string_view::npos) return std::nullopt;
  std::string_view head = line.substr(0, head_end);
  const auto priority = take_number<std::uint32_t>(head, ',');
  const auto sequence = priority ? take_number<std::uint64_t>(head, ',') : std::nullopt;
  const auto time = sequence ? take_number<std::int64_t>(head, ',') : std::nullopt;
  if (!time || *time < 0) return std::nullopt;
  KmsgRecord record;
  record.level = static_cast<std::uint8_t>(*priority % kLevels);
  record.facility = *priority / kLevels;
  record.sequence = *sequence;
  record.since_boot = std::chrono::microseconds(*time);
  record.fragment = head.starts_with('c') || head.starts_with('+');
  constexpr std::string_view kCaller = ",caller=";
  if (const auto caller = head.find(kCaller); caller != std::string_view::npos) {
    record.caller = head.substr(caller + kCaller.size());
    record.caller = record.caller.substr(0, record.caller.find(','));
  }
  record.text = line.substr(head_end + 1);
  return record;
}

std::string unescape_kmsg(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      const int high = hex_digit(text[i + 2]);
      const int low = hex_digit(text[i + 3]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 3;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

KmsgReader::KmsgReader(std::string path) : path_(std::move(path)) {}

Result<void> KmsgReader::open() {
  if (fd_.valid()) return {};
  fd_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd_.valid()) {
    return tl::unexpected(within("reading " + path_, error_from_errno(errno)));
  }
  buffer_.clear();
  used_ = 0;
  return {};
}

// False when there is nothing new.
Result<bool> KmsgReader::fill() {
  if (!fd_.valid()) return false;
  const std::size_t kept = buffer_.size() - used_;
  buffer_.erase(0, used_);
  used_ = 0;
  buffer_.resize(kept + kRecordLimit);
  ssize_t got = -1;
  do {  // EPIPE: the kernel overwrote what came next; the following read goes on behind the gap
    got = ::read(fd_.get(), buffer_.data() + kept, kRecordLimit);
  } while (got < 0 && (errno == EINTR || errno == EPIPE));
  const int why = errno;
  buffer_.resize(kept + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got > 0) return true;
  if (got == 0 || why == EAGAIN) return false;
  fd_.reset();
  return tl::unexpected(within("reading " + path_, error_from_errno(why)));
}

// A line that is complete. One that never ends is given up, so that the buffer stays small.
std::optional<std::string_view> KmsgReader::take_line() {
  const std::string_view rest = std::string_view(buffer_).substr(used_);
  const auto end = rest.find('\n');
  if (end != std::string_view::npos) {
    used_ += end + 1;
    return rest.substr(0, end);
  }
  if (rest.size() >= kRecordLimit) {
    used_ = buffer_.size();
    ++malformed_;
  }
  return std::nullopt;
}

std::optional<KmsgRecord> KmsgReader::accept(std::string_view line) {
  if (line.empty() || line.front() == ' ') return std::nullopt;  // a key of the device
  auto record = parse_kmsg(line);
  if (!record) {
    ++malformed_;
    return std::nullopt;
  }
  if (last_sequence_) {
    if (record->sequence <= *last_sequence_) return std::nullopt;  // opened again
    lost_ += record->sequence - *last_sequence_ - 1;
  }
  last_sequence_ = record->sequence;
  return record;
}

Result<std::optional<KmsgRecord>> KmsgReader::next() {
  while (true) {
    while (const auto line = take_line()) {
      if (auto record = accept(*line)) return record;
    }
    auto more = fill();
    if (!more) return tl::unexpected(std::move(more.error()));
    if (!*more) return std::nullopt;
  }
}

}  // namespace perfwatch
