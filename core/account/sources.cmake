# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/account/ebpf/ebpf_reader.cpp
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
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/connect.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/connection.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/event_loss.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/event_pump.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/exit_book.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/exit_cpu.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/image_names.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/netlink.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/process_tree.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/program_reader.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/records.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/account/taskstats/taskstats_reader.cpp
)
