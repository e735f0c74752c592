# SPDX-License-Identifier: GPL-3.0-or-later
# Where `cmake --install` puts what users run: bin/ for the programs, share/cutaway/ for what is read at
# run time. The programs look there relative to themselves, so the tree can be moved. libtorch stays
# where LIBTORCH_ROOT was.
include(GNUInstallDirs)

set(_torch_rpath "")
if(CUTAWAY_WITH_TORCH)
    set(_torch_rpath ${LIBTORCH_ROOT}/lib)
endif()
foreach(_program cutaway cutaway-cli cutaway-engine)
    if(TARGET ${_program})
        set_target_properties(${_program} PROPERTIES INSTALL_RPATH "${_torch_rpath}")
        install(TARGETS ${_program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endforeach()
install(DIRECTORY resources/models/demo DESTINATION share/cutaway/models)
install(DIRECTORY tests/golden/fixtures/ DESTINATION share/cutaway/selftest
        PATTERN "analysis.safetensors" EXCLUDE PATTERN "sweep.safetensors" EXCLUDE)
install(FILES resources/glossary.json DESTINATION share/cutaway)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
