// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"

#include <vector>

namespace cutaway {

/// The one table: may this kind stand on this target of a model with these traits? Parser, offers(), engine
/// and tests all read it. Errors: IllegalCut with the reason in plain words ("freeze needs …").
Status checkLegal(CutKind kind, const Target& target, const ModelTraits& traits);

/// The whole cut against a model: targets exist (UnknownTarget, saying what there is), kind × target is
/// legal, positions are allowed on the target (not on an edge).
Status checkCut(const Cut& cut, const ModelTraits& traits);

/// checkCut(), and every position named exists in a prompt of `length` tokens (OutOfRange). The message is
/// one sentence.
Status checkRunnable(const Cut& cut, const ModelTraits& traits, int length);

/// `*` expanded, short names turned into hook points: what the engine works on. One entry per hook touched.
struct ResolvedTarget {
    HookPoint hook;
    std::vector<int> index; ///< empty: the whole array; [i] or [i,j] as in HookSelector
    int query = -1;         ///< edge: row; −1 with `edge` true = every query
    int key = -1;           ///< edge: column; −1 = every key
    bool edge = false;
};
/// In model order. A block is its attention and its MLP write. Precondition: checkCut passed.
std::vector<ResolvedTarget> resolveTargets(const Cut& cut, const ModelTraits& traits);

/// Every kind × target shape that is legal for a model, one representative each (layer 0 and last): what the
/// generated engine test walks and the offers are made from.
struct LegalCell {
    CutKind kind;
    Target target;
};
std::vector<LegalCell> legalCells(const ModelTraits& traits);

} // namespace cutaway
