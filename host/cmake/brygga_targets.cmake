# brygga_module and brygga_unit_test: one call a directory.

# A target whose precompiled headers others reuse; they must be compiled with the same options.
function(brygga_precompiled name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LIBS;OPTIONS")
    if(NOT BRYGGA_PCH OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        return()
    endif()
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/pch/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/pch/${name}.cpp)
    target_link_libraries(${name} PRIVATE ${arg_LIBS})
    target_compile_options(${name} PRIVATE ${arg_OPTIONS})
    target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

function(brygga_reuse_precompiled target from)
    if(TARGET ${from})
        target_precompile_headers(${target} REUSE_FROM ${from})
    endif()
endfunction()

set(brygga_std_headers <algorithm> <array> <atomic> <charconv> <chrono> <compare> <condition_variable> <cstdint>
    <deque> <functional> <map> <memory> <mutex> <optional> <set> <span> <stop_token> <string> <string_view> <thread>
    <unordered_map> <utility> <variant> <vector>)
brygga_precompiled(pch_host HEADERS ${brygga_std_headers} <fmt/format.h> <brygga/sdk/json.hpp> LIBS brygga_sdk fmt::fmt)
if(BRYGGA_TESTS)
    brygga_precompiled(pch_test HEADERS ${brygga_std_headers} <fmt/format.h> <gtest/gtest.h> <gmock/gmock.h>
        <brygga/sdk/json.hpp> LIBS brygga_sdk fmt::fmt GTest::gmock)
endif()
brygga_precompiled(pch_plugin HEADERS ${brygga_std_headers} <brygga/sdk/json.hpp> LIBS brygga_sdk
    OPTIONS -fvisibility=hidden -fvisibility-inlines-hidden)

# brygga_module(<name> [DEPENDS <module>...] [LIBS <library>...] [EXCLUDE <file>...])
# The static library host_<name> from this directory's *.cpp; without any, an interface library.
function(brygga_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;LIBS;EXCLUDE")
    file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cpp)
    if(arg_EXCLUDE)
        list(REMOVE_ITEM sources ${arg_EXCLUDE})
    endif()
    list(TRANSFORM arg_DEPENDS PREPEND host_)
    if(sources)
        add_library(host_${name} STATIC ${sources})
        set(scope PUBLIC)
        brygga_reuse_precompiled(host_${name} pch_host)
    else()
        add_library(host_${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(host_${name} ${scope} ${PROJECT_SOURCE_DIR}/host)
    target_link_libraries(host_${name} ${scope} brygga_sdk ${arg_DEPENDS} ${arg_LIBS})
endfunction()

# brygga_crash_points(<file>...): these files of this directory hold crash points (base/crash_point.h).
function(brygga_crash_points)
    # By themselves with and without them: what is compiled together is the same in every build.
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    if(BRYGGA_CRASH_POINTS)
        set_source_files_properties(${ARGN} PROPERTIES COMPILE_DEFINITIONS BRYGGA_CRASH_POINTS)
    endif()
endfunction()

# brygga_unit_test(<name> [LABEL <label>] [LIBS <library>...])
# The executable unit_<name> from this directory's *.cpp, linked to host_<name> or plugin_<name> where there is one;
# one ctest test for each GoogleTest case, label "unit" unless told.
function(brygga_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "LIBS")
    if(NOT arg_LABEL)
        set(arg_LABEL unit)
    endif()
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(unit_${name} ${sources})
    add_dependencies(fast_tests unit_${name})
    foreach(subject host_${name} plugin_${name})
        if(TARGET ${subject})
            target_link_libraries(unit_${name} PRIVATE ${subject})
        endif()
    endforeach()
    target_link_libraries(unit_${name} PRIVATE brygga_sdk ${arg_LIBS} fmt::fmt GTest::gmock GTest::gmock_main)
    target_include_directories(unit_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${CMAKE_BINARY_DIR}/tests/include)
    brygga_reuse_precompiled(unit_${name} pch_test)
    gtest_discover_tests(unit_${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
        PROPERTIES LABELS ${arg_LABEL} TIMEOUT 60)
endfunction()
include(GoogleTest)
