# The functions that every folder's CMakeLists.txt is written with.

# lectern_folders(<folder>...): the folders of this level, in the order of the layers.
function(lectern_folders)
  foreach(folder IN LISTS ARGN)
    add_subdirectory(${folder})
  endforeach()
endfunction()

# Flags and dependencies common to all targets. `scope` is what DEPS and LINK are passed on as.
function(_lectern_target target scope)
  cmake_parse_arguments(PARSE_ARGV 2 arg "SHELL;TOP" "CORPUS" "SOURCES;DEPS;LINK;LABEL")
  list(TRANSFORM arg_DEPS PREPEND lectern::)
  target_link_libraries(${target} ${scope} ${arg_DEPS} ${arg_LINK})
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR})
  if(scope STREQUAL "INTERFACE")
    return()
  endif()
  target_link_libraries(${target} PRIVATE lectern_warnings lectern_sanitize)
  target_compile_options(${target} PRIVATE ${LECTERN_OPTIMISATION})
  if(NOT arg_SHELL)
    target_link_libraries(${target} PRIVATE lectern_strict_warnings)
  endif()
endfunction()

# lectern_library(<name> [SOURCES <file>...] [DEPS <lectern name>...] [LINK <target>...] [SHELL])
# Defines lectern_<name>, to be named lectern::<name> outside; header-only without SOURCES.
# SHELL: the code meets C macros of libuv or libwebsockets, so conversions and C casts do not warn.
function(lectern_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHELL" "" "SOURCES;DEPS;LINK")
  _lectern_no_leftovers(${name} "${arg_UNPARSED_ARGUMENTS}")
  set(scope PUBLIC)
  if(NOT arg_SOURCES)
    set(scope INTERFACE)
    add_library(lectern_${name} INTERFACE)
  else()
    add_library(lectern_${name} STATIC ${arg_SOURCES})
  endif()
  add_library(lectern::${name} ALIAS lectern_${name})
  _lectern_target(lectern_${name} ${scope} ${ARGN})
endfunction()

# lectern_executable(<name> SOURCES <file>... [DEPS ...] [LINK ...] [SHELL] [TOP])
# TOP puts the binary at the top of the build tree, where users look for it.
function(lectern_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHELL;TOP" "" "SOURCES;DEPS;LINK")
  _lectern_no_leftovers(${name} "${arg_UNPARSED_ARGUMENTS}")
  add_executable(${name} ${arg_SOURCES})
  if(arg_TOP)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  endif()
  _lectern_target(${name} PRIVATE ${ARGN})
endfunction()

# lectern_test(<name> SOURCES <file>... [DEPS ...] [LINK ...] [SHELL] LABEL unit|property|sim [tsan])
# A GoogleTest program, and one ctest test that runs it in the project's root (so that a test
# opens "tests/data/..."). `tsan` as a second label has it run under the tsan preset as well.
function(lectern_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHELL" "" "SOURCES;DEPS;LINK;LABEL")
  _lectern_no_leftovers(${name} "${arg_UNPARSED_ARGUMENTS}")
  add_executable(${name} ${arg_SOURCES})
  _lectern_target(${name} PRIVATE ${ARGN})
  target_link_libraries(${name} PRIVATE GTest::gmock_main)
  _lectern_precompile(${name})
  _lectern_ctest(${name} "${arg_LABEL}" ${name})
endfunction()

# The headers that most tests read, compiled once for all of them: a third of an instrumented test's
# compilation. The other presets do without, so that a test that forgot an include is found.
function(_lectern_precompile name)
  if(NOT LECTERN_SANITIZE)
    return()
  endif()
  set(precompiled lectern_precompiled${LECTERN_OPTIMISATION})
  if(NOT TARGET ${precompiled})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cpp CONTENT "")
    add_library(${precompiled} OBJECT ${PROJECT_BINARY_DIR}/precompiled.cpp)
    _lectern_target(${precompiled} PRIVATE LINK GTest::gmock_main nlohmann_json::nlohmann_json)
    target_precompile_headers(
      ${precompiled} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <nlohmann/json.hpp> <algorithm> <expected>
      <functional> <map> <memory> <optional> <span> <string> <string_view> <variant> <vector>)
  endif()
  target_precompile_headers(${name} REUSE_FROM ${precompiled})
endfunction()

# lectern_fuzzer(<name> SOURCES <file>... [DEPS ...] [LINK ...] [CORPUS <dir>])
# Under the preset `asan` a libFuzzer program in fuzzers/ (scripts/run_tests.py runs it, the corpus first);
# everywhere else the same LLVMFuzzerTestOneInput run once over each file of the corpus, as a unit test, so
# that an input that once crashed is tried in every build. CORPUS defaults to corpus/<name>.
function(lectern_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHELL" "CORPUS" "SOURCES;DEPS;LINK")
  _lectern_no_leftovers(${name} "${arg_UNPARSED_ARGUMENTS}")
  if(NOT arg_CORPUS)
    set(arg_CORPUS corpus/${name})
  endif()
  add_executable(${name} ${arg_SOURCES})
  _lectern_target(${name} PRIVATE ${ARGN})
  if(LECTERN_SANITIZE STREQUAL "asan")
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzzers)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    _lectern_ctest(${name} unit ${name} ${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS})
  endif()
endfunction()

function(_lectern_ctest name labels)
  list(GET labels 0 kind)
  set(seconds_unit 150)  # unit_worker alone: 50 s under asan, on a machine that has nothing else to do
  set(seconds_property 180)
  set(seconds_sim 300)
  if(NOT DEFINED seconds_${kind})
    message(FATAL_ERROR "${name}: LABEL starts with unit, property or sim, not `${kind}`")
  endif()
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(
    ${name}
    PROPERTIES LABELS "${labels}" TIMEOUT ${seconds_${kind}} COST ${seconds_${kind}} ENVIRONMENT
               "UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1")
  if("tsan" IN_LIST labels)
    add_dependencies(tests_tsan ${name})
  endif()
endfunction()

# A mistyped keyword would otherwise be dropped without a word.
function(_lectern_no_leftovers name leftovers)
  if(leftovers)
    message(FATAL_ERROR "${name}: unknown arguments: ${leftovers}")
  endif()
endfunction()
