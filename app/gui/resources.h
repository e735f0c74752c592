// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_host.h"

#include <QString>

namespace cutaway::app {

/// The shipped model's folder: under $CUTAWAY_RESOURCES, beside the installed program, or in the source tree
/// the program was built from. Empty where it is nowhere.
QString demoModelPath();

/// The file of terms, found in the same places.
QString glossaryPath();

/// Loads the engine, and with it libtorch, from its module beside the program. Called on the worker thread:
/// the window is painted before any of it is read. Errors: Internal, with the loader's reason.
Result<std::unique_ptr<engine::Engine>> loadTorchEngine();

} // namespace cutaway::app
