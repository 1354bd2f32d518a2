// SPDX-License-Identifier: Apache-2.0
#include "daemon/pressure_triggers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "core/analyse/host_look.h"
#include "core/base/unique_fd.h"

namespace perfwatch {
namespace {

// Writes to the kernel and to nobody else: a copied tree may stand in its place.
Result<UniqueFd> open_pressure(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return tl::unexpected(error_from_errno(errno));
  struct statfs system {};
  if (::fstatfs(file.get(), &system) != 0) return tl::unexpected(error_from_errno(errno));
  if (system.f_type != PROC_SUPER_MAGIC) return fail(ErrorKind::unsupported, "is not in procfs");
  return file;
}

Result<UniqueFd> open_trigger(const std::string& path, std::string_view kind, double ratio,
                              std::chrono::microseconds window) {
  auto file = open_pressure(path);
  if (!file) return file;
  const double stall = ratio * static_cast<double>(window.count());
  const std::string text = fmt::format("{} {:.0f} {}", kind, stall, window.count());
  // With the null at its end, as the kernel's own example has it.
  if (::write(file->get(), text.c_str(), text.size() + 1) < 0) {
    return tl::unexpected(error_from_errno(errno));
  }
  return file;
}

}  // namespace

struct PressureTriggers::Trigger {
  boost::asio::posix::stream_descriptor descriptor;
  WakeSource source;
  Fired fired;  // empty: closed
};

PressureTriggers::PressureTriggers(boost::asio::io_context& loop, std::string folder, Fired fired,
                                   std::chrono::microseconds window)
    : loop_(loop), folder_(std::move(folder)), fired_(std::move(fired)), window_(window) {}

PressureTriggers::~PressureTriggers() { close(); }

void PressureTriggers::close() {
  for (const auto& trigger : triggers_) {
    trigger->fired = nullptr;
    boost::system::error_code ignored;
    trigger->descriptor.close(ignored);
  }
  triggers_.clear();
}

Result<void> PressureTriggers::open(const LoadBounds& bounds) {
  close();
  Result<void> result;
  const auto keep = [&](Result<void> added) {
    if (!added && result) result = std::move(added);
  };
  for (std::size_t i = 0; i < kStallResources.size(); ++i) {
    keep(add(i, "some", HostLook::kStallTrigger, kPressureSources[i]));
  }
  for (const auto& stall : bounds.stalls) {
    keep(add(stall.resource, stall.full ? "full" : "some", stall.ratio, WakeSource::rule));
  }
  return result;
}

Result<void> PressureTriggers::add(std::size_t resource, std::string_view kind, double ratio,
                                   WakeSource source) {
  const std::string path = folder_ + "/" + std::string(kStallResources[resource]);
  auto file = open_trigger(path, kind, ratio, window_);
  if (!file) return tl::unexpected(within("a trigger at " + path, std::move(file.error())));
  auto trigger = std::make_shared<Trigger>(
      Trigger{boost::asio::posix::stream_descriptor(loop_), source, fired_});
  boost::system::error_code error;
  trigger->descriptor.assign(file->get(), error);
  if (error) {
    return tl::unexpected(within("waiting at " + path, error_from_errno(error.value())));
  }
  static_cast<void>(file->release());  // assign() took it
  listen(trigger);
  triggers_.push_back(std::move(trigger));
  return {};
}

// The kernel says EPOLLPRI, once in a window; Asio calls that wait_error.
void PressureTriggers::listen(const std::shared_ptr<Trigger>& trigger) {
  trigger->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_error,
                                 [trigger](const boost::system::error_code& error) {
                                   if (error || !trigger->fired) return;
                                   listen(trigger);
                                   trigger->fired(trigger->source);
                                 });
}

}  // namespace perfwatch
