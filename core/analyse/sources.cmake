# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/alert_book.cpp
  ${CMAKE_CURRENT_LIST_DIR}/alert_text.cpp
  ${CMAKE_CURRENT_LIST_DIR}/binned_series.cpp
  ${CMAKE_CURRENT_LIST_DIR}/change_evidence.cpp
  ${CMAKE_CURRENT_LIST_DIR}/change_meter.cpp
  ${CMAKE_CURRENT_LIST_DIR}/change_points.cpp
  ${CMAKE_CURRENT_LIST_DIR}/default_rules.cpp
  ${CMAKE_CURRENT_LIST_DIR}/evidence.cpp
  ${CMAKE_CURRENT_LIST_DIR}/exit_window.cpp
  ${CMAKE_CURRENT_LIST_DIR}/hampel.cpp
  ${CMAKE_CURRENT_LIST_DIR}/history.cpp
  ${CMAKE_CURRENT_LIST_DIR}/host_summary.cpp
  ${CMAKE_CURRENT_LIST_DIR}/interval.cpp
  ${CMAKE_CURRENT_LIST_DIR}/packed_points.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rate_window.cpp
  ${CMAKE_CURRENT_LIST_DIR}/robust.cpp
  ${CMAKE_CURRENT_LIST_DIR}/rule_check.cpp
  ${CMAKE_CURRENT_LIST_DIR}/segment_cost.cpp
  ${CMAKE_CURRENT_LIST_DIR}/segmentation.cpp
  ${CMAKE_CURRENT_LIST_DIR}/series_match.cpp
  ${CMAKE_CURRENT_LIST_DIR}/threshold.cpp
  ${CMAKE_CURRENT_LIST_DIR}/trend.cpp
  ${CMAKE_CURRENT_LIST_DIR}/wording.cpp
)
