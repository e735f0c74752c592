// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/options.h"

#include <functional>

namespace cutaway::app {

/// The request that the options alone describe. Errors: Usage when no input is named.
Result<RunRequest> requestOf(const Options& options);

/// Reads `--prompts` line by line and calls back with each line's request, or with the error that stands in
/// its place, in order. Cuts, donors, answers of the options come first; a line's own follow or replace them.
/// Empty lines are passed over. Returns the number of lines answered. Errors: the file cannot be read.
Result<int> forEachLine(const Options& options,
                        const std::function<bool(int line, const Result<RunRequest>&)>& answer);

} // namespace cutaway::app
