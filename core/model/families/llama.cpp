// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/family.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return config.value("model_type", nlohmann::json()) == "llama";
}

/// Stretches long wavelengths and leaves short ones, with a smooth step between.
/// **Source:** Llama 3.1 model card, "rope_scaling" of type llama3.
void scaleLikeLlama3(ConfigReader& scaling, std::vector<double>& frequencies) {
    const double factor = scaling.number("factor", {}, 1.0, 1e6);
    const double low = scaling.number("low_freq_factor", {}, 1e-6, 1e6);
    const double high = scaling.number("high_freq_factor", {}, 1e-6, 1e6);
    const double context = scaling.integer("original_max_position_embeddings", {});
    if (high <= low) return scaling.refuse("high_freq_factor", "expected more than low_freq_factor");
    for (double& frequency : frequencies) {
        const double wavelength = 2.0 * std::numbers::pi / frequency;
        const double smooth = std::clamp((context / wavelength - low) / (high - low), 0.0, 1.0);
        frequency = (1.0 - smooth) * frequency / factor + smooth * frequency;
    }
}

/// `rope_parameters` of new files, `rope_scaling` and `rope_theta` of old ones.
RotarySpec readRotary(ConfigReader& config, int headWidth) {
    const nlohmann::json* newer = config.find("rope_parameters");
    const nlohmann::json* older = config.find("rope_scaling");
    const std::string key = newer ? "rope_parameters" : "rope_scaling";
    const double topTheta = config.number("rope_theta", 10000.0, 1e-3, 1e15);
    const nlohmann::json empty = nlohmann::json::object();
    const nlohmann::json& source = newer ? *newer : older ? *older : empty;
    RotarySpec rotary;
    rotary.dim = headWidth;
    if (!source.is_object()) {
        config.refuse(key, "expected an object");
        return rotary;
    }
    ConfigReader scaling(source);
    const double theta = scaling.number("rope_theta", topTheta, 1e-3, 1e15);
    const std::string olderType = scaling.string("type", "default");
    const std::string type = scaling.string("rope_type", olderType);
    if (headWidth % 2 != 0) config.refuse("head_dim", "rotary positions need an even head width");
    rotary.inverseFrequencies = rotaryFrequencies(theta, headWidth);
    if (type == "linear") {
        const double factor = scaling.number("factor", {}, 1e-6, 1e6);
        for (double& frequency : rotary.inverseFrequencies)
            frequency /= factor;
    } else if (type == "llama3") {
        scaleLikeLlama3(scaling, rotary.inverseFrequencies);
    } else if (type != "default") {
        config.refuse(key, "rotary scaling of type '" + type +
                               "' is not supported; default, linear and llama3 are");
    }
    if (scaling.number("partial_rotary_factor", 1.0, 0.0, 1.0) != 1.0)
        config.refuse(key, "a partial_rotary_factor is not supported in this family");
    if (const Status s = scaling.status(); !s) config.refuse(s.error());
    return rotary;
}

ArchitectureSpec readSpec(ConfigReader& config, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("hidden_size", 4096);
    t.nLayers = config.integer("num_hidden_layers", 32, 1, 10000);
    t.nHeads = config.integer("num_attention_heads", 32);
    t.nKvHeads = config.integer("num_key_value_heads", t.nHeads);
    if (!config.has("head_dim") && t.dModel % t.nHeads != 0)
        config.refuse("num_attention_heads", "it does not divide hidden_size, " + std::to_string(t.dModel) +
                                                 ", and there is no head_dim");
    t.dHead = config.integer("head_dim", std::max(1, t.dModel / t.nHeads));
    if (t.nHeads % t.nKvHeads != 0)
        config.refuse("num_key_value_heads",
                      "it does not divide num_attention_heads, " + std::to_string(t.nHeads));
    t.dMlp = config.integer("intermediate_size", 11008);
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 32000);
    t.context = config.integer("max_position_embeddings", 2048);
    t.norm = NormKind::RmsNorm;
    t.positions = PositionKind::Rotary;
    t.gatedMlp = true;
    spec.normEpsilon = config.number("rms_norm_eps", 1e-6, 0.0, 1.0);
    activation = config.string("hidden_act", "silu");
    spec.activation = config.activation("hidden_act", "silu");
    if (spec.activation == Activation::SoluLn)
        config.refuse("hidden_act", "Llama models have no such activation");
    spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    spec.rotary = readRotary(config, t.dHead);
    config.ignore({"pretraining_tp", "attn_implementation"});
    ignoreCommonKeys(config);
    return spec;
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool attentionBias = config.boolean("attention_bias", false);
    const bool mlpBias = config.boolean("mlp_bias", false);
    model.spec = readSpec(config, model.activation);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel;
    const std::string prefix = tensors.has("model.embed_tokens.weight") ? "model." : "";
    const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in, bool bias) {
        return LinearWeights{tensors.take(name + ".weight", {out, in}),
                             bias ? tensors.take(name + ".bias", {out}) : WeightView{}};
    };
    model.weights.embed = tensors.take(prefix + "embed_tokens.weight", {t.dVocab, d});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = prefix + "layers." + std::to_string(index) + ".";
        LayerWeights layer;
        layer.norm1.gain = tensors.take(at + "input_layernorm.weight", {d});
        layer.q = linear(at + "self_attn.q_proj", std::int64_t{t.nHeads} * t.dHead, d, attentionBias);
        layer.k = linear(at + "self_attn.k_proj", std::int64_t{t.nKvHeads} * t.dHead, d, attentionBias);
        layer.v = linear(at + "self_attn.v_proj", std::int64_t{t.nKvHeads} * t.dHead, d, attentionBias);
        layer.out = linear(at + "self_attn.o_proj", d, std::int64_t{t.nHeads} * t.dHead, attentionBias);
        layer.norm2.gain = tensors.take(at + "post_attention_layernorm.weight", {d});
        layer.gate = linear(at + "mlp.gate_proj", t.dMlp, d, mlpBias);
        layer.in = linear(at + "mlp.up_proj", t.dMlp, d, mlpBias);
        layer.mlpOut = linear(at + "mlp.down_proj", d, t.dMlp, mlpBias);
        model.weights.layers.push_back(std::move(layer));
    }
    model.weights.finalNorm.gain = tensors.take(prefix + "norm.weight", {d});
    readHead("lm_head.weight", tied, tensors, model);
    tensors.ignore([](const std::string& name) { return name.ends_with("rotary_emb.inv_freq"); });
    return model;
}

} // namespace

/// Llama in Hugging Face layout. **Source:** Touvron et al. 2023; tensor names as transformers stores them.
const Family llamaFamily{"llama", recognises, read};

} // namespace cutaway::model
