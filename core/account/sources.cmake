# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/account/accounting_series.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/cgroup_cpu.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/cgroup_files.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/cgroup_tree.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/ebpf/ebpf_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_counters.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_ledger.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_name.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_rules.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_series.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_slots.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/ledger_events.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/libproc_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/poll_note.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_files.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_names.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_text.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/processes.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/procfs_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/pss.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/reconciliation.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/smaps_rollup.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/taskstats_reader.cpp
)
