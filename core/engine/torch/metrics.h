// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/engine/torch/side_run.h"
#include "core/types/run_result.h"

namespace cutaway::engine {

/// What is to be read off the logits.
struct MetricsWanted {
    bool allPositions = false;  ///< else one
    std::int64_t position = -1; ///< that one, −1 the last
    bool loss = true;
    int top = 10;
    std::vector<std::int64_t> answer, wrong; ///< token sets, empty where not asked for
};

/// One side's way to its logits: all of them where they are at hand, else the head is run on chunks of rows.
struct LogitSource {
    at::Tensor normed; ///< [1, T, d]
    at::Tensor logits; ///< [T, outputs] or undefined
};

/// Predictions, loss and answer figures of both sides and the KL divergence between them (instant re-runs,
/// rule 5: T × outputs logits are made in chunks, and only where the loss or every position is asked for).
/// The uncut run remembers what it may be asked for again. `cut` may be null. Raises Failure on NaN logits.
void measure(const Transformer& model, SideRun& uncut, const LogitSource* cut, const MetricsWanted& wanted,
             const CancelToken& cancel, RunSide& uncutSide, RunSide& cutSide, std::vector<double>& kl);

} // namespace cutaway::engine
