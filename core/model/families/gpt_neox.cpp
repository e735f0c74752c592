// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"gpt_neox"});
}

ArchitectureSpec readSpec(ConfigReader& config, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("hidden_size", 6144);
    t.nLayers = config.integer("num_hidden_layers", 44, 1, 10000);
    t.nHeads = t.nKvHeads = config.integer("num_attention_heads", 64);
    if (t.dModel % t.nHeads != 0)
        config.refuse("num_attention_heads", "it does not divide hidden_size, " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    t.context = config.integer("max_position_embeddings", 2048);
    t.dMlp = config.integer("intermediate_size", 24576);
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 50432);
    t.positions = PositionKind::Rotary;
    t.parallelBlocks = config.boolean("use_parallel_residual", true);
    spec.normEpsilon = config.number("layer_norm_eps", 1e-5, 0.0, 1.0);
    activation = config.string("hidden_act", "gelu");
    spec.activation = config.activation("hidden_act", "gelu");
    spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    spec.rotaries = {
        readRotary(config, {t.dHead, 10000.0, 0.25, t.context, "rotary_emb_base", "rotary_pct"})};
    t.context = rotaryContext(spec.rotaries.front(), t.context);
    config.ignore({"rope_theta", "partial_rotary_factor", "classifier_dropout"});
    ignoreCommonKeys(config);
    return spec;
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool bias = config.boolean("attention_bias", true);
    const bool byPart = config.boolean("qkv_by_part", false); // GGUF: q | k | v
    model.spec = readSpec(config, model.activation);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel;
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take("gpt_neox.embed_in.weight", {t.dVocab, d});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = "gpt_neox.layers." + std::to_string(index) + ".";
        const std::string fused = at + "attention.query_key_value";
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.norm1 = names.norm(at + "input_layernorm", d, true);
        const auto part = [&](std::int64_t which) {
            return byPart ? tensors.takeFused(fused, {1, 3, d, d}, which, 1, bias)
                          : tensors.takeFused(fused, {t.nHeads, 3, t.dHead, d}, which, 1, bias);
        };
        layer.q = part(0);
        layer.k = part(1);
        layer.v = part(2);
        layer.out = names.linear(at + "attention.dense", d, d, bias);
        layer.norm2 = names.norm(at + "post_attention_layernorm", d, true);
        layer.in = names.linear(at + "mlp.dense_h_to_4h", t.dMlp, d, true);
        layer.mlpOut = names.linear(at + "mlp.dense_4h_to_h", d, t.dMlp, true);
    }
    model.weights.finalNorm = names.norm("gpt_neox.final_layer_norm", d, true);
    readHead("embed_out.weight", tied, tensors, model);
    tensors.ignore([](const std::string& name) {
        return name.ends_with(".attention.bias") || name.ends_with(".attention.masked_bias") ||
               name.ends_with("rotary_emb.inv_freq");
    });
    return model;
}

} // namespace

/// **Source:** Black et al. 2022, GPT-NeoX-20B; Biderman et al. 2023, Pythia. q, k and v stand interleaved by
/// head: [heads, 3, dh].
const Family gptNeoXFamily{"gpt_neox", "GPT-NeoX, Pythia", recognises, read};

} // namespace cutaway::model
