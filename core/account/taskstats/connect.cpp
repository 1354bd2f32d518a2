// SPDX-License-Identifier: Apache-2.0
// How the two connections begin and end.
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "core/account/taskstats/connection.h"
#include "core/base/file_reader.h"

namespace perfwatch {
namespace {

constexpr std::size_t kExitDatagram = 4096;  // two records of 560 bytes in Linux 6.18
constexpr std::size_t kProcDatagram = 512;   // one event of 40 bytes
constexpr int kPatience = 1000;              // batches of other messages before an answer

constexpr std::string_view kNeeds =
    "it needs CAP_NET_ADMIN, and the initial network, user and pid namespaces";

Error refused(std::string_view what, int errno_value) {
  Error error = within(what, error_from_errno(errno_value));
  // EINVAL: the kernel's word for another user or pid namespace.
  if (errno_value == EPERM || errno_value == EACCES || errno_value == EINVAL) {
    error.kind = ErrorKind::denied;
    error.text.append("; ").append(kNeeds);
  }
  return error;
}

// Takes one message; true when it was the answer.
using TakeAnswer = std::function<bool(const NetlinkMessage&)>;

Result<void> await(NetlinkSocket& socket, const TakeAnswer& take) {
  for (int i = 0; i < kPatience; ++i) {
    auto received = socket.receive();
    if (!received) return tl::unexpected(std::move(received.error()));
    if (received->count == 0 && !socket.wait()) break;
    for (std::size_t k = 0; k < received->count; ++k) {
      NetlinkMessages messages(socket.datagram(k).value_or(Bytes{}));
      NetlinkMessage message;
      while (messages.next(message)) {
        if (take(message)) return {};
      }
    }
  }
  return fail(ErrorKind::unsupported, "the kernel is silent");
}

// Sends a request and takes its answer, or the errno that came instead (0: acknowledged).
Result<int> ask(NetlinkSocket& socket, const GenericRequest& request, Bytes message,
                const std::function<bool(Bytes)>& take) {
  if (auto sent = socket.send(message); !sent) return tl::unexpected(std::move(sent.error()));
  int error = 0;
  auto answered = await(socket, [&](const NetlinkMessage& answer) {
    if (answer.type == NLMSG_ERROR) {
      // A record of an exit may come before the acknowledgement, and has a number of its own.
      if (answer.sequence != request.sequence) return false;
      error = netlink_errno(answer.payload).value_or(EPROTO);
      return true;
    }
    return take && answer.type == request.family && answer.sequence == request.sequence &&
           take(answer.payload);
  });
  if (!answered) return tl::unexpected(std::move(answered.error()));
  return error;
}

Result<std::uint16_t> find_family(NetlinkSocket& socket) {
  const GenericRequest request{GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, false};
  std::uint16_t family = 0;
  const auto take = [&](Bytes payload) {
    const auto body = generic_attributes(payload, CTRL_CMD_NEWFAMILY);
    NetlinkAttributes attributes(body.value_or(Bytes{}));
    NetlinkAttribute attribute;
    while (attributes.next(attribute)) {
      if (attribute.type == CTRL_ATTR_FAMILY_ID) {
        family = read_at<std::uint16_t>(attribute.payload, 0).value_or(0);
      }
    }
    return family >= NLMSG_MIN_TYPE;
  };
  const auto error = ask(
      socket, request,
      make_request(request, CTRL_ATTR_FAMILY_NAME, std::string_view(TASKSTATS_GENL_NAME)), take);
  if (!error) return tl::unexpected(within("finding taskstats", error.error()));
  if (*error == ENOENT) {
    return fail(ErrorKind::unsupported,
                "the kernel is built without CONFIG_TASKSTATS, or this is not the initial network "
                "namespace");
  }
  if (*error != 0) return tl::unexpected(refused("finding taskstats", *error));
  return family;
}

// One record of ourselves, to know before it counts that we understand them.
Result<void> try_record(NetlinkSocket& socket, std::uint16_t family) {
  const GenericRequest request{family, TASKSTATS_CMD_GET, 2, false};
  const std::array<std::int32_t, 1> tid{::gettid()};
  // Makes the kernel write down our run time, which is else as of the last tick or switch: maybe 0.
  timespec ran{};
  (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ran);
  Result<ExitRecord> record = fail(ErrorKind::malformed, "no record");
  const auto error = ask(
      socket, request, make_request(request, TASKSTATS_CMD_ATTR_PID, std::as_bytes(std::span(tid))),
      [&](Bytes payload) {
        record = parse_exit_record(payload);
        return true;
      });
  if (!error) return tl::unexpected(within("asking for a record", error.error()));
  if (*error != 0) return tl::unexpected(refused("asking taskstats", *error));
  if (!record) {
    return fail(ErrorKind::unsupported,
                "the kernel's taskstats are not understood, Linux 5.19 and "
                "later are (" +
                    record.error().text + ")");
  }
  if (record->thread.version < kLeastTaskstatsVersion) {
    return fail(ErrorKind::unsupported,
                "taskstats before Linux 5.19 do not tell processes from "
                "threads");
  }
  if (record->thread.run_nanoseconds == 0) {
    return fail(ErrorKind::unsupported,
                "the kernel is built without CONFIG_TASK_DELAY_ACCT, its "
                "records have no CPU time");
  }
  return {};
}

Result<void> register_everywhere(NetlinkSocket& socket, std::uint16_t family) {
  FileReader reader(4096);
  auto possible = reader.read("/sys/devices/system/cpu/possible");
  if (!possible) return tl::unexpected(std::move(possible.error()));
  const auto cpus = possible->substr(0, possible->find('\n'));
  if (cpus.empty() || cpus.find_first_not_of("0123456789,-") != std::string_view::npos) {
    return fail(ErrorKind::malformed, "/sys/devices/system/cpu/possible is no list of CPUs");
  }
  const GenericRequest request{family, TASKSTATS_CMD_GET, 3, true};
  const auto error = ask(socket, request,
                         make_request(request, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus), nullptr);
  if (!error) return tl::unexpected(within("registering for taskstats", error.error()));
  if (*error != 0) return tl::unexpected(refused("registering for taskstats", *error));
  return {};
}

// Lets a thread of ours end, to know that records really come: registering succeeds in another
// network namespace, too, but records go to the initial one only.
Result<void> see_an_exit(NetlinkSocket& socket, std::uint16_t family) {
  std::int32_t tid = 0;
  std::thread([&tid] { tid = ::gettid(); }).join();
  auto seen = await(socket, [&](const NetlinkMessage& message) {
    if (message.type != family) return false;
    const auto record = parse_exit_record(message.payload);
    return record && record->thread.tid == tid;
  });
  if (seen) return {};
  return fail(ErrorKind::unsupported,
              "no records of exits come; " + std::string(kNeeds) + " (" + seen.error().text + ")");
}

}  // namespace

Result<ExitConnection> connect_exits(std::size_t receive_bytes) {
  auto socket = NetlinkSocket::open({NETLINK_GENERIC, 0, receive_bytes, kExitDatagram});
  if (!socket) return tl::unexpected(within("generic netlink", std::move(socket.error())));
  const auto family = find_family(*socket);
  if (!family) return tl::unexpected(family.error());
  if (auto tried = try_record(*socket, *family); !tried) return tl::unexpected(tried.error());
  if (auto done = register_everywhere(*socket, *family); !done) return tl::unexpected(done.error());
  if (auto seen = see_an_exit(*socket, *family); !seen) return tl::unexpected(seen.error());
  return ExitConnection{std::move(*socket), *family};
}

Result<ProcConnection> ProcConnection::connect(std::size_t receive_bytes) {
  auto socket = NetlinkSocket::open({NETLINK_CONNECTOR, CN_IDX_PROC, receive_bytes, kProcDatagram});
  if (!socket) {
    Error error = within("the proc connector", std::move(socket.error()));
    error.text.append("; ").append(kNeeds).append(" and CONFIG_PROC_EVENTS");
    return tl::unexpected(std::move(error));
  }
  ProcConnection connection(std::move(*socket));
  if (auto listening = connection.listen(); !listening) {
    return tl::unexpected(within("the proc connector", std::move(listening.error())));
  }
  return connection;
}

ProcConnection::~ProcConnection() {
  // Older kernels count who listens, and do not notice who leaves.
  if (socket_.descriptor() >= 0) (void)tell(PROC_CN_MCAST_IGNORE);
}

Result<void> ProcConnection::tell(std::uint32_t operation) {
  nlmsghdr header{};
  cn_msg connector{};
  std::array<std::byte, sizeof header + sizeof connector + sizeof operation> message;
  header.nlmsg_len = message.size();
  header.nlmsg_type = NLMSG_DONE;
  connector.id = {CN_IDX_PROC, CN_VAL_PROC};
  connector.len = sizeof operation;
  std::memcpy(message.data(), &header, sizeof header);
  std::memcpy(message.data() + sizeof header, &connector, sizeof connector);
  std::memcpy(message.data() + sizeof header + sizeof connector, &operation, sizeof operation);
  return socket_.send(message);
}

Result<void> ProcConnection::listen() {
  if (auto told = tell(PROC_CN_MCAST_LISTEN); !told) return told;
  int error = 0;
  auto answered = await(socket_, [&](const NetlinkMessage& message) {
    const auto event = parse_proc_event(message.payload);
    if (!event || event->kind != ProcKind::acknowledged) return false;
    error = event->exit_code;
    return true;
  });
  if (!answered) {
    answered.error().text.append("; ").append(kNeeds).append(" and CONFIG_PROC_EVENTS");
    return answered;
  }
  if (error != 0) return tl::unexpected(refused("listening", error));
  return {};
}

}  // namespace perfwatch
