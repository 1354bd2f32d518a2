# SPDX-License-Identifier: Apache-2.0
target_sources(core-tests PRIVATE
  core/collect/contract_test.cpp
  core/collect/cpu_test.cpp
  core/collect/disk_test.cpp
  core/collect/filesystem_test.cpp
  core/collect/load_test.cpp
  core/collect/memory_test.cpp
  core/collect/network_test.cpp
  core/collect/pressure_test.cpp
  core/collect/sockets_test.cpp
)
