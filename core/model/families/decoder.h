// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/families/family.h"
#include "core/model/families/rotary.h"

#include <functional>

namespace cutaway::model {

/// What Llama and its relatives share in their configs; a family says what its class sets otherwise.
struct DecoderDefaults {
    int hidden = 4096, layers = 32, heads = 32;
    int kvHeads = 0;   ///< 0: as many as heads
    int headWidth = 0; ///< 0: hidden / heads
    int mlp = 11008, vocab = 32000, context = 2048;
    double epsilon = 1e-6;
    const char* epsilonKey = "rms_norm_eps";
    const char* activationKey = "hidden_act";
    const char* activation = "silu";
    NormKind norm = NormKind::RmsNorm;
    double theta = 10000.0;
    double partial = 1.0; ///< share of a head that turns
    bool rotary = true;   ///< false: the family reads its rotary parameters itself
};

/// Sizes, grouped heads, norm, gated MLP, rotary positions. Errors go to the reader.
ArchitectureSpec readDecoder(ConfigReader& config, const DecoderDefaults& defaults, std::string& activation);

/// A layer each: `window` where it slides, else 0. `layer_types` decides where it is present, else `slides`.
std::vector<int> readWindows(ConfigReader& config, int layers, int window,
                             const std::function<bool(int layer)>& slides);
/// `sliding_window`; 0 where it is null.
int slidingWindow(ConfigReader& config, std::optional<int> fallback);

/// Takes the tensors of such models under Hugging Face's names.
class DecoderTensors {
public:
    DecoderTensors(const ArchitectureSpec& spec, TensorPicker& tensors, std::string prefix = "")
        : m_traits(spec.traits), m_tensors(tensors), m_prefix(std::move(prefix)) {}

    /// `model.`, or nothing where the file leaves it out.
    static std::string usualPrefix(const TensorPicker& tensors) {
        return tensors.has("model.embed_tokens.weight") ? "model." : "";
    }
    std::string at(int layer) const { return m_prefix + "layers." + std::to_string(layer) + "."; }
    const std::string& prefix() const { return m_prefix; }

    LinearWeights linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias) const;
    /// Gain, and bias where the family has layer norms (`bias` false: none).
    NormWeights norm(const std::string& name, std::int64_t width, bool bias) const;
    NormWeights rms(const std::string& name) const { return norm(name, m_traits.dModel, false); }
    /// `self_attn.{q,k,v,o}_proj`.
    void attention(const std::string& at, LayerWeights& layer, bool qkvBias, bool outBias) const;
    /// `{gate,up,down}_proj` below `at`.
    ExpertWeights gated(const std::string& at, int width, bool bias = false) const;
    void gatedMlp(const std::string& at, LayerWeights& layer, bool bias = false) const;

private:
    const ModelTraits& m_traits;
    TensorPicker& m_tensors;
    std::string m_prefix;
};

/// Embedding, blocks, `norm` and `lm_head`: the frame of all of them. `layer` fills in one block.
void readDecoderWeights(FamilyModel& model, TensorPicker& tensors, const DecoderTensors& names, bool tied,
                        const std::function<void(int index, LayerWeights& layer)>& layer);

} // namespace cutaway::model
