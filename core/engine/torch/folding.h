// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/parameters.h"
#include "core/model/architecture_spec.h"

namespace cutaway::engine {

/// Rewrites weights as TransformerLens does by default, so that published numbers on such weights can be
/// compared: norms' gains and biases go into the products behind them, value biases into b_O, everything
/// written to the stream is centred (layer norms), the unembedding is centred over its outputs (without a
/// soft-cap). Probabilities stay; logits move by a constant a position. Parameters are plain (not packed); a
/// tied head gets a matrix of its own.
/// **Source:** TransformerLens 3.9, process_weights (facts); Elhage et al. 2021 for why it is allowed.
/// Raises Failure: Unsupported for models whose norms do not stand in front, and for positions added at the
/// queries.
void foldWeights(model::ArchitectureSpec& spec, TransformerParameters& parameters);

} // namespace cutaway::engine
