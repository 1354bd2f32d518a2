// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/account/taskstats/netlink.h"
#include "core/account/taskstats/records.h"
#include "core/base/result.h"
#include "core/base/unique_fd.h"

namespace perfwatch {

// What one receive() took. The datagrams live until the next one.
struct Received {
  std::size_t count = 0;  // 0: nothing is there now
  bool overrun = false;   // the kernel had more than the buffer held and threw it away
};

// One netlink socket that hears the kernel only, without ever blocking.
class NetlinkSocket {
 public:
  struct Shape {
    int protocol = 0;
    std::uint32_t groups = 0;
    std::size_t receive_bytes = 0;   // of the kernel's buffer
    std::size_t datagram_bytes = 0;  // no message is larger
  };
  [[nodiscard]] static Result<NetlinkSocket> open(const Shape& shape);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] Result<void> send(Bytes message);
  // As many datagrams as there are and a batch holds. An error when the socket is broken.
  [[nodiscard]] Result<Received> receive();
  // One of the last batch: empty when it was cut off; nullopt when not the kernel sent it.
  [[nodiscard]] std::optional<Bytes> datagram(std::size_t index) const;
  // Waits for something to receive; false when a second has passed without.
  [[nodiscard]] bool wait() const;

 private:
  static constexpr std::size_t kBatch = 32;

  NetlinkSocket(UniqueFd socket, std::size_t datagram_bytes);

  UniqueFd socket_;
  std::size_t datagram_bytes_;
  std::vector<std::byte> buffer_;
  std::vector<iovec> places_;
  std::vector<sockaddr_nl> senders_;
  std::vector<mmsghdr> headers_;
};

// The socket on which the kernel sends a record of every thread that ends, on whatever CPU.
struct ExitConnection {
  NetlinkSocket socket;
  std::uint16_t family = 0;  // the type of its messages
};
[[nodiscard]] Result<ExitConnection> connect_exits(std::size_t receive_bytes);

// The socket on which it sends forks, execs and exits as they happen.
class ProcConnection {
 public:
  [[nodiscard]] static Result<ProcConnection> connect(std::size_t receive_bytes);
  ProcConnection(ProcConnection&&) = default;
  ProcConnection& operator=(ProcConnection&&) = delete;
  ~ProcConnection();

  [[nodiscard]] NetlinkSocket& socket() { return socket_; }

 private:
  explicit ProcConnection(NetlinkSocket socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<void> listen();
  [[nodiscard]] Result<void> tell(std::uint32_t operation);

  NetlinkSocket socket_;
};

}  // namespace perfwatch
