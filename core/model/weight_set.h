// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/weights/ggml_types.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::model {

/// Element type as stored in the file. Blocks are quantised and become floats when they are read.
enum class StoredType { F32, F16, BF16, F64, Block };

/// A view into a mapped file: where one canonical array lies. Read row-major over `shape` with `strides` (in
/// elements, so transposed and fused tensors need no copy), it flattens to the canonical array's order; the
/// shape may have more axes than the canonical one ([heads, dh, d] for [heads·dh, d]). `data` need not be
/// aligned. `owner` keeps the mapping alive.
struct WeightView {
    StoredType type = StoredType::F32;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
    const std::byte* data = nullptr;
    std::string name; ///< of the tensor in the file, for messages
    std::shared_ptr<const void> owner;
    weights::GgmlType block = weights::GgmlType::F32; ///< where type is Block: `data` is the whole tensor's,
    std::int64_t offset = 0;                          ///< and the view begins so many elements behind it

    bool present() const { return data != nullptr; }
};

/// A linear map y = x·Wᵀ + b: weight [out, in], bias [out] or absent.
struct LinearWeights {
    WeightView weight;
    WeightView bias;
};

/// A norm's gain and bias [width]; both absent where the norm has no weights.
struct NormWeights {
    WeightView gain;
    WeightView bias;
};

/// One expert of a mixture: a gated MLP.
struct ExpertWeights {
    LinearWeights gate, in; ///< [d_expert, d]
    LinearWeights out;      ///< [d, d_expert]
};

/// One block. Absent parts have no data.
struct LayerWeights {
    NormWeights norm1, norm1Post, norm2, norm2Post;
    LinearWeights q;                       ///< [heads·dh, d]
    LinearWeights k, v;                    ///< [kv heads·dh, d]
    std::vector<NormWeights> qNorm, kNorm; ///< one of [dh] for all heads, one of [heads·dh], or a head each
    LinearWeights out;                     ///< [d, heads·dh]
    LinearWeights gate;                    ///< [d_mlp, d], gated MLPs
    LinearWeights in;                      ///< [d_mlp, d]
    WeightView inBias;    ///< [d_mlp], gated MLPs: added after act(gate)·in (TransformerLens's b_in)
    NormWeights mlpNorm;  ///< solu_ln
    LinearWeights mlpOut; ///< [d, d_mlp]
    LinearWeights router; ///< [experts, d], mixtures
    std::vector<ExpertWeights> experts;
    ExpertWeights sharedExpert;
    LinearWeights sharedGate; ///< [1, d]
};

/// Every weight of a model under its canonical place, whatever the family called it.
struct WeightSet {
    WeightView embed;                 ///< [vocab, d]
    WeightView projectIn, projectOut; ///< [d, d_embed], [d_embed, d]: OPT with a narrower embedding
    WeightView posEmbed;              ///< [context, d]
    WeightView segment;               ///< [d] added to every position (BERT's first token type)
    NormWeights embedNorm;            ///< on the sum of the embeddings
    std::vector<LayerWeights> layers;
    NormWeights finalNorm;
    LinearWeights headDense; ///< [d, d], heads of masked-token models
    NormWeights headNorm;
    LinearWeights unembed; ///< [outputs, d]; weight absent where the head is tied
};

} // namespace cutaway::model
