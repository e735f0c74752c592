// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/types/json_codec.h"

namespace cutaway::app {

/// One compact JSON line on stdout. Nothing else is ever written there.
void printReply(const Json& reply);
/// Whether every reply so far could be written (a full disk, a closed pipe).
bool repliesWritten();

/// The error as a JSON line on stdout and as `[operation] message` on stderr. Returns its exit status.
int printError(const Error& error);

/// A line on stderr.
void printMessage(const std::string& line);

/// Progress on stderr: one line rewritten in place on a terminal, a line a stage elsewhere; silent with
/// `quiet`.
ProgressSink consoleProgress(bool quiet);

} // namespace cutaway::app
