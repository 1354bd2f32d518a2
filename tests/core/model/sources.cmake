# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/model/run_limits_test.cpp
  core/model/run_timeline_test.cpp
  core/model/samples_test.cpp
)
