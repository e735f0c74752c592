// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/request_sides.h"
#include "core/types/cut.h"

#include <optional>
#include <string>
#include <vector>

namespace cutaway::engine {

/// One addend of the residual stream at one position.
struct ResidualPart {
    std::string name;             ///< `embed`, `pos_embed`, `L0H3`, `L0.b_O`, `L0.mlp`, or a cut's text
    std::optional<Target> target; ///< what to cut to take it away; none for biases and for cuts
    at::Tensor value;             ///< [d] float64, on the CPU
};

/// Addends in the order of the model, one a name.
class PartList {
public:
    /// Appends a part; one of a name that is there already is added to it.
    void add(std::string name, std::optional<Target> target, const at::Tensor& value);
    void add(const PartList& other);
    void scale(const at::Tensor& factor);     ///< every part times `factor`: [d] or a number
    void centre();                            ///< takes each part's own mean off it
    at::Tensor sum(std::int64_t width) const; ///< [d] float64
    const std::vector<ResidualPart>& all() const { return m_parts; }

private:
    std::vector<ResidualPart> m_parts;
};

/// What the unembedding reads at one position, taken apart:
/// normed = Σ stream / scale + Σ constants, up to the rounding of the run.
struct FinalParts {
    PartList stream; ///< what was added to the residual stream, carried through the final norm but for scale
    PartList constants; ///< not divided by it: `ln_final.b`, and what cuts behind the scale put there
    double scale = 1.0; ///< of the final norm in this run; 1 where there is none
    at::Tensor normed;  ///< [d] float64: as the run has it
};

/// Takes a run apart at a position, with the cuts in force. A part is what reaches the end of the stream of
/// what its component wrote: every cut on the way is affine in what it acts on, value′ = factor ⊙ value +
/// constant. So a cut on the stream or on an attention's sum multiplies all that has been added so far, and
/// what it puts in their place (a mean, a donor's value, a vector) is a part of its own, named by the cut's
/// canonical text (` + ` between several on one hook). A cut on one component's output (embedding, a head's
/// z or result, an MLP, a neuron, a pattern) is inside that component's part. Costs one row of every MLP;
/// models with parallel blocks run each block again. Raises Failure, CancelledPass.
/// **Source:** Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
FinalParts finalParts(Runner& runner, const SideView& side, std::int64_t position);

/// Value′ = factor ⊙ value + constant: what the cuts at a hook do to one row, in float64 on the CPU.
struct AffineCut {
    at::Tensor factor, constant;
};
/// Of a row of `shape` (the hook's axes behind positions). Precondition: the cuts touch the hook.
AffineCut affineCut(const Interventions& cuts, const HookPoint& hook, at::IntArrayRef shape,
                    std::int64_t position);

/// The texts of the cuts that act at a hook and a position, ` + ` between them.
std::string cutsAt(const SideView& side, const HookPoint& hook, std::int64_t position,
                   const ModelTraits& traits);

} // namespace cutaway::engine
