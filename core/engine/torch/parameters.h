// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/linear.h"

#include <vector>

namespace cutaway::engine {

/// A norm's gain and bias [width]; undefined where the norm has none.
struct NormParameters {
    at::Tensor gain, bias;
};

/// One expert of a mixture.
struct ExpertParameters {
    Linear gate, in; ///< [d_expert, d]
    Linear out;      ///< [d, d_expert]
};

/// One block's weights. Query, key and value are one product: rows of all query heads, then key heads, then
/// value heads. Undefined parts are those the architecture lacks.
struct LayerParameters {
    NormParameters norm1, norm1Post, norm2, norm2Post;
    Linear qkv;                  ///< [(heads + 2·kv heads)·dh, d]
    NormParameters qNorm, kNorm; ///< [dh], [heads, dh] or [heads·dh]
    Linear out;                  ///< [d, heads·dh]
    Linear gate;                 ///< [d_mlp, d], gated MLPs
    Linear in;                   ///< [d_mlp, d]; its own bias belongs to hook_pre_linear where gated
    at::Tensor inBias;           ///< [d_mlp], gated MLPs: added after act(gate)·in
    NormParameters mlpNorm;      ///< [d_mlp], solu_ln
    Linear mlpOut;               ///< [d, d_mlp]
    Linear router;               ///< [experts, d], mixtures
    std::vector<ExpertParameters> experts;
    ExpertParameters sharedExpert;
    Linear sharedGate; ///< [1, d]
};

/// Every weight of a transformer, on one device. Plain tensors may require gradients.
struct TransformerParameters {
    at::Tensor embed;    ///< [vocab, d]
    at::Tensor posEmbed; ///< [context, d] or undefined
    at::Tensor segment;  ///< [d] or undefined
    NormParameters embedNorm;
    std::vector<LayerParameters> layers;
    NormParameters finalNorm;
    Linear headDense; ///< [d, d], heads of masked-token models
    NormParameters headNorm;
    Linear unembed; ///< [outputs, d]
};

} // namespace cutaway::engine
