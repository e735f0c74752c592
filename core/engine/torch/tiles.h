// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/torch/runner.h"

namespace cutaway::engine {

/// One side of a kept run.
struct TileSide {
    SideRun* run = nullptr;
    const Interventions* cuts = nullptr; ///< null on the uncut side
};

/// Thumbnails and pattern scores of every head, layer by layer from the kept queries and keys. With `uncut`,
/// the tiles show side − uncut. `weighted`: each entry times its key's ‖v·W_O‖, the tiles reaching up to the
/// largest value of all; the scores stay those of the patterns. `folded`: without the first key, and on
/// causal models without the first query. Raises Failure and CancelledPass.
Tiles makeTiles(Runner& runner, const TileSide& side, const TileSide* uncut, int size, bool weighted,
                bool folded, const CancelToken& cancel);

} // namespace cutaway::engine
