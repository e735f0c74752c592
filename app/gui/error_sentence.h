// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QString>

namespace cutaway::app {

/// What a kind of error means to the one at the window, in their language: "There is not enough memory".
QString meaningOf(ErrorCode code);

/// An error as the window says it: its meaning, then what exactly happened. Plain text; whatever a file's
/// name may hold is made visible.
QString sentenceOf(const Error& error);

} // namespace cutaway::app
