# Compiler flags, as interface targets so that nothing here leaks into a global variable.

find_program(LECTERN_CCACHE ccache)
if(LECTERN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LECTERN_CCACHE})
endif()

add_library(lectern_warnings INTERFACE)
target_compile_options(
  lectern_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                             -Wnull-dereference -Wimplicit-fallthrough)
if(LECTERN_WERROR)
  # GCC 12 follows a look-up's `return nullptr` into callers that know better, and from there into
  # the standard library: said, but it does not stop a build.
  target_compile_options(lectern_warnings INTERFACE -Werror -Wno-error=null-dereference)
endif()

# The part that code full of C macros (libuv, libwebsockets) cannot keep: see SHELL in lectern.cmake.
add_library(lectern_strict_warnings INTERFACE)
target_compile_options(lectern_strict_warnings INTERFACE -Wconversion -Wsign-conversion
                                                         -Wold-style-cast)

add_library(lectern_sanitize INTERFACE)
if(LECTERN_SANITIZE)
  # At -O2 instrumented code needs three times as long to compile. A folder may set another for itself.
  set(LECTERN_OPTIMISATION -O1)
  target_compile_options(lectern_sanitize INTERFACE -g1 -fno-omit-frame-pointer)
endif()
if(LECTERN_SANITIZE STREQUAL "asan")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer comes with Clang: use the preset `asan`")
  endif()
  # One instrumented build for the tests and the fuzz targets: a second cost four minutes.
  set(sanitizers -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  # GCC 12's own std::stable_sort calls what its headers have marked as deprecated.
  target_compile_options(lectern_sanitize INTERFACE -Wno-deprecated-declarations)
elseif(LECTERN_SANITIZE STREQUAL "tsan")
  set(sanitizers -fsanitize=thread)
  # GCC 12's flow analysis sees the instrumented code and reports variables that are never read unset.
  target_compile_options(lectern_sanitize INTERFACE -Wno-maybe-uninitialized)
elseif(LECTERN_SANITIZE)
  message(FATAL_ERROR "LECTERN_SANITIZE=${LECTERN_SANITIZE}: expected asan or tsan")
endif()
if(LECTERN_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  # The standard library's own checks: an empty optional read, an index past the end.
  target_compile_definitions(lectern_sanitize INTERFACE _GLIBCXX_ASSERTIONS)
endif()
target_compile_options(lectern_sanitize INTERFACE ${sanitizers})
target_link_options(lectern_sanitize INTERFACE ${sanitizers})

# lld links a test in a fifth of GNU ld's time, but cannot read GCC's LTO objects.
find_program(LECTERN_LLD ld.lld)
if(LECTERN_LLD AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  target_link_options(lectern_sanitize INTERFACE -fuse-ld=lld)
endif()
