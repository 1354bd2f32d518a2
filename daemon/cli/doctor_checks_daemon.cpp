// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/text.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/doctor.h"

namespace perfwatch {
namespace {

constexpr std::string_view kUnitFolders[] = {"/etc/systemd/system", "/run/systemd/system",
                                             "/usr/local/lib/systemd/system",
                                             "/usr/lib/systemd/system", "/lib/systemd/system"};
constexpr std::string_view kProgramFolders[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin",
                                                "/usr/local/sbin"};
constexpr std::uint64_t kFewDescriptors = 1024;  // 512 connections, their pipes, the kernel's files

// docs/security.md says what each is for.
constexpr std::array kRights{std::pair{kCapSysPtrace, "CAP_SYS_PTRACE"},
                             std::pair{kCapDacReadSearch, "CAP_DAC_READ_SEARCH"},
                             std::pair{kCapBpf, "CAP_BPF"}, std::pair{kCapPerfmon, "CAP_PERFMON"},
                             std::pair{kCapSyslog, "CAP_SYSLOG"}};

// The process whose rights and limits count: the daemon where it is seen, else ourselves, who would
// start it.
struct Subject {
  std::string path;  // /proc/PID
  std::string name;
};

Subject subject(const Patient& patient) {
  const auto pid = find_daemon_process(patient);
  if (pid)
    return {"/proc/" + std::to_string(*pid), "perfwatchd (pid " + std::to_string(*pid) + ")"};
  return {"/proc/self", "your user (perfwatchd is not running or not visible)"};
}

// The file of the running daemon, as a shell takes it.
std::string program_of(const Patient& patient, const Subject& who) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink(patient.root + who.path + "/exe", error);
  if (error || program.filename() != "perfwatchd") return "$(command -v perfwatchd)";
  return "'" + safe_text(program.string()) + "'";
}

Diagnosis check_installed(const Patient& patient) {
  for (const std::string_view folder : kProgramFolders) {
    const std::string path = std::string(folder) + "/perfwatchd";
    if (patient.exists(path)) return {Health::ok, path + " is installed", ""};
  }
  const auto pid = find_daemon_process(patient);
  if (pid) return {Health::ok, "perfwatchd runs as pid " + std::to_string(*pid), ""};
  // Not below the root: this folder is where we run from.
  Patient here;
  here.root = patient.own_folder;
  if (!patient.own_folder.empty() && here.exists("/perfwatchd")) {
    return {Health::ok, safe_text(patient.own_folder) + "/perfwatchd lies beside this program", ""};
  }
  return {Health::warn, "no perfwatchd in /usr/bin, /usr/local/bin or beside this program",
          "deploy/quickstart"};
}

Diagnosis check_daemon(const Patient& patient) {
  if (patient.daemon) return {Health::ok, "it answers at " + patient.address, ""};
  const Error& error = patient.daemon.error();
  if (error.kind == ErrorKind::denied) {
    constexpr std::string_view kUnix = "unix:";
    if (!patient.address.starts_with(kUnix)) {
      return {Health::fail, error.text,
              "PERFWATCH_ADDRESS=https://USER:PASSWORD@HOST:PORT perfwatch --ca FILE doctor"};
    }
    // The socket itself is open to everybody.
    return {Health::fail, error.text,
            "namei -l " + patient.address.substr(kUnix.size()) +
                "  # which folder is closed to your user"};
  }
  return {Health::fail, error.text,
          patient.exists("/run/systemd/system") ? "sudo systemctl start perfwatchd"
                                                : "deploy/quickstart"};
}

Diagnosis check_version(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not compared: there is no daemon to ask", ""};
  if (patient.daemon->version == patient.own_version) {
    return {Health::ok, "daemon and command are both " + patient.own_version, ""};
  }
  return {Health::warn,
          "the daemon is " + patient.daemon->version + ", this command is " + patient.own_version,
          "sudo systemctl restart perfwatchd"};
}

Diagnosis check_collectors(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  std::string bad;
  std::size_t absent = 0;
  std::size_t paused = 0;
  for (const CollectorRow& collector : patient.daemon->collectors) {
    if (collector.paused) {
      ++paused;
    } else if (collector.unsupported) {
      ++absent;
    }
    if (!collector.fails()) continue;
    if (!bad.empty()) bad += "; ";
    bad += collector.name + ": " + (collector.stuck ? "stuck" : collector.last_error);
  }
  if (bad.empty()) {
    std::string what =
        std::to_string(patient.daemon->collectors.size() - absent - paused) + " collectors work";
    if (absent > 0) what += ", " + std::to_string(absent) + " find no source on this host";
    if (paused > 0) what += ", " + std::to_string(paused) + " are paused to keep the budget";
    return {Health::ok, std::move(what), ""};
  }
  return {Health::warn, bad, "journalctl -u perfwatchd -n 50  # says since when"};
}

Diagnosis check_storage(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  const std::string& trouble = patient.daemon->not_durable;
  if (trouble.empty()) return {Health::ok, "runs and alerts are kept over a restart", ""};
  return {Health::warn, trouble,
          "journalctl -u perfwatchd | grep 'over a restart\\|in memory only'  # then room in, or "
          "rights to, the folder named there; it tries again every 30 s"};
}

Diagnosis check_source(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  const std::string& trouble = patient.daemon->source_trouble;
  if (trouble.empty()) return {Health::ok, "no question to baseline.source has failed last", ""};
  return {Health::warn, trouble,
          "sudoedit /etc/perfwatch/perfwatch.json  # \"baseline\": {\"source\": URL}; then sudo "
          "systemctl reload perfwatchd"};
}

Diagnosis check_rights(const Patient& patient) {
  const Subject who = subject(patient);
  const auto status = patient.read(who.path + "/status");
  const auto held = status ? effective_capabilities(*status) : std::nullopt;
  if (!held) return {Health::warn, "the capabilities of " + who.name + " cannot be read", "id"};
  std::string missing;
  for (const auto& [number, name] : kRights) {
    if (!has_capability(*held, number)) missing += " " + std::string(name);
  }
  if (missing.empty()) return {Health::ok, who.name + " has all capabilities that it uses", ""};
  return {Health::warn, who.name + " is without" + missing,
          "sudo systemctl start perfwatchd  # its unit has them; without systemd: sudo setcap "
          "cap_sys_ptrace,cap_dac_read_search,cap_bpf,cap_perfmon,cap_syslog+ep " +
              program_of(patient, who)};
}

// Max open files            1024                 1048576              files
std::optional<std::uint64_t> soft_descriptor_limit(std::string_view limits) {
  std::string_view line;
  while (next_line(limits, line)) {
    if (!line.starts_with("Max open files")) continue;
    line.remove_prefix(14);
    const std::string_view soft = next_word(line);
    return soft == "unlimited" ? UINT64_MAX : to_number<std::uint64_t>(soft);
  }
  return std::nullopt;
}

Diagnosis check_descriptors(const Patient& patient) {
  const Subject who = subject(patient);
  const auto limits = patient.read(who.path + "/limits");
  const auto soft = limits ? soft_descriptor_limit(*limits) : std::nullopt;
  if (!soft) return {Health::warn, "the limits of " + who.name + " cannot be read", "ulimit -n"};
  std::string what = who.name + " may open " + std::to_string(*soft) + " descriptors";
  if (*soft >= kFewDescriptors) return {Health::ok, std::move(what), ""};
  return {
      Health::warn, std::move(what),
      "sudo systemctl edit perfwatchd  # [Service] LimitNOFILE=8192; in a shell: ulimit -n 8192"};
}

Diagnosis check_unit(const Patient& patient) {
  if (!patient.exists("/run/systemd/system")) {
    return {Health::ok, "systemd does not run this host", ""};
  }
  for (const std::string_view folder : kUnitFolders) {
    if (!patient.exists(std::string(folder) + "/perfwatchd.service")) continue;
    if (patient.exists("/etc/systemd/system/multi-user.target.wants/perfwatchd.service")) {
      return {Health::ok, "perfwatchd.service is installed and enabled", ""};
    }
    return {Health::warn, "perfwatchd.service is installed but not enabled",
            "sudo systemctl enable --now perfwatchd"};
  }
  return {Health::warn, "there is no perfwatchd.service",
          "sudo deploy/install && sudo systemctl enable --now perfwatchd"};
}

constexpr std::array kChecks{
    Check{"installed", "without the daemon there is nothing to show", check_installed},
    Check{"daemon", "status and top show what the daemon measures", check_daemon},
    Check{"version", "an old daemon may not say what this command asks for", check_version},
    Check{"collectors", "what a failing collector reads is missing everywhere", check_collectors},
    Check{"storage", "runs, baselines, alerts and kills are forgotten with the next restart",
          check_storage},
    Check{"baselines", "on a host without a history no run can be called worse", check_source},
    Check{"rights",
          "without them storage I/O, open files and executables of others' processes are unknown, "
          "short processes are not seen, kills for lack of memory are not explained",
          check_rights},
    Check{"descriptors", "each client of the HTTP server needs one", check_descriptors},
    Check{"unit", "the daemon should be there after a reboot", check_unit},
};

}  // namespace

std::span<const Check> daemon_checks() { return kChecks; }

}  // namespace perfwatch
