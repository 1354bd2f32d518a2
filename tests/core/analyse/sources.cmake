# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/analyse/alert_book_test.cpp
  core/analyse/alert_text_test.cpp
  core/analyse/default_rules_test.cpp
  core/analyse/evidence_test.cpp
  core/analyse/exit_window_test.cpp
  core/analyse/host_summary_test.cpp
  core/analyse/leak_history_test.cpp
  core/analyse/leak_stretch_test.cpp
  core/analyse/leak_test.cpp
  core/analyse/rate_window_test.cpp
  core/analyse/rule_check_test.cpp
  core/analyse/threshold_test.cpp
  core/analyse/wording_test.cpp
)
