# SPDX-License-Identifier: GPL-3.0-or-later
# The libtorch inside the PyPI wheel `torch`, as the imported target cutaway::libtorch.
# LIBTORCH_ROOT (cache variable or environment) names the folder that holds include/ and lib/: the wheel's
# site-packages/torch. find_package(Torch) is not used: with a CUDA wheel it wants the CUDA toolkit.
if(NOT LIBTORCH_ROOT AND DEFINED ENV{LIBTORCH_ROOT})
    set(LIBTORCH_ROOT $ENV{LIBTORCH_ROOT})
endif()
if(NOT LIBTORCH_ROOT)
    file(GLOB _candidates ${CMAKE_SOURCE_DIR}/.deps/venv/lib/python3*/site-packages/torch)
    if(_candidates)
        list(GET _candidates 0 LIBTORCH_ROOT)
    endif()
endif()
if(NOT EXISTS ${LIBTORCH_ROOT}/include/ATen/ATen.h)
    message(FATAL_ERROR "libtorch was not found: LIBTORCH_ROOT is '${LIBTORCH_ROOT}', expected a folder with "
                        "include/ATen/ATen.h. ./packaging/build installs one, or name your own.")
endif()
set(LIBTORCH_ROOT ${LIBTORCH_ROOT} CACHE PATH "Folder with libtorch's include/ and lib/")
message(STATUS "libtorch: ${LIBTORCH_ROOT}")

add_library(cutaway_libtorch INTERFACE)
add_library(cutaway::libtorch ALIAS cutaway_libtorch)
target_include_directories(cutaway_libtorch SYSTEM INTERFACE ${LIBTORCH_ROOT}/include
                           ${LIBTORCH_ROOT}/include/torch/csrc/api/include)
target_compile_definitions(cutaway_libtorch INTERFACE _GLIBCXX_USE_CXX11_ABI=1)
target_link_directories(cutaway_libtorch INTERFACE ${LIBTORCH_ROOT}/lib)
set(_torch_libs -lc10 -ltorch_cpu)
if(EXISTS ${LIBTORCH_ROOT}/lib/libtorch_cuda.so)
    list(APPEND _torch_libs -lc10_cuda -ltorch_cuda)
    target_compile_definitions(cutaway_libtorch INTERFACE CUTAWAY_TORCH_HAS_CUDA=1)
endif()
target_link_libraries(cutaway_libtorch INTERFACE -Wl,--push-state,--no-as-needed ${_torch_libs} -Wl,--pop-state
                      -Wl,--allow-shlib-undefined -Wl,-rpath,${LIBTORCH_ROOT}/lib)
