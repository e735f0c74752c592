// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <string>

namespace cutaway::tests {

/// Where the tests open their models: what CUTAWAY_TEST_DEVICE says, without it the CPU. With `cuda` the same
/// tests hold a GPU to the same references.
inline std::string testDevice() {
    const char* device = std::getenv("CUTAWAY_TEST_DEVICE");
    return device && *device ? device : "cpu";
}

} // namespace cutaway::tests
