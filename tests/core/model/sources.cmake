# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/model/samples_test.cpp
)
