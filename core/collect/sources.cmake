# SPDX-License-Identifier: Apache-2.0
target_sources(perfwatch-core PRIVATE
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/catalogue.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/cpu.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/disk.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/filesystem.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/item_names.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/load.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/memory.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/network.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/pressure.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/collect/sockets.cpp
)
