// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/engine/torch/request_sides.h"
#include "core/engine/words.h"
#include "core/types/analysis.h"

namespace cutaway::engine {

/// The final norm and the unembedding (soft-cap included) on the residual stream of a run: `embed` is
/// blocks.0.hook_resid_pre, row L is blocks.L.hook_resid_post, all after the cuts. The last row is the run's
/// own output; cuts on the final norm and on the logits act there alone, the rows before it are read with the
/// model's own. `answer` may be empty. Logits are made a few positions at a time, so that layers × T ×
/// vocabulary never stands in memory. Raises Failure (Unsupported for post-norm models, NumericFault) and
/// CancelledPass. **Source:** nostalgebraist 2020, "interpreting GPT: the logit lens".
LensResult readLens(const Transformer& model, const Words& words, const RequestSides& sides,
                    const std::vector<std::int64_t>& answer, const CancelToken& cancel);

/// Raises Unsupported, naming the analysis, for models whose norms stand behind the sums: there the stream is
/// normed again in every layer, and no sum of what was added to it reaches the end.
void refusePostNorm(const ModelTraits& traits, const std::string& operation);
/// Raises Failure (Unsupported) for models whose head is not linear.
void refuseHeadTransform(const ModelTraits& traits, const std::string& operation);

} // namespace cutaway::engine
