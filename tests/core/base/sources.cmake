# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/base/csv_test.cpp
  core/base/file_reader_test.cpp
  core/base/html_text_test.cpp
  core/base/percent_test.cpp
  core/base/placeholders_test.cpp
  core/base/text_test.cpp
  core/base/timestamp_test.cpp
  core/base/ulid_test.cpp
  core/base/user_rate_test.cpp
  core/base/visible_text_test.cpp
)
