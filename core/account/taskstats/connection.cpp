// SPDX-License-Identifier: Apache-2.0
#include "core/account/taskstats/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace perfwatch {

Result<NetlinkSocket> NetlinkSocket::open(const Shape& shape) {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, shape.protocol));
  if (!socket.valid() && errno == EAFNOSUPPORT) {
    return fail(ErrorKind::denied,
                "AF_NETLINK is closed to this process, as by RestrictAddressFamilies= of its unit");
  }
  if (!socket.valid()) return tl::unexpected(within("socket", error_from_errno(errno)));
  const int bytes = static_cast<int>(std::min<std::size_t>(shape.receive_bytes, 1U << 30U));
  // The first needs CAP_NET_ADMIN, the second is cut at net.core.rmem_max.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = shape.groups;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return tl::unexpected(within("bind", error_from_errno(errno)));
  }
  return NetlinkSocket(std::move(socket), shape.datagram_bytes);
}

NetlinkSocket::NetlinkSocket(UniqueFd socket, std::size_t datagram_bytes)
    : socket_(std::move(socket)),
      datagram_bytes_(datagram_bytes),
      buffer_(kBatch * datagram_bytes),
      places_(kBatch),
      senders_(kBatch),
      headers_(kBatch) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    places_[i] = {buffer_.data() + i * datagram_bytes, datagram_bytes};
    headers_[i].msg_hdr.msg_name = &senders_[i];
    headers_[i].msg_hdr.msg_iov = &places_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

Result<void> NetlinkSocket::send(Bytes message) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = ::sendto(socket_.get(), message.data(), message.size(), 0,
                                reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  if (sent < 0) return tl::unexpected(within("send", error_from_errno(errno)));
  return {};
}

Result<Received> NetlinkSocket::receive() {
  Received received;
  for (auto& header : headers_) header.msg_hdr.msg_namelen = sizeof(sockaddr_nl);
  while (true) {
    const int got = ::recvmmsg(socket_.get(), headers_.data(), kBatch, 0, nullptr);
    if (got >= 0) {
      received.count = static_cast<std::size_t>(got);
      return received;
    }
    if (errno == EAGAIN) return received;
    if (errno == ENOBUFS) {
      received.overrun = true;
    } else if (errno != EINTR) {
      return tl::unexpected(within("receive", error_from_errno(errno)));
    }
  }
}

std::optional<Bytes> NetlinkSocket::datagram(std::size_t index) const {
  const mmsghdr& header = headers_[index];
  if (header.msg_hdr.msg_namelen < sizeof(sockaddr_nl) || senders_[index].nl_pid != 0) {
    return std::nullopt;
  }
  if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) return Bytes{};
  return Bytes(buffer_).subspan(index * datagram_bytes_,
                                std::min<std::size_t>(header.msg_len, datagram_bytes_));
}

bool NetlinkSocket::wait() const {
  pollfd poll{socket_.get(), POLLIN, 0};
  return ::poll(&poll, 1, 1000) > 0;
}

}  // namespace perfwatch
