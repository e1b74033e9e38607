# Third-party packages, each under one target name. Imported targets are SYSTEM: their headers never warn.

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED) # OpenSSL::SSL, OpenSSL::Crypto
find_package(CURL REQUIRED) # CURL::libcurl
find_package(fmt REQUIRED) # fmt::fmt
find_package(spdlog REQUIRED) # spdlog::spdlog
find_package(nlohmann_json REQUIRED) # nlohmann_json::nlohmann_json
find_package(CLI11 REQUIRED) # CLI11::CLI11
find_package(prometheus-cpp REQUIRED COMPONENTS core) # prometheus-cpp::core

find_package(PkgConfig REQUIRED)
function(lectern_pkg_config target)
  string(REPLACE "::" "_" prefix ${target})
  pkg_check_modules(${prefix} REQUIRED QUIET IMPORTED_TARGET GLOBAL ${ARGN})
  add_library(${target} ALIAS PkgConfig::${prefix})
endfunction()
lectern_pkg_config(uv::uv libuv)
lectern_pkg_config(websockets::websockets libwebsockets)
lectern_pkg_config(srtp2::srtp2 libsrtp2)
lectern_pkg_config(jwt::jwt libjwt)
lectern_pkg_config(opus::opus opus)
lectern_pkg_config(sqlite::sqlite sqlite3)
lectern_pkg_config(av::av libavformat libavcodec libavutil)
lectern_pkg_config(brotli::enc libbrotlienc)

# Intel's library exists for x86-64 alone, and Debian's package brings neither a CMake nor a
# pkg-config file. Folders ask `if(TARGET ipsec_mb::ipsec_mb)` which of their sources to build.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  find_library(LECTERN_IPSEC_MB IPSec_MB REQUIRED)
  find_path(LECTERN_IPSEC_MB_INCLUDE intel-ipsec-mb.h REQUIRED)
  add_library(ipsec_mb::ipsec_mb UNKNOWN IMPORTED GLOBAL)
  set_target_properties(
    ipsec_mb::ipsec_mb PROPERTIES IMPORTED_LOCATION ${LECTERN_IPSEC_MB}
                                  INTERFACE_INCLUDE_DIRECTORIES ${LECTERN_IPSEC_MB_INCLUDE})
  # Its names of old (`SHA1` for one) are macros that break OpenSSL's headers.
  target_compile_definitions(ipsec_mb::ipsec_mb INTERFACE NO_COMPAT_IMB_API_053)
endif()

if(LECTERN_TESTS)
  find_package(GTest REQUIRED) # GTest::gmock_main
endif()
