// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/request_sides.h"
#include "core/types/analysis.h"

namespace cutaway::engine {

/// Which outputs a sum is about: answer − wrong, or the answer's logit where `wrong` is empty. Several ids
/// are a set, scored by logsumexp.
struct OutputSets {
    std::vector<std::int64_t> answer, wrong;
};

/// Direct logit attribution of the side with the cuts in force: each part's share is u·part / s with s the
/// run's own final norm scale and u = gain ⊙ (W_U[answer] − W_U[wrong]), the part centred under LayerNorm.
/// The unit is logits before any soft-cap. Cuts on `logits` count where there is no soft-cap: they change
/// W_U's rows and add a component of their own. Sets: u is the softmax-weighted row of each, `approximate`,
/// and the rest is in `residual`. Components as residual_parts.h makes them, biases as `ln_final.b`, `b_U`;
/// those the model lacks are left out. Raises Failure, CancelledPass.
/// **Source:** Elhage et al. 2021; Wang et al. 2022, "Interpretability in the Wild", section 3.
AttributionResult attribute(Runner& runner, const RequestSides& sides, const OutputSets& outputs,
                            std::int64_t position);

/// The same for both sides, and what changed: (c′ − c)·u / s′ a component, (1/s′ − 1/s)·Σ c·u for the final
/// norm. Biases whose share stayed the same are left out. Sets: the direction is the mean of both runs'. Cuts
/// on the final norm or the logits change u itself; a component's change is then (c′·u′ − c·u) / s′, and the
/// sum holds all the same. Raises Failure, CancelledPass.
WaterfallResult explainChange(Runner& runner, const RequestSides& sides, const OutputSets& outputs,
                              std::int64_t position);

} // namespace cutaway::engine
