# SPDX-License-Identifier: GPL-3.0-or-later
# How every target of the project is compiled: one place for warnings, sanitizers and include paths.

add_library(cutaway_flags INTERFACE)
target_include_directories(cutaway_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(cutaway_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(cutaway_flags INTERFACE -Wno-restrict) # false alarms on std::string sums at -O3
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang") # part of GCC's -Wconversion for C alone
    target_compile_options(cutaway_flags INTERFACE -Wno-sign-conversion -Wno-unused-lambda-capture)
endif()
if(CUTAWAY_WERROR)
    target_compile_options(cutaway_flags INTERFACE -Werror)
endif()
if(CUTAWAY_ASSERTIONS)
    target_compile_options(cutaway_flags INTERFACE -UNDEBUG)
endif()
if(CUTAWAY_SANITIZE)
    target_compile_options(cutaway_flags INTERFACE -fsanitize=${CUTAWAY_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(cutaway_flags INTERFACE -fsanitize=${CUTAWAY_SANITIZE})
endif()

if(CUTAWAY_FUZZ) # coverage of everything that a target links
    target_compile_options(cutaway_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Qt 6.4's moc cannot read libstdc++'s <concepts>, which <compare> brings in: its guard keeps moc out of it.
set(CMAKE_AUTOMOC_MOC_OPTIONS -D_GLIBCXX_CONCEPTS)

# cutaway_library(NAME SOURCES ... LINK ...): a static library of one room of the house.
function(cutaway_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE cutaway_flags)
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# cutaway_test(NAME SOURCES ... LINK ...): one Qt Test program, run offscreen by CTest.
function(cutaway_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${ARG_LINK} Qt6::Test cutaway_flags)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS CUTAWAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
endfunction()
