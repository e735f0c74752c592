// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/torch/runner.h"

namespace cutaway::engine {

/// The words of a sweep's run, as the model understands them.
struct SweepScene {
    TokenIds tokens;
    std::vector<Cut> cuts; ///< checked: in force in every cell
    std::map<std::string, TokenIds> donors;
    std::vector<std::int64_t> answer, wrong; ///< outputs
};

/// Runs every cell of a sweep, in batches of cells that are near each other in the model. A cell's value is
/// that of the single run with its cut behind the scene's (equal within 1e-5). Cells come to `sink` in parts,
/// at most one every 50 ms but the first (no cells yet) and the last. Raises Failure before anything runs:
/// Usage where a cell's cut is illegal, the metric lacks its answer or the model has no such metric;
/// OutOfRange for the position; what compiling a cut raises. Raises CancelledPass between blocks.
SweepResult runSweep(Runner& runner, const SweepScene& scene, const SweepRequest& request,
                     const SweepSink& sink, const ProgressSink& progress, const CancelToken& cancel);

} // namespace cutaway::engine
