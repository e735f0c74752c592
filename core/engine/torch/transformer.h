// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/engine/torch/hooks.h"
#include "core/engine/torch/parameters.h"
#include "core/model/stages.h"

#include <vector>

namespace cutaway::engine {

/// The activations inside one block, as the stages hand them on. B batch, T rows, S keys, H heads, K
/// key/value heads.
struct BlockState {
    at::Tensor resid;          ///< [B, T, d] the residual stream
    at::Tensor in;             ///< [B, T, d] what the next product reads: the stream or its norm
    at::Tensor q, k, v;        ///< [B, T, H, dh], [B, T, K, dh]: before q/k norm and rotary
    at::Tensor rotQ, rotK;     ///< the same after both; q and k themselves where there is neither
    at::Tensor z;              ///< [B, T, H, dh]
    at::Tensor attnOut;        ///< [B, T, d]
    at::Tensor pre, preLinear; ///< [B, T, d_mlp]
    at::Tensor post;           ///< [B, T, d_mlp]
    at::Tensor mlpOut;         ///< [B, T, d]
};

/// What is kept of a block so that later runs can enter it: six arrays, no patterns (instant re-runs). All
/// are values under the cuts but residPre, which is as it came in, before any cut on it.
struct BlockRecord {
    at::Tensor residPre, residMid, q, k, v, rotQ, rotK, z;
};

/// Keys and values of the rows already run: [B, S, K, dh] a layer, keys after rotary.
struct KeyValueCache {
    std::vector<at::Tensor> keys, values;
    std::int64_t rows = 0;
};

/// What goes along on one pass over the model.
struct Pass {
    Hooks* hooks = nullptr;                     ///< none: nobody listens
    KeyValueCache* cache = nullptr;             ///< generation: rows continue those in the cache
    std::vector<BlockRecord>* record = nullptr; ///< [layers], filled as blocks are run
    const CancelToken* cancel = nullptr;        ///< asked between blocks; stops by CancelledPass
    std::int64_t length = 0;      ///< tokens of the whole sequence, where rows behind those run are left out
    at::Tensor positionEmbedding; ///< set by embed() for models that add it at the queries and keys
    /// Of the last block: so many rows at the front are needed as keys and values alone and end there. Causal
    /// models only.
    std::int64_t droppedRows = 0;
};

/// Thrown between blocks when the pass's token says so; never leaves core/engine/torch.
struct CancelledPass {};

/// One decoder (or encoder) written once for every family, over the stages its specification compiles to.
/// Differentiable where the parameters are plain and require gradients; read-only and free of state, so
/// passes may overlap. **Source:** Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"
/// (residual stream and heads); hook points as in TransformerLens.
class Transformer {
public:
    Transformer(model::ArchitectureSpec spec, TransformerParameters parameters);

    const model::ArchitectureSpec& spec() const { return m_spec; }
    const ModelTraits& traits() const { return m_spec.traits; }
    const TransformerParameters& parameters() const { return m_parameters; }
    TransformerParameters& parameters() { return m_parameters; }

    /// tokens [B, T] (int64) → logits [B, T, outputs], everything in between.
    at::Tensor forward(const at::Tensor& tokens, Pass& pass) const;
    at::Tensor forward(const at::Tensor& tokens) const;

    /// tokens [B, T] → the residual stream before block 0 [B, T, d].
    at::Tensor embed(const at::Tensor& tokens, Pass& pass) const;
    /// What a token's row adds to the stream before any position [B, T, d]: scale, masking rule and, where
    /// there is one and no position is added, norm included.
    at::Tensor tokenEmbedding(const at::Tensor& tokens) const;
    /// Rotary frequencies depend on how long the sequence is: rows kept from a shorter one do not serve.
    bool rotaryFollowsLength() const;
    /// Block `layer`: [B, T, d] → [B, T, d].
    at::Tensor block(int layer, at::Tensor resid, Pass& pass) const;
    /// The part of a sequential block behind the attention's sum: residMid [B, T, d] → [B, T, d].
    at::Tensor blockFromMid(int layer, at::Tensor residMid, Pass& pass) const;
    /// Blocks `first` … to the end.
    at::Tensor blocks(int first, at::Tensor resid, Pass& pass) const;
    /// The final norm: [B, T, d] → [B, T, d].
    at::Tensor finalNorm(const at::Tensor& resid, Pass& pass) const;
    /// The head: normed [B, T, d] → logits [B, T, outputs].
    at::Tensor unembed(const at::Tensor& normed, Pass& pass) const;
    /// Attention scores [B, H, T, S] after scale, soft-cap and mask, from q [B, T, H, dh] and k [B, S, K, dh]
    /// after rotary; H may be some of the heads, with as many or fewer key heads beside them.
    at::Tensor scores(int layer, const at::Tensor& rotQ, const at::Tensor& rotK) const;
    /// softmax over keys, in float32 at least.
    static at::Tensor softmax(const at::Tensor& scores);

private:
    void run(model::Stage stage, int layer, BlockState& s, Pass& pass) const;
    void projectQkv(int layer, BlockState& s, Pass& pass) const;
    void normQk(int layer, BlockState& s) const;
    void rotate(int layer, BlockState& s, Pass& pass) const;
    void attend(int layer, BlockState& s, Pass& pass) const;
    void projectOut(int layer, BlockState& s, Pass& pass) const;
    void mlpIn(int layer, BlockState& s, Pass& pass) const;
    void activate(int layer, BlockState& s, Pass& pass) const;
    void experts(int layer, BlockState& s, Pass& pass) const;
    at::Tensor expert(const ExpertParameters& w, const at::Tensor& x) const;
    at::Tensor embeddingNorm(const NormParameters& p, const at::Tensor& x) const;
    at::Tensor leaveBlock(int layer, const BlockState& s, Pass& pass) const;
    at::Tensor headNorm(const at::Tensor& x, const NormParameters& p) const;
    at::Tensor norm(const at::Tensor& x, const NormParameters& p, Pass& pass, HookPoint scale,
                    HookPoint normalized, HookPoint out) const;
    /// Additive bias of the keys [H, 1, S] float32; undefined without ALiBi.
    at::Tensor alibi(int layer, std::int64_t keys) const;
    at::Tensor forbidden(int layer, std::int64_t queries, std::int64_t keys, const at::Tensor& like) const;

    model::ArchitectureSpec m_spec;
    TransformerParameters m_parameters;
    std::vector<model::LayerStages> m_stages; ///< a layer each
};

} // namespace cutaway::engine
