// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/netlink.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <string>

namespace perfwatch {
namespace {

// Lengths are padded to 4 bytes, except that the last one need not be.
Bytes after(Bytes bytes, std::size_t length) {
  const std::size_t padded = (length + 3U) & ~std::size_t{3U};
  return bytes.subspan(std::min(padded, bytes.size()));
}

template <class T>
void put(std::vector<std::byte>& out, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

bool NetlinkMessages::next(NetlinkMessage& out) {
  if (rest_.empty()) return false;
  const auto header = read_at<nlmsghdr>(rest_, 0);
  malformed_ = !header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest_.size();
  if (malformed_) return false;
  out.type = header->nlmsg_type;
  out.sequence = header->nlmsg_seq;
  out.payload = rest_.first(header->nlmsg_len).subspan(sizeof(nlmsghdr));
  rest_ = after(rest_, header->nlmsg_len);
  return true;
}

bool NetlinkAttributes::next(NetlinkAttribute& out) {
  if (rest_.empty()) return false;
  const auto header = read_at<nlattr>(rest_, 0);
  malformed_ = !header || header->nla_len < sizeof(nlattr) || header->nla_len > rest_.size();
  if (malformed_) return false;
  out.type = header->nla_type & NLA_TYPE_MASK;
  out.payload = rest_.first(header->nla_len).subspan(sizeof(nlattr));
  rest_ = after(rest_, header->nla_len);
  return true;
}

std::optional<Bytes> generic_attributes(Bytes payload, std::uint8_t command) {
  const auto header = read_at<genlmsghdr>(payload, 0);
  if (!header || header->cmd != command) return std::nullopt;
  return payload.subspan(sizeof(genlmsghdr));
}

std::optional<int> netlink_errno(Bytes payload) {
  const auto error = read_at<std::int32_t>(payload, 0);
  if (!error || *error > 0 || *error < -4095) return std::nullopt;  // the kernel's MAX_ERRNO
  return -*error;
}

std::vector<std::byte> make_request(const GenericRequest& request, std::uint16_t attribute,
                                    Bytes value) {
  std::vector<std::byte> out;
  nlmsghdr header{};
  header.nlmsg_type = request.family;
  header.nlmsg_flags = NLM_F_REQUEST;
  if (request.acknowledge) header.nlmsg_flags |= NLM_F_ACK;
  header.nlmsg_seq = request.sequence;
  genlmsghdr generic{};
  generic.cmd = request.command;
  generic.version = 1;
  nlattr head{};
  head.nla_type = attribute;
  head.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size());
  header.nlmsg_len =
      static_cast<std::uint32_t>(sizeof header + sizeof generic + ((head.nla_len + 3U) & ~3U));
  put(out, header);
  put(out, generic);
  put(out, head);
  out.insert(out.end(), value.begin(), value.end());
  out.resize(header.nlmsg_len);
  return out;
}

std::vector<std::byte> make_request(const GenericRequest& request, std::uint16_t attribute,
                                    std::string_view text) {
  const std::string terminated(text);
  return make_request(request, attribute,
                      std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

}  // namespace perfwatch
