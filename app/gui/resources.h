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

/// The program that serves the engine: $CUTAWAY_ENGINE, cutaway-engine beside this program, or the one in
/// PATH; on another machine (`place` is `ssh:HOST`, as parseOptions() has checked it) by way of ssh.
EngineProgram engineProgram(const QString& place = {});

} // namespace cutaway::app
