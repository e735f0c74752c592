// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

#include <algorithm>

namespace cutaway::model {

ArchitectureSpec readDecoder(ConfigReader& config, const DecoderDefaults& defaults, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("hidden_size", defaults.hidden);
    t.nLayers = config.integer("num_hidden_layers", defaults.layers, 1, 10000);
    t.nHeads = config.integer("num_attention_heads", defaults.heads);
    t.nKvHeads = config.integer("num_key_value_heads", defaults.kvHeads > 0 ? defaults.kvHeads : t.nHeads);
    if (defaults.headWidth == 0 && !config.has("head_dim") && t.dModel % t.nHeads != 0)
        config.refuse("num_attention_heads", "it does not divide hidden_size, " + std::to_string(t.dModel) +
                                                 ", and there is no head_dim");
    t.dHead = config.integer("head_dim",
                             defaults.headWidth > 0 ? defaults.headWidth : std::max(1, t.dModel / t.nHeads));
    if (t.nHeads % t.nKvHeads != 0)
        config.refuse("num_key_value_heads",
                      "it does not divide num_attention_heads, " + std::to_string(t.nHeads));
    t.dMlp = config.integer("intermediate_size", defaults.mlp);
    t.dVocab = t.dVocabOut = config.integer("vocab_size", defaults.vocab);
    t.context = config.integer("max_position_embeddings", defaults.context);
    t.norm = defaults.norm;
    t.positions = PositionKind::Rotary;
    t.gatedMlp = true;
    spec.normEpsilon = config.number(defaults.epsilonKey, defaults.epsilon, 0.0, 1.0);
    activation = config.string(defaults.activationKey, defaults.activation);
    spec.activation = config.activation(defaults.activationKey, defaults.activation);
    spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    if (defaults.rotary) {
        spec.rotaries = {readRotary(config, {t.dHead, defaults.theta, defaults.partial, t.context})};
        t.context = rotaryContext(spec.rotaries.front(), t.context);
    }
    config.ignore({"pretraining_tp", "attn_implementation", "original_max_position_embeddings"});
    ignoreCommonKeys(config);
    return spec;
}

int slidingWindow(ConfigReader& config, std::optional<int> fallback) {
    // A key that is null says there is none; one that is absent leaves it to the class.
    const auto at = config.document().find("sliding_window");
    const bool isNull = at != config.document().end() && at->is_null();
    return config.integer("sliding_window", isNull ? 0 : fallback.value_or(0), 0);
}

std::vector<int> readWindows(ConfigReader& config, int layers, int window,
                             const std::function<bool(int layer)>& slides) {
    const nlohmann::json* types = config.find("layer_types");
    std::vector<int> windows(static_cast<std::size_t>(layers), 0);
    if (types == nullptr) {
        for (int layer = 0; layer < layers; ++layer)
            windows[static_cast<std::size_t>(layer)] = slides(layer) ? window : 0;
        return windows;
    }
    if (!types->is_array() || types->size() != windows.size()) {
        config.refuse("layer_types", "expected a list with one entry for each of the layers");
        return windows;
    }
    for (std::size_t layer = 0; layer < windows.size(); ++layer) {
        const nlohmann::json& type = (*types)[layer];
        if (type == "sliding_attention") {
            windows[layer] = window;
            if (window == 0) config.refuse("layer_types", "a layer slides, and there is no sliding_window");
        } else if (type != "full_attention") {
            config.refuse("layer_types", "layers are full_attention or sliding_attention here");
        }
    }
    return windows;
}

LinearWeights DecoderTensors::linear(const std::string& name, std::int64_t out, std::int64_t in,
                                     bool bias) const {
    return {m_tensors.take(name + ".weight", {out, in}),
            bias ? m_tensors.take(name + ".bias", {out}) : WeightView{}};
}

NormWeights DecoderTensors::norm(const std::string& name, std::int64_t width, bool bias) const {
    return {m_tensors.take(name + ".weight", {width}),
            bias ? m_tensors.take(name + ".bias", {width}) : WeightView{}};
}

void DecoderTensors::attention(const std::string& at, LayerWeights& layer, bool qkvBias, bool outBias) const {
    const std::int64_t d = m_traits.dModel, dh = m_traits.dHead;
    layer.q = linear(at + "self_attn.q_proj", m_traits.nHeads * dh, d, qkvBias);
    layer.k = linear(at + "self_attn.k_proj", m_traits.nKvHeads * dh, d, qkvBias);
    layer.v = linear(at + "self_attn.v_proj", m_traits.nKvHeads * dh, d, qkvBias);
    layer.out = linear(at + "self_attn.o_proj", d, m_traits.nHeads * dh, outBias);
}

ExpertWeights DecoderTensors::gated(const std::string& at, int width, bool bias) const {
    const std::int64_t d = m_traits.dModel;
    return {linear(at + "gate_proj", width, d, bias), linear(at + "up_proj", width, d, bias),
            linear(at + "down_proj", d, width, bias)};
}

void DecoderTensors::gatedMlp(const std::string& at, LayerWeights& layer, bool bias) const {
    ExpertWeights mlp = gated(at, m_traits.dMlp, bias);
    layer.gate = std::move(mlp.gate);
    layer.in = std::move(mlp.in);
    layer.mlpOut = std::move(mlp.out);
}

void readDecoderWeights(FamilyModel& model, TensorPicker& tensors, const DecoderTensors& names, bool tied,
                        const std::function<void(int index, LayerWeights& layer)>& layer) {
    const ModelTraits& t = model.spec.traits;
    model.weights.embed = tensors.take(names.prefix() + "embed_tokens.weight", {t.dVocab, t.dModel});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index)
        layer(index, model.weights.layers.emplace_back());
    model.weights.finalNorm = names.norm(names.prefix() + "norm", t.dModel, t.norm == NormKind::LayerNorm);
    readHead("lm_head.weight", tied, tensors, model);
    tensors.ignore([](const std::string& name) { return name.ends_with("rotary_emb.inv_freq"); });
}

} // namespace cutaway::model
