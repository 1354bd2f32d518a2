// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/doctor.h"

namespace perfwatch {
namespace {

// How to add a parameter to the kernel's command line on Debian.
std::string boot_parameter(std::string_view parameter) {
  return "echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX " + std::string(parameter) +
         "\"' | sudo tee -a /etc/default/grub && sudo update-grub && sudo reboot";
}

Diagnosis check_proc(const Patient& patient) {
  if (patient.read("/proc/stat") && patient.read("/proc/meminfo")) {
    return {Health::ok, "/proc is readable", ""};
  }
  return {Health::fail, "/proc/stat or /proc/meminfo cannot be read",
          "sudo mount -t proc proc /proc"};
}

Diagnosis check_pressure(const Patient& patient) {
  const auto pressure = patient.read("/proc/pressure/memory");
  if (pressure && pressure->starts_with("some ")) {
    return {Health::ok, "/proc/pressure is there", ""};
  }
  const std::string cmdline = patient.read("/proc/cmdline").value_or("");
  const bool off = cmdline.find("psi=0") != std::string::npos;
  return {Health::warn,
          off ? "pressure stall information is switched off by psi=0 on the kernel's command line"
              : "no pressure stall information (/proc/pressure/memory)",
          off ? "sudo sed -i 's/psi=0/psi=1/' /etc/default/grub && sudo update-grub && sudo reboot"
              : boot_parameter("psi=1")};
}

bool may_ptrace(const Patient& patient) {
  const auto pid = find_daemon_process(patient);
  const auto status =
      patient.read(pid ? "/proc/" + std::to_string(*pid) + "/status" : "/proc/self/status");
  return status && has_capability(effective_capabilities(*status).value_or(0), kCapSysPtrace);
}

Diagnosis check_hidepid(const Patient& patient) {
  const auto mountinfo = patient.read("/proc/self/mountinfo");
  const auto options = mountinfo ? mount_options(*mountinfo, "/proc") : std::nullopt;
  if (!options) return {Health::warn, "how /proc is mounted cannot be read", "findmnt /proc"};
  const auto at = options->find("hidepid=");
  const std::string value =
      at == std::string::npos ? "off" : options->substr(at + 8, options->find(',', at) - at - 8);
  if (value == "0" || value == "off") return {Health::ok, "/proc hides no processes", ""};
  std::string what = "/proc is mounted with hidepid=" + safe_text(value);
  if (may_ptrace(patient)) {
    return {Health::ok, what + ", which CAP_SYS_PTRACE sees through", ""};
  }
  return {Health::fail, what + ": others' processes are invisible",
          "sudo mount -o remount,hidepid=off /proc  # and in /etc/fstab"};
}

Diagnosis check_process_io(const Patient& patient) {
  if (patient.read("/proc/self/io")) return {Health::ok, "/proc/PID/io is there", ""};
  return {Health::warn, "the kernel has no /proc/PID/io (CONFIG_TASK_IO_ACCOUNTING)",
          "sudo apt-get install linux-image-amd64 && sudo reboot"};
}

Diagnosis check_cgroup(const Patient& patient) {
  const auto mountinfo = patient.read("/proc/self/mountinfo");
  const auto where = mountinfo ? find_mount(*mountinfo, "cgroup2") : std::nullopt;
  if (!where) {
    return {Health::warn, "cgroup v2 is not mounted",
            boot_parameter("systemd.unified_cgroup_hierarchy=1")};
  }
  const auto controllers = patient.read(*where + "/cgroup.controllers");
  if (controllers && controllers->find("memory") != std::string::npos) {
    return {Health::ok, "cgroup v2 is mounted at " + safe_text(*where), ""};
  }
  return {Health::warn,
          "cgroup v2 is mounted at " + safe_text(*where) +
              " without the memory controller: v1 holds it",
          boot_parameter("systemd.unified_cgroup_hierarchy=1")};
}

// v1 shows it in the root group, v2 only in groups below the root: systemd always has these.
Diagnosis check_swap_accounting(const Patient& patient) {
  const auto swaps = patient.read("/proc/swaps");
  if (!swaps || swaps->find('\n') + 1 >= swaps->size()) {
    return {Health::ok, "this host has no swap", ""};
  }
  for (const std::string_view path :
       {"/sys/fs/cgroup/system.slice/memory.swap.current",
        "/sys/fs/cgroup/init.scope/memory.swap.current",
        "/sys/fs/cgroup/user.slice/memory.swap.current", "/sys/fs/cgroup/memory.swap.current",
        "/sys/fs/cgroup/memory/memory.memsw.usage_in_bytes"}) {
    if (patient.exists(path)) return {Health::ok, "the kernel counts swap per cgroup", ""};
  }
  return {Health::warn, "the kernel does not count swap per cgroup",
          boot_parameter("swapaccount=1")};
}

// "6.1.0-18-amd64" -> 6001; nullopt for what is not a release.
std::optional<unsigned> release_number(std::string_view release) {
  const auto dot = release.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = to_number<unsigned>(release.substr(0, dot));
  const std::string_view rest = release.substr(dot + 1);
  const auto minor = to_number<unsigned>(rest.substr(0, rest.find_first_not_of("0123456789")));
  if (!major || !minor || *major > 1000 || *minor > 999) return std::nullopt;
  return *major * 1000 + *minor;
}

Diagnosis check_bpf(const Patient& patient) {
  const auto text = patient.read("/proc/sys/kernel/osrelease");
  const std::string release = safe_text(trim(text.value_or("")));
  const bool recent = release_number(release).value_or(0) >= 5'008;
  if (recent && patient.exists("/sys/kernel/btf/vmlinux")) {
    return {Health::ok, "kernel " + release + " with BTF", ""};
  }
  return {Health::warn,
          recent ? "kernel " + release + " has no /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)"
                 : "kernel \"" + release + "\" is older than 5.8",
          "sudo apt-get install linux-image-amd64 && sudo reboot"};
}

Diagnosis check_taskstats(const Patient& patient) {
  // The sysctl exists where CONFIG_TASK_DELAY_ACCT does, and that needs CONFIG_TASKSTATS.
  if (patient.exists("/proc/sys/kernel/task_delayacct")) {
    return {Health::ok, "the kernel has taskstats", ""};
  }
  const std::string release(trim(patient.read("/proc/sys/kernel/osrelease").value_or("")));
  const auto config = patient.read("/boot/config-" + release);
  if (config && config->find("CONFIG_TASKSTATS=y") != std::string::npos) {
    return {Health::ok, "the kernel has taskstats", ""};
  }
  return {Health::warn, "no sign of taskstats in this kernel (CONFIG_TASKSTATS)",
          "sudo apt-get install linux-image-amd64 && sudo reboot"};
}

constexpr std::array kChecks{
    Check{"proc", "everything that perfwatch says is read there", check_proc},
    Check{"pressure", "pressure says whether work waits for CPU, memory or storage",
          check_pressure},
    Check{"hidepid", "groups can only hold processes that the daemon sees", check_hidepid},
    Check{"process_io", "who reads and writes storage is counted there", check_process_io},
    Check{"cgroup", "groups by systemd unit and totals by cgroup need version 2", check_cgroup},
    Check{"swap_accounting", "swap of a unit or container is unknown without it",
          check_swap_accounting},
    Check{"bpf", "the exact accounting tier (ebpf) needs Linux 5.8 and BTF; poll does not",
          check_bpf},
    Check{"taskstats", "the accounting tier below ebpf needs it; poll does not", check_taskstats},
};

}  // namespace

std::span<const Check> kernel_checks() { return kChecks; }

}  // namespace perfwatch
