// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

#include <functional>
#include <memory>

namespace cutaway::engine {

/// An engine that outlives its device. Where the memory of a GPU runs out the model is opened on the CPU and
/// what was asked is asked again there; results and ModelInfo say so in a warning. Where a device fails for
/// good (an error of CUDA that sticks to its context, Error::context `sticky`), `deviceLost` is called:
/// nothing in this process can use the device any more.
std::unique_ptr<Engine> makeSturdy(std::unique_ptr<Engine> inner, std::function<void()> deviceLost = {});

/// The warning.
inline constexpr const char* movedToCpu =
    "The memory of the GPU ran out: the model was moved to the CPU, which is slower.";

} // namespace cutaway::engine
