// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cutaway::tests {

/// The room a file or an include belongs to (`core/engine/torch`), empty if to none. The longest room that
/// the path starts with wins, so `core/engine/torch/linear.h` is not in `core/engine`.
std::string_view roomOf(std::string_view path);

/// What is wrong with a source file's includes by the house's arrows (ARCHITECTURE.md), one sentence each:
/// a room that may not be seen, Qt in the core or the command line, libtorch outside the rooms that compute,
/// both in one file, `<torch/torch.h>` anywhere. `path` is relative to the repository's root.
std::vector<std::string> includeFaults(std::string_view path, std::string_view text);

/// Whether the licence identifier stands in the first line (the second after a `#!` line).
bool namesItsLicence(std::string_view text);

/// Latin-1 literals of Qt (`QLatin1String("…")`, `fromLatin1`, `QLatin1Char`) that hold something else than
/// ASCII: a source is UTF-8, and each byte of such a letter would be shown as one of its own.
std::vector<std::string> latin1Faults(std::string_view path, std::string_view text);

} // namespace cutaway::tests
