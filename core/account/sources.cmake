# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/account/ebpf/ebpf_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/exit_kinds.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/exit_log.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_ledger.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_name.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_rules.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/group_series.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/libproc_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/poll_note.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_files.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_names.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/process_text.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/processes.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/procfs_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/taskstats_reader.cpp
)
