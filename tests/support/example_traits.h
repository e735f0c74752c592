// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/model_traits.h"

namespace cutaway::tests {

/// GPT-2-like: LayerNorm, learned positions, plain MLP. 3 layers of 4 heads.
inline ModelTraits gptTraits() {
    ModelTraits t;
    t.nLayers = 3;
    t.nHeads = t.nKvHeads = 4;
    t.dModel = 16;
    t.dHead = 4;
    t.dMlp = 64;
    t.dVocab = t.dVocabOut = 50;
    t.context = 32;
    return t;
}

/// Llama-like: RMSNorm, rotary, gated, two key/value heads.
inline ModelTraits llamaTraits() {
    ModelTraits t = gptTraits();
    t.nKvHeads = 2;
    t.norm = NormKind::RmsNorm;
    t.positions = PositionKind::Rotary;
    t.gatedMlp = true;
    return t;
}

/// Attention only, no norms, one layer: the smallest toy.
inline ModelTraits toyTraits() {
    ModelTraits t = gptTraits();
    t.nLayers = 1;
    t.dMlp = 0;
    t.norm = NormKind::None;
    t.finalNorm = false;
    return t;
}

} // namespace cutaway::tests
