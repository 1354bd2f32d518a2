# SPDX-License-Identifier: Apache-2.0
# What the administrator writes: the configuration and the web configuration. No loop, no sockets.
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_library(PERFWATCH_CRYPT crypt REQUIRED)

add_library(perfwatch-config STATIC
  ${CMAKE_CURRENT_LIST_DIR}/base64.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_elements.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_environment.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_fields.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_finish.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_intervals.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_json.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_keys.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_numbers.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_place.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_reference.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_runs.cpp
  ${CMAKE_CURRENT_LIST_DIR}/config_values.cpp
  ${CMAKE_CURRENT_LIST_DIR}/since.cpp
  ${CMAKE_CURRENT_LIST_DIR}/web_config.cpp
  ${CMAKE_CURRENT_LIST_DIR}/web_password.cpp
)
target_link_libraries(perfwatch-config
  PUBLIC perfwatch-core
  PRIVATE nlohmann_json::nlohmann_json yaml-cpp OpenSSL::Crypto ${PERFWATCH_CRYPT})
