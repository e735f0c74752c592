// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cutaway {

enum class NormKind { None, LayerNorm, RmsNorm, RmsNormUnit /* gain is 1 + w */ };
enum class PositionKind { None, Learned, Rotary, Shortformer, Alibi };

/// What a model has, as far as hook points, cuts and views need to know. One value per open model; the
/// legality table, the parser, offers() and the engine all key on it and never on the family's name.
struct ModelTraits {
    int nLayers = 0;
    int nHeads = 0;
    int nKvHeads = 0;
    int dModel = 0;
    int dHead = 0;
    int dMlp = 0;      ///< 0: attention only
    int dVocab = 0;    ///< rows of the embedding
    int dVocabOut = 0; ///< outputs of the head
    int context = 0;   ///< largest sequence length
    NormKind norm = NormKind::LayerNorm;
    PositionKind positions = PositionKind::Learned;
    bool finalNorm = true;
    bool normWeights = true; ///< the norms have gain (and bias); without, ln*.hook_out equals hook_normalized
    bool preNorm = true;     ///< norms stand before attention and MLP
    bool sandwichNorm = false; ///< ln1_post / ln2_post stand after them too
    bool qkNorm = false;
    bool parallelBlocks = false; ///< attention and MLP read the same residual: no resid_mid
    bool gatedMlp = false;       ///< mlp.hook_pre_linear exists
    bool soluMlp =
        false; ///< solu_ln activation: mlp.hook_mid exists (after the softmax product, before its norm)
    bool causal = true;
    int nExperts = 0;             ///< 0: no mixture of experts
    int nExpertsUsed = 0;         ///< of a mixture: how many a token goes through
    std::vector<int> denseLayers; ///< of a mixture: layers that have a plain MLP all the same
    bool headTransform =
        false; ///< a dense layer and a norm stand before the unembedding (masked-token heads)
    /// The MLP of this layer is a mixture of experts.
    bool sparseAt(int layer) const {
        return nExperts > 0 && std::find(denseLayers.begin(), denseLayers.end(), layer) == denseLayers.end();
    }
    /// Norms stand behind the sums, on the residual stream itself (BERT, OPT-350m).
    bool postNorm() const { return hasNorm() && !preNorm && !sandwichNorm; }
    /// Only what attention and MLP write is normed, not what they read (OLMo 2).
    bool sandwichOnly() const { return sandwichNorm && !preNorm; }
    bool hasMlp() const { return dMlp > 0; }
    bool hasNorm() const { return norm != NormKind::None; }
    bool hasResidMid() const { return hasMlp() && !parallelBlocks; }
    bool hasPosEmbed() const {
        return positions == PositionKind::Learned || positions == PositionKind::Shortformer;
    }
    bool hasRotary() const { return positions == PositionKind::Rotary; }
    bool outputsAreVocabulary() const { return dVocab == dVocabOut; }
    friend bool operator==(const ModelTraits&, const ModelTraits&) = default;
};

/// An open model as its users see it: the reply of `info` and the window's card.
struct ModelInfo {
    std::string name;   ///< folder name, or `demo`
    std::string path;   ///< absolute
    std::string family; ///< `gpt2`, `llama`, `hooked_transformer`
    ModelTraits traits;
    std::int64_t parameters = 0;
    std::string activation;  ///< `gelu_new`, `silu`, … ; empty without MLP
    std::string tokenizer;   ///< in words: `byte-level BPE, 50257`; empty without one
    std::int64_t bytes = 0;  ///< stored bytes of the weights
    std::string hash;        ///< SHA-256 of the weights, hex
    std::string storedDtype; ///< `f32`, `bf16`, `f16`, `mixed`, or block types: `Q4_K, Q6_K`
    std::string
        quantization;   ///< block types of a quantised model; empty: its numbers are as they were trained
    int maskToken = -1; ///< stands for a token to be predicted; −1: there is none
    std::string dtype;  ///< compute dtype: `f32`, `bf16`, `f16`
    std::string device; ///< `cpu`, `cuda:0`
    bool tiedHead = false;
    int tensorsUsed = 0;
    std::vector<std::string> tensorsUnused; ///< names present in the file and not read
    std::vector<std::string> warnings;      ///< whole sentences for the card
    std::string referenceSet;               ///< in words: `shipped, 512 prompts`; empty where there is none
    int referencePrompts = 0;
};

} // namespace cutaway
