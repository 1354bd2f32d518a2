# SPDX-License-Identifier: Apache-2.0
find_package(SQLite3 REQUIRED)
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/alerts.cpp
  ${CMAKE_CURRENT_LIST_DIR}/baselines.cpp
  ${CMAKE_CURRENT_LIST_DIR}/database.cpp
  ${CMAKE_CURRENT_LIST_DIR}/database_file.cpp
  ${CMAKE_CURRENT_LIST_DIR}/oom_kills.cpp
  ${CMAKE_CURRENT_LIST_DIR}/run_history.cpp
  ${CMAKE_CURRENT_LIST_DIR}/run_rows.cpp
  ${CMAKE_CURRENT_LIST_DIR}/runs_read.cpp
  ${CMAKE_CURRENT_LIST_DIR}/runs_write.cpp
  ${CMAKE_CURRENT_LIST_DIR}/schema.cpp
  ${CMAKE_CURRENT_LIST_DIR}/statement.cpp
  ${CMAKE_CURRENT_LIST_DIR}/timeline_blob.cpp
)
target_link_libraries(perfwatch-core PRIVATE SQLite::SQLite3)
