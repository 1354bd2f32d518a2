# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/alert_book.cpp
  ${CMAKE_CURRENT_LIST_DIR}/alert_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/default_rules.cpp
  ${CMAKE_CURRENT_LIST_DIR}/evidence.cpp
  ${CMAKE_CURRENT_LIST_DIR}/exit_window.cpp
  ${CMAKE_CURRENT_LIST_DIR}/host_summary.cpp
  ${CMAKE_CURRENT_LIST_DIR}/leak.cpp
  ${CMAKE_CURRENT_LIST_DIR}/leak_history.cpp
  ${CMAKE_CURRENT_LIST_DIR}/leak_stretch.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rate_window.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rule_check.cpp
  ${CMAKE_CURRENT_LIST_DIR}/series_match.cpp
  ${CMAKE_CURRENT_LIST_DIR}/threshold.cpp
  ${CMAKE_CURRENT_LIST_DIR}/wording.cpp
)
