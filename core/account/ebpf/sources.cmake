# SPDX-License-Identifier: Apache-2.0
# The ebpf tier: process.bpf.c -> object (clang) -> skeleton (bpftool) -> C++ (libbpf). What only reads bytes is always
# built; without one of the three tools the tier says that it is not built in.
option(PERFWATCH_BPF "Build the ebpf tier of the accounting, if clang, bpftool and libbpf are there" ON)

set(ebpf ${CMAKE_CURRENT_LIST_DIR})
target_sources(perfwatch-core PRIVATE
  ${ebpf}/decode.cpp
  ${ebpf}/ebpf_host.cpp
  ${ebpf}/images.cpp
  ${ebpf}/sweep_assembly.cpp
)

set(PERFWATCH_BPF_MISSING "")
if(PERFWATCH_BPF)
  find_program(PERFWATCH_BPF_CLANG NAMES clang-16 clang)
  find_program(PERFWATCH_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin)
  pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf>=1.1)
  if(NOT PERFWATCH_BPF_CLANG)
    list(APPEND PERFWATCH_BPF_MISSING clang)
  endif()
  if(NOT PERFWATCH_BPFTOOL)
    list(APPEND PERFWATCH_BPF_MISSING bpftool)
  endif()
  if(NOT LIBBPF_FOUND)
    list(APPEND PERFWATCH_BPF_MISSING libbpf)
  endif()
  if(PERFWATCH_BPF_MISSING)
    message(WARNING "No ${PERFWATCH_BPF_MISSING}: building without the ebpf tier of the accounting")
  endif()
endif()

if(NOT PERFWATCH_BPF OR PERFWATCH_BPF_MISSING)
  target_sources(perfwatch-core PRIVATE ${ebpf}/ebpf_absent.cpp)
  return()
endif()

set(generated ${CMAKE_BINARY_DIR}/generated/core/account/ebpf)
file(MAKE_DIRECTORY ${generated})
# The kernel's headers of the architecture, which clang -target bpf does not look for by itself.
set(arch_headers "")
if(CMAKE_C_LIBRARY_ARCHITECTURE)
  set(arch_headers -idirafter /usr/include/${CMAKE_C_LIBRARY_ARCHITECTURE})
endif()
# __BPF__ is clang's own from 17 on.
add_custom_command(OUTPUT ${generated}/process.bpf.o
  COMMAND ${PERFWATCH_BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -std=gnu11 -U__BPF__ -D__BPF__=1
    -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unknown-attributes
    -I${CMAKE_SOURCE_DIR} ${arch_headers}
    -MD -MF ${generated}/process.bpf.d -MT ${generated}/process.bpf.o
    -c ${ebpf}/process.bpf.c -o ${generated}/process.bpf.o
  DEPENDS ${ebpf}/process.bpf.c
  DEPFILE ${generated}/process.bpf.d
  COMMENT "Building BPF object process.bpf.o" VERBATIM)
# A system header, as its code would not pass our warnings.
add_custom_command(OUTPUT ${generated}/process.skel.h
  COMMAND echo "#pragma GCC system_header" > ${generated}/process.skel.h
  COMMAND ${PERFWATCH_BPFTOOL} gen skeleton ${generated}/process.bpf.o name process_bpf >> ${generated}/process.skel.h
  DEPENDS ${generated}/process.bpf.o
  COMMENT "Generating process.skel.h" VERBATIM)
target_sources(perfwatch-core PRIVATE
  ${ebpf}/ebpf_programs.cpp
  ${ebpf}/ebpf_reader.cpp
  ${ebpf}/hook_types.cpp
  ${ebpf}/kernel_types.cpp
  ${generated}/process.skel.h
)
target_link_libraries(perfwatch-core PRIVATE PkgConfig::LIBBPF)
set_property(GLOBAL PROPERTY PERFWATCH_HAS_EBPF ON)
