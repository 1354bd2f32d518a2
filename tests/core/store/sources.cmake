# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/store/alerts_test.cpp
  core/store/baselines_test.cpp
  core/store/database_test.cpp
  core/store/oom_kills_test.cpp
  core/store/run_crowd_test.cpp
  core/store/runs_test.cpp
  core/store/timeline_blob_test.cpp
)
