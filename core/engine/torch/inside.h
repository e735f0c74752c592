// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/runner.h"
#include "core/types/analysis.h"

namespace cutaway::engine {

/// One side of a kept run and the tokens that what it holds is measured by.
struct InsideScene {
    SideRun* side = nullptr;
    const Interventions* cuts = nullptr;     ///< null on the uncut side
    std::vector<std::int64_t> answer, wrong; ///< outputs; may be empty
};

/// One head at one query, step by step. `z`, `outNorm`, `raised` and `lowered` are of z after its cuts; what
/// each key's value adds is before a cut on z itself. Raises Failure: OutOfRange, Unsupported.
HeadReading readHead(Runner& runner, const InsideScene& scene, const HeadReadingRequest& request);

/// The neurons of a layer at a position, largest first. Raises Failure: UnknownTarget where there is no MLP,
/// OutOfRange, Unsupported.
NeuronsResult listNeurons(Runner& runner, const InsideScene& scene, const NeuronsRequest& request);

/// ‖v_k·W_O‖ of every key k of one head: [S]. A pattern times it says how much is written, not only how much
/// is looked at. **Source:** Kobayashi et al. 2020, "Attention is Not Only a Weight: Analyzing Transformers
/// with Vector Norms".
at::Tensor valueNorms(const Transformer& model, const SideRun& side, int layer, int head);

} // namespace cutaway::engine
