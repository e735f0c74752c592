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
    int switchAt = 0; ///< sequences of more tokens turn otherwise in all their positions; 0: none do
    std::vector<double> longFrequencies; ///< longrope: what those turn by
    double base = 0.0;                   ///< dynamic: the base that grows with the length,
    double stretch = 1.0;                ///< and how fast
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
    std::vector<RotarySpec> rotaries; ///< one, or those that layers choose from
    std::vector<int> rotaryOf;        ///< a layer each: which of them; −1 turns nothing. Empty: the first
    std::vector<double> alibiSlopes;  ///< a head each: scores get slope · key position; empty: none
    bool alibiScaled = false;         ///< Falcon: the bias is scaled like the product it is added to,
    bool alibiRounded = false;        ///< and rounded to bfloat16
    bool qkNormWhole = false;         ///< one q/k norm over all heads together
    double embeddingScale = 1.0;
    int maskToken = -1; ///< ESM: its embedding is zero and the others make up for it; −1: no such rule
    double trainedMasked = 0.0; ///< that rule's share of masked tokens in training
    bool normExperts = false;   ///< the chosen experts' weights are made to sum to 1
    int dExpert = 0;            ///< width of an expert
    int dSharedExpert = 0;      ///< width of the expert that every token goes through; 0: none
    int dEmbed = 0;             ///< OPT: width of the stored embedding, projected to d; 0: it is d
    Activation headActivation = Activation::GeluErf; ///< of the head's dense layer
    double scoreSoftCap = 0.0;                       ///< c·tanh(score / c); 0: none
    double logitSoftCap = 0.0;                       ///< the same on logits
    bool tiedHead = false;                           ///< the unembedding is the embedding: one resident copy
    /// Which rotary embedding a layer has; nothing where it has none.
    const RotarySpec* rotaryAt(int layer) const {
        const int which = rotaryOf.empty() ? 0 : rotaryOf[static_cast<std::size_t>(layer)];
        return which < 0 || rotaries.empty() ? nullptr : &rotaries[static_cast<std::size_t>(which)];
    }
    friend bool operator==(const ArchitectureSpec&, const ArchitectureSpec&) = default;
};

/// Rotary frequencies base^(−2i/dim). **Source:** Su et al. 2021, RoFormer, section 3.2.2.
std::vector<double> rotaryFrequencies(double base, int dim);
/// What a sequence of so many tokens turns by, radians a token: dim / 2.
std::vector<double> rotaryFrequenciesFor(const RotarySpec& rotary, std::int64_t length);

} // namespace cutaway::model
