// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"gptj"});
}

ArchitectureSpec readSpec(ConfigReader& config, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("n_embd", 4096);
    t.nLayers = config.integer("n_layer", 28, 1, 10000);
    t.nHeads = t.nKvHeads = config.integer("n_head", 16);
    if (t.dModel % t.nHeads != 0)
        config.refuse("n_head", "it does not divide n_embd, " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    t.context = config.integer("n_positions", 2048);
    t.dMlp = config.integer("n_inner", 0, 0);
    if (t.dMlp == 0) t.dMlp = 4 * t.dModel;
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 50400);
    t.positions = PositionKind::Rotary;
    t.parallelBlocks = true;
    spec.normEpsilon = config.number("layer_norm_epsilon", 1e-5, 0.0, 1.0);
    activation = config.string("activation_function", "gelu_new");
    spec.activation = config.activation("activation_function", "gelu_new");
    spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    const auto at = config.document().find("rotary_dim");
    const bool whole = at != config.document().end() && at->is_null();
    RotarySpec rotary;
    rotary.dim = config.integer("rotary_dim", whole ? t.dHead : 64, 2);
    if (rotary.dim > t.dHead || rotary.dim % 2 != 0)
        config.refuse("rotary_dim",
                      "expected an even number up to a head's width, " + std::to_string(t.dHead));
    rotary.interleaved = true;
    rotary.inverseFrequencies = rotaryFrequencies(10000.0, rotary.dim);
    spec.rotaries = {rotary};
    config.ignore({"embd_pdrop", "attn_pdrop", "resid_pdrop", "rotary", "scale_attn_weights"});
    config.ignorePrefix("summary_");
    ignoreCommonKeys(config);
    return spec;
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    model.spec = readSpec(config, model.activation);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel;
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take("transformer.wte.weight", {t.dVocab, d});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = "transformer.h." + std::to_string(index) + ".";
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.norm1 = layer.norm2 = names.norm(at + "ln_1", d, true); // one norm, read by both
        layer.q = names.linear(at + "attn.q_proj", d, d, false);
        layer.k = names.linear(at + "attn.k_proj", d, d, false);
        layer.v = names.linear(at + "attn.v_proj", d, d, false);
        layer.out = names.linear(at + "attn.out_proj", d, d, false);
        layer.in = names.linear(at + "mlp.fc_in", t.dMlp, d, true);
        layer.mlpOut = names.linear(at + "mlp.fc_out", d, t.dMlp, true);
    }
    model.weights.finalNorm = names.norm("transformer.ln_f", d, true);
    readHead("lm_head.weight", tied, tensors, model);
    model.weights.unembed.bias = tensors.take("lm_head.bias", {t.dVocabOut});
    tensors.ignore([](const std::string& name) {
        return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
    });
    return model;
}

} // namespace

/// **Source:** Wang & Komatsuzaki 2021, GPT-J-6B: pairs (0,1), (2,3)… of a head turn.
const Family gptJFamily{"gptj", "GPT-J", recognises, read};

} // namespace cutaway::model
