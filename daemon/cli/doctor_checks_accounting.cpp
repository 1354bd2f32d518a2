// SPDX-License-Identifier: Apache-2.0
// How the daemon that answers accounts processes, and whether it keeps its budget.
#include <array>
#include <string>

#include "daemon/cli/cells.h"
#include "daemon/cli/doctor.h"

namespace perfwatch {
namespace {

// What the daemon holds; nullopt when it is not seen.
std::optional<std::uint64_t> held_rights(const Patient& patient) {
  const auto pid = find_daemon_process(patient);
  if (!pid) return std::nullopt;
  const auto status = patient.read("/proc/" + std::to_string(*pid) + "/status");
  return status ? effective_capabilities(*status) : std::nullopt;
}

// What keeps a daemon from a better tier, as far as it can be seen from here.
std::string cure_of_tier(const Patient& patient) {
  if (patient.daemon->tier_note.find("accounting.tier asks") != std::string::npos) {
    return "sudoedit /etc/perfwatch/perfwatch.json  # without \"accounting\": {\"tier\": ...} the "
           "best is taken; then sudo systemctl restart perfwatchd";
  }
  const auto held = held_rights(patient);
  const bool may_bpf =
      !held || (has_capability(*held, kCapBpf) && has_capability(*held, kCapPerfmon));
  if (!patient.exists("/sys/kernel/btf/vmlinux")) {
    const bool may_listen = !held || has_capability(*held, kCapNetAdmin);
    if (patient.daemon->tier == "poll" && !may_listen) {
      return "sudo systemctl edit perfwatchd  # for taskstats: [Service] "
             "AmbientCapabilities=CAP_NET_ADMIN CapabilityBoundingSet=CAP_NET_ADMIN, a line each";
    }
    return "sudo apt-get install linux-image-amd64 && sudo reboot";
  }
  if (!may_bpf) {
    return "sudo systemctl start perfwatchd  # its unit has CAP_BPF and CAP_PERFMON; or start it "
           "as root";
  }
  return "journalctl -u perfwatchd | grep accounted  # then accounting.tier in the configuration";
}

std::string notes_of(const StatusAnswer& status) {
  std::string out;
  for (const FeatureRow& feature : status.features) {
    if (feature.note.empty()) continue;
    out += (out.empty() ? "" : "; ") + feature.name + ": " + feature.note;
  }
  return out;
}

Diagnosis check_tier(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  const StatusAnswer& status = *patient.daemon;
  if (status.tier.empty()) {
    return {Health::warn, "the daemon does not say how it accounts processes",
            "journalctl -u perfwatchd -n 50  # the processes collector hangs or fails"};
  }
  std::string what = "tier " + status.tier + (status.exact ? ", exact" : "");
  if (status.tier == "ebpf") return {Health::ok, std::move(what), ""};
  if (!status.tier_note.empty()) what += ": " + status.tier_note;
  return {Health::warn, std::move(what), cure_of_tier(patient)};
}

Diagnosis check_features(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  std::string notes = notes_of(*patient.daemon);
  if (!notes.empty()) {
    const auto held = held_rights(patient);
    const bool log_closed = held && !has_capability(*held, kCapSyslog);
    return {Health::warn, std::move(notes),
            log_closed ? "sudo systemctl start perfwatchd  # its unit has CAP_SYSLOG and /dev/kmsg"
                       : "journalctl -u perfwatchd | grep 'less than its tier'"};
  }
  std::string what;
  for (const FeatureRow& feature : patient.daemon->features) {
    what += (what.empty() ? "" : ", ") + feature.name + " by " + feature.source;
  }
  return {Health::ok, what.empty() ? "the daemon names none" : std::move(what), ""};
}

Diagnosis check_losses(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  const MaybeNumber lost = patient.daemon->events_lost;
  if (lost.value_or(0) <= 0) return {Health::ok, "no events of processes got lost", ""};
  return {
      Health::warn, human_count(lost) + " events of processes got lost since the start",
      "sudoedit /etc/perfwatch/perfwatch.json  # \"accounting\": {\"ring_bytes\": \"2MiB\"}; then "
      "sudo systemctl restart perfwatchd"};
}

Diagnosis check_budget(const Patient& patient) {
  if (!patient.daemon) return {Health::ok, "not seen: there is no daemon to ask", ""};
  const BudgetRow& budget = patient.daemon->budget;
  if (!budget.reason.empty()) {
    return {Health::warn, budget.reason,
            "sudoedit /etc/perfwatch/perfwatch.json  # longer sampling.processes_interval, or more "
            "budget.cpu_ratio, budget.memory_bytes; then sudo systemctl reload perfwatchd"};
  }
  return {Health::ok,
          "it uses " + human_ratio(budget.cpu_ratio) + " of " + human_ratio(budget.cpu_limit) +
              " of a core and " + human_bytes(patient.daemon->self_resident) + " of " +
              human_bytes(budget.memory_limit),
          ""};
}

constexpr std::array kChecks{
    Check{"tier",
          "taskstats estimates a part of the CPU time of short processes, poll does not see them",
          check_tier},
    Check{"features", "each of them is a part of the answer to who used what", check_features},
    Check{"losses", "the costs of a process whose events are lost are incomplete", check_losses},
    Check{"budget", "over its budget the daemon looks less often, and at less", check_budget},
};

}  // namespace

std::span<const Check> accounting_checks() { return kChecks; }

}  // namespace perfwatch
