# What every target of this project is compiled with.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(OCS_TESTS "build the tests" ON)
option(OCS_BENCH "build the programs of scripts/bench" OFF)
option(OCS_FUZZ "build the libFuzzer targets of the sans-IO rooms (clang only)" OFF)
set(OCS_SANITIZE "" CACHE STRING "sanitizers for every target, such as address,undefined")

# Links faster and rebuilds cheaply where the tools are there; nothing depends on them.
find_program(OCS_CCACHE ccache)
if(OCS_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${OCS_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${OCS_CCACHE}")
endif()
find_program(OCS_MOLD mold)
if(OCS_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(ocs_options INTERFACE)
target_compile_options(ocs_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_BUILD_TYPE STREQUAL Release)
  # GCC 12 sees an overlap in std::string's own code where there is none (GCC bug 105651).
  target_compile_options(ocs_options INTERFACE -Wno-restrict)
endif()
target_include_directories(ocs_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
if(OCS_SANITIZE)
  target_compile_options(ocs_options INTERFACE "-fsanitize=${OCS_SANITIZE}" -fno-sanitize-recover=all
                                               -fno-omit-frame-pointer)
  if(OCS_SANITIZE MATCHES undefined)
    # Its check of vtables opens a pipe, and calls it a bug when a test leaves no descriptor for one.
    target_compile_options(ocs_options INTERFACE -fno-sanitize=vptr)
  endif()
  target_link_options(ocs_options INTERFACE "-fsanitize=${OCS_SANITIZE}")
  # Recycled coroutine frames would hide a use after free from the address sanitizer.
  target_compile_definitions(ocs_options INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
if(OCS_FUZZ)
  # The rooms are watched for coverage; the targets alone link libFuzzer's main.
  target_compile_options(ocs_options INTERFACE -fsanitize=fuzzer-no-link)
  # Clang 14 cannot put the marks of this check before a coroutine: "a difference across sections".
  target_compile_options(ocs_options INTERFACE -fno-sanitize=function)
endif()
