# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/account/cgroup_cpu_test.cpp
  core/account/cgroup_files_test.cpp
  core/account/ci_mark_test.cpp
  core/account/ci_names_test.cpp
  core/account/descendants_test.cpp
  core/account/ebpf/decode_test.cpp
  core/account/ebpf/ebpf_host_test.cpp
  core/account/ebpf/ebpf_names_test.cpp
  core/account/ebpf/ebpf_reader_test.cpp
  core/account/ebpf/images_test.cpp
  core/account/ebpf/sweep_assembly_test.cpp
  core/account/exit_kinds_test.cpp
  core/account/exit_log_test.cpp
  core/account/group_ledger_limit_test.cpp
  core/account/group_ledger_test.cpp
  core/account/group_rules_test.cpp
  core/account/kmsg_test.cpp
  core/account/ledger_events_test.cpp
  core/account/oom_lines_test.cpp
  core/account/oom_log_test.cpp
  core/account/oom_watch_test.cpp
  core/account/open_run_test.cpp
  core/account/process_origin_test.cpp
  core/account/process_reader_test.cpp
  core/account/process_text_test.cpp
  core/account/processes_test.cpp
  core/account/pss_test.cpp
  core/account/reconciliation_test.cpp
  core/account/run_cgroup_test.cpp
  core/account/run_commands_test.cpp
  core/account/run_events_test.cpp
  core/account/run_inbox_test.cpp
  core/account/run_members_test.cpp
  core/account/run_pressure_test.cpp
  core/account/run_timeline_test.cpp
  core/account/run_tree_test.cpp
  core/account/run_usage_test.cpp
  core/account/run_watch_test.cpp
  core/account/run_watch_orders_test.cpp
  core/account/run_watch_roots_test.cpp
  core/account/smaps_rollup_test.cpp
  core/account/taskstats/event_loss_test.cpp
  core/account/taskstats/exit_book_test.cpp
  core/account/taskstats/exit_cpu_test.cpp
  core/account/taskstats/image_names_test.cpp
  core/account/taskstats/netlink_test.cpp
  core/account/taskstats/process_tree_test.cpp
  core/account/taskstats/records_test.cpp
  core/account/taskstats/taskstats_reader_test.cpp
)

get_property(has_ebpf GLOBAL PROPERTY PERFWATCH_HAS_EBPF)
if(has_ebpf)
  target_sources(core-tests PRIVATE core/account/ebpf/kernel_types_test.cpp)
endif()
