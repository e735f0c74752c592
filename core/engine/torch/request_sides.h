// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/runner.h"

#include <memory>
#include <vector>

namespace cutaway::engine {

/// One side of a run as analyses read it. Nothing is owned.
struct SideView {
    SideRun* run = nullptr;
    const Interventions* cuts = nullptr;    ///< compiled against the run's tokens; null on the uncut side
    const std::vector<Cut>* list = nullptr; ///< the same as values, for their texts; null on the uncut side
};

/// A request, run: what an analysis starts from.
struct RequestSides {
    TokenIds tokens;
    std::vector<Cut> cuts; ///< those in force
    Interventions interventions;
    std::shared_ptr<SideRun> uncut;
    std::shared_ptr<SideRun> cut; ///< the uncut side where there are no cuts
    at::Tensor normed; ///< [1, T, d] the cut side behind the final norm; undefined where there are no cuts
    at::Tensor logits; ///< [T, outputs] of the cut side where a cut touches them; else undefined

    SideView uncutView() const { return {uncut.get(), nullptr, nullptr}; }
    /// The side with the cuts in force; the uncut one where there are none.
    SideView view() const { return cuts.empty() ? uncutView() : SideView{cut.get(), &interventions, &cuts}; }
};

} // namespace cutaway::engine
