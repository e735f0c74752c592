// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/model_traits.h"

#include <vector>

namespace cutaway::model {

/// Elementwise function of the MLP. GeluTanh serves `gelu_new` and `gelu_pytorch_tanh` (one formula).
enum class Activation { Relu, GeluErf, GeluTanh, GeluFast, Silu, SoluLn };

/// Rotary embedding, scaled variants included: a family file turns its config into the frequencies.
struct RotarySpec {
    int dim = 0;                            ///< leading entries of a head that turn; the rest pass through
    bool interleaved = false;               ///< pairs (0,1),(2,3)… instead of (i, i + dim/2)
    std::vector<double> inverseFrequencies; ///< dim / 2, radians a token
    double factor = 1.0;                    ///< cosine and sine times this (longrope, yarn)
    friend bool operator==(const RotarySpec&, const RotarySpec&) = default;
};

/// All that varies between the families, in numbers. A family file writes one; the stages, the forward, the
/// memory estimate and the cuts read it and never ask which family it is.
struct ArchitectureSpec {
    ModelTraits traits;
    double normEpsilon = 1e-5;
    Activation activation = Activation::GeluTanh;
    std::vector<double> attentionScale; ///< a layer each: scores are q·k times this (usually 1/√dh)
    std::vector<int> window; ///< a layer each: keys > query − window; 0 = all. Empty = all everywhere
    RotarySpec rotary;
    double embeddingScale = 1.0;
    double scoreSoftCap = 0.0; ///< c·tanh(score / c); 0: none
    double logitSoftCap = 0.0; ///< the same on logits
    bool tiedHead = false;     ///< the unembedding is the embedding: one resident copy
    friend bool operator==(const ArchitectureSpec&, const ArchitectureSpec&) = default;
};

} // namespace cutaway::model
