# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/account/ebpf/decode_test.cpp
  core/account/ebpf/ebpf_host_test.cpp
  core/account/ebpf/ebpf_names_test.cpp
  core/account/ebpf/ebpf_reader_test.cpp
  core/account/ebpf/images_test.cpp
  core/account/ebpf/sweep_assembly_test.cpp
  core/account/ebpf/usage_memory_test.cpp
  core/account/group_ledger_test.cpp
  core/account/group_rules_test.cpp
  core/account/ledger_events_test.cpp
  core/account/process_reader_test.cpp
  core/account/process_text_test.cpp
  core/account/processes_test.cpp
)
