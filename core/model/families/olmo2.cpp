// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"olmo2"});
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool bias = config.boolean("attention_bias", false);
    model.spec = readDecoder(config, {4096, 32, 32, 0, 0, 11008, 50304, 2048, 1e-5}, model.activation);
    ModelTraits& t = model.spec.traits;
    t.preNorm = false;
    t.sandwichNorm = true; // on what attention and MLP write; nothing is normed before them
    t.qkNorm = model.spec.qkNormWhole = true;
    if (!config.status()) return model;
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        names.attention(at, layer, bias, bias);
        layer.qNorm = {names.norm(at + "self_attn.q_norm", std::int64_t{t.nHeads} * t.dHead, false)};
        layer.kNorm = {names.norm(at + "self_attn.k_norm", std::int64_t{t.nKvHeads} * t.dHead, false)};
        layer.norm1Post = names.rms(at + "post_attention_layernorm");
        names.gatedMlp(at + "mlp.", layer);
        layer.norm2Post = names.rms(at + "post_feedforward_layernorm");
    });
    return model;
}

} // namespace

/// **Source:** OLMo Team 2024, "2 OLMo 2 Furious": norms on the outputs, one q/k norm over all heads.
const Family olmo2Family{"olmo2", "OLMo 2", recognises, read};

} // namespace cutaway::model
