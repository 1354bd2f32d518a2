# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/analyse/alert_book_test.cpp
  core/analyse/alert_text_test.cpp
  core/analyse/anomaly_test.cpp
  core/analyse/binned_series_test.cpp
  core/analyse/change_evidence_test.cpp
  core/analyse/change_meter_test.cpp
  core/analyse/change_points_test.cpp
  core/analyse/default_rules_test.cpp
  core/analyse/evidence_test.cpp
  core/analyse/exit_window_test.cpp
  core/analyse/hampel_test.cpp
  core/analyse/history_test.cpp
  core/analyse/host_summary_test.cpp
  core/analyse/hour_means_test.cpp
  core/analyse/interval_test.cpp
  core/analyse/packed_points_test.cpp
  core/analyse/rate_window_test.cpp
  core/analyse/robust_test.cpp
  core/analyse/rule_check_test.cpp
  core/analyse/segment_cost_test.cpp
  core/analyse/segmentation_test.cpp
  core/analyse/tail_rank_test.cpp
  core/analyse/threshold_test.cpp
  core/analyse/trend_test.cpp
  core/analyse/wording_test.cpp
)
