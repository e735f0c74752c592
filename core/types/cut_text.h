// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"

namespace cutaway {

/// Parses the one-line text form of a cut. Model-free: says nothing about what a model has (see legality.h).
/// Errors: BadCut; `context["column"]` is the 1-based column of the first character that does not fit and the
/// message says what could stand there.
Result<Cut> parseCut(std::string_view text);

/// Canonical text: short target names, arguments in the table's order then named ones by name with `w` last,
/// defaults omitted, shortest round-trip numbers, no spaces. parseCut(printCut(c)) == c.
std::string printCut(const Cut& cut);
std::string printTarget(const Target& target);
std::string printPositions(const Positions& positions); ///< without `@`; `all` for all

/// Positions as 0-based, sorted, unique places in a sequence of `length` tokens whose generated part starts
/// at `promptLength`. Errors: OutOfRange, naming the item and the length.
Result<std::vector<int>> resolvePositions(const Positions& positions, int length, int promptLength);

} // namespace cutaway
