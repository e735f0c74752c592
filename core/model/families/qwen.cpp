// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"
#include "core/model/families/mixture.h"

namespace cutaway::model {

namespace {

bool isQwen2(const nlohmann::json& config) {
    return isOneOf(config, {"qwen2"});
}
bool isQwen3(const nlohmann::json& config) {
    return isOneOf(config, {"qwen3"});
}
bool isQwen2Moe(const nlohmann::json& config) {
    return isOneOf(config, {"qwen2_moe"});
}
bool isQwen3Moe(const nlohmann::json& config) {
    return isOneOf(config, {"qwen3_moe"});
}

/// Sliding from `max_window_layers` on, and only if `use_sliding_window`.
void readQwenWindows(ConfigReader& config, ArchitectureSpec& spec) {
    const bool uses = config.boolean("use_sliding_window", false);
    const int window = slidingWindow(config, 4096);
    const int from = config.integer("max_window_layers", 28, 0);
    const auto windows = readWindows(config, spec.traits.nLayers, uses ? window : 0,
                                     [&](int layer) { return uses && layer >= from; });
    if (uses) spec.window = windows;
}

/// Qwen 2's blocks have biases on queries, keys and values; Qwen 3's a norm of each query and key head.
void readAttention(const DecoderTensors& names, const std::string& at, const ModelTraits& t,
                   LayerWeights& layer, bool qkvBias, bool outBias) {
    layer.norm1 = names.rms(at + "input_layernorm");
    names.attention(at, layer, qkvBias, outBias);
    layer.norm2 = names.rms(at + "post_attention_layernorm");
    if (!t.qkNorm) return;
    layer.qNorm = {names.norm(at + "self_attn.q_norm", t.dHead, false)};
    layer.kNorm = {names.norm(at + "self_attn.k_norm", t.dHead, false)};
}

void readBlocks(FamilyModel& model, TensorPicker& tensors, bool tied, bool qkvBias, bool outBias) {
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    const ModelTraits& t = model.spec.traits;
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        readAttention(names, at, t, layer, qkvBias, outBias);
        if (t.sparseAt(index))
            readMixture(names, at + "mlp.", model.spec, layer);
        else
            names.gatedMlp(at + "mlp.", layer);
    });
}

FamilyModel readQwen2(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    model.spec = readDecoder(config, {4096, 32, 32, 32, 0, 22016, 151936, 32768}, model.activation);
    readQwenWindows(config, model.spec);
    if (config.status()) readBlocks(model, tensors, tied, true, false);
    return model;
}

FamilyModel readQwen3(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool bias = config.boolean("attention_bias", false);
    model.spec = readDecoder(config, {4096, 32, 32, 32, 128, 22016, 151936, 32768}, model.activation);
    model.spec.traits.qkNorm = true;
    readQwenWindows(config, model.spec);
    if (config.status()) readBlocks(model, tensors, tied, bias, bias);
    return model;
}

FamilyModel readQwen2Moe(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool bias = config.boolean("qkv_bias", true);
    model.spec = readDecoder(config, {2048, 24, 16, 16, 0, 5632, 151936, 32768}, model.activation);
    readQwenWindows(config, model.spec);
    MixtureDefaults mixture{60, 4, 1408};
    mixture.normed = config.boolean("norm_topk_prob", false);
    readMixtureSizes(config, mixture, model.spec);
    model.spec.dSharedExpert = config.integer("shared_expert_intermediate_size", 5632);
    if (config.status()) readBlocks(model, tensors, tied, bias, false);
    return model;
}

FamilyModel readQwen3Moe(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool bias = config.boolean("attention_bias", false);
    model.spec = readDecoder(config, {2048, 24, 32, 4, 0, 6144, 151936, 32768}, model.activation);
    model.spec.traits.qkNorm = true;
    // The window is every layer's; max_window_layers is not read.
    const bool slides = config.boolean("use_sliding_window", false);
    if (const int window = slidingWindow(config, 4096); slides && window > 0)
        model.spec.window.assign(static_cast<std::size_t>(model.spec.traits.nLayers), window);
    config.ignore({"max_window_layers"});
    MixtureDefaults mixture{128, 8, 768};
    mixture.normed = config.boolean("norm_topk_prob", false);
    readMixtureSizes(config, mixture, model.spec);
    if (config.status()) readBlocks(model, tensors, tied, bias, bias);
    return model;
}

} // namespace

/// **Source:** Yang et al. 2024, Qwen2 (Qwen 1.5 and 2.5 have the same model type).
const Family qwen2Family{"qwen2", "Qwen 1.5/2/2.5", isQwen2, readQwen2};
/// **Source:** Yang et al. 2025, Qwen3.
const Family qwen3Family{"qwen3", "Qwen 3", isQwen3, readQwen3};
const Family qwen2MoeFamily{"qwen2_moe", "Qwen 1.5/2 MoE", isQwen2Moe, readQwen2Moe};
const Family qwen3MoeFamily{"qwen3_moe", "Qwen 3 MoE", isQwen3Moe, readQwen3Moe};

} // namespace cutaway::model
