// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/cut.h"

#include <optional>
#include <vector>

namespace cutaway::session {

/// Where each token of one sequence went in another: for every index of `from` its index in `to`, or −1 where
/// it has no counterpart. A longest common subsequence, so order is kept; what both begin and end with stays
/// together. Above 4 million pairs in between only beginning and end are matched.
std::vector<int> alignTokens(const std::vector<TokenId>& from, const std::vector<TokenId>& to);

/// How a donor lies under a prompt: its tokens matched as by alignTokens(), and what lies between two matches
/// tied from behind (the last token of a word carries it). Donor positions are used once.
PositionMap tieTokens(const std::vector<TokenId>& own, const std::vector<TokenId>& donor);

/// A map of single ties (own position → donor position, −1 for none) as ranges, and back.
PositionMap mapOf(const std::vector<int>& donorOf);
std::vector<int> donorPositions(const PositionMap& map, int length);

/// Whether a cut names positions counted from the start: `@4`, an edge's ends, a patch's map.
bool namesPositions(const Cut& cut);

/// A cut whose positions were chosen in one sequence, in another: every position it names (`@`, edges, the
/// own side of a patch's map) goes where its token went. Positions counted from the end and `*` stay. None
/// where one of its tokens has no counterpart.
std::optional<Cut> movedCut(Cut cut, const std::vector<int>& wentTo);

} // namespace cutaway::session
