// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace perfwatch {

// The frames of netlink(7), cut apart and put together: pure, bounded, for any bytes.

using Bytes = std::span<const std::byte>;

// A T at `offset`, which need not be aligned (the kernel's own structures are not); nullopt when it
// is not there as a whole.
template <class T>
[[nodiscard]] std::optional<T> read_at(Bytes bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

struct NetlinkMessage {
  std::uint16_t type = 0;
  std::uint32_t sequence = 0;
  Bytes payload;  // without the header
};

// Walks the messages of one datagram.
class NetlinkMessages {
 public:
  explicit NetlinkMessages(Bytes datagram) : rest_(datagram) {}
  // False at the end, and at a header whose length is not that of its message: malformed() then.
  [[nodiscard]] bool next(NetlinkMessage& out);
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  Bytes rest_;
  bool malformed_ = false;
};

struct NetlinkAttribute {
  std::uint16_t type = 0;  // without the flags for nesting and byte order
  Bytes payload;
};

// Walks attributes, those of a message or of an attribute that nests; as NetlinkMessages.
class NetlinkAttributes {
 public:
  explicit NetlinkAttributes(Bytes attributes) : rest_(attributes) {}
  [[nodiscard]] bool next(NetlinkAttribute& out);
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  Bytes rest_;
  bool malformed_ = false;
};

// The attributes of a generic netlink message, behind genlmsghdr; nullopt when it is cut off or its
// command is another.
[[nodiscard]] std::optional<Bytes> generic_attributes(Bytes payload, std::uint8_t command);

// The errno (positive; 0 is an acknowledgement) of an NLMSG_ERROR's payload; nullopt when cut off.
[[nodiscard]] std::optional<int> netlink_errno(Bytes payload);

// A generic netlink request of one attribute, as the kernel wants it.
struct GenericRequest {
  std::uint16_t family = 0;
  std::uint8_t command = 0;
  std::uint32_t sequence = 0;
  bool acknowledge = false;
};
[[nodiscard]] std::vector<std::byte> make_request(const GenericRequest& request,
                                                  std::uint16_t attribute, Bytes value);
// The same with a text, which the kernel wants with its NUL.
[[nodiscard]] std::vector<std::byte> make_request(const GenericRequest& request,
                                                  std::uint16_t attribute, std::string_view text);

}  // namespace perfwatch
