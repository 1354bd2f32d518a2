# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/account/exit_kinds_test.cpp
  core/account/exit_log_test.cpp
  core/account/group_ledger_test.cpp
  core/account/group_rules_test.cpp
  core/account/process_reader_test.cpp
  core/account/process_text_test.cpp
  core/account/processes_test.cpp
)
