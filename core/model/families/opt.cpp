// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"opt"});
}

/// What OPT's config says beside sizes.
struct Choices {
    bool bias = true, normWeights = true, finalNorm = true;
};

ArchitectureSpec readSpec(ConfigReader& config, Choices& choices, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("hidden_size", 768);
    t.nLayers = config.integer("num_hidden_layers", 12, 1, 10000);
    t.nHeads = t.nKvHeads = config.integer("num_attention_heads", 12);
    if (t.dModel % t.nHeads != 0)
        config.refuse("num_attention_heads", "it does not divide hidden_size, " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    t.context = config.integer("max_position_embeddings", 2048);
    t.dMlp = config.integer("ffn_dim", 3072);
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 50272);
    spec.dEmbed = config.integer("word_embed_proj_dim", t.dModel);
    t.preNorm = config.boolean("do_layer_norm_before", true);
    choices.bias = config.boolean("enable_bias", true);
    choices.normWeights = t.normWeights = config.boolean("layer_norm_elementwise_affine", true);
    t.finalNorm = t.preNorm && !config.boolean("_remove_final_layer_norm", false);
    spec.normEpsilon = 1e-5;
    activation = config.string("activation_function", "relu");
    spec.activation = config.activation("activation_function", "relu");
    spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    config.ignore({"dropout", "layerdrop", "init_std", "activation_dropout", "prefix"});
    ignoreCommonKeys(config);
    return spec;
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    Choices choices;
    const bool tied = config.boolean("tie_word_embeddings", true);
    model.spec = readSpec(config, choices, model.activation);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel, own = model.spec.dEmbed;
    std::string prefix = "model.decoder.";
    for (const char* candidate : {"decoder.", ""})
        if (!tensors.has(prefix + "embed_tokens.weight")) prefix = candidate;
    const DecoderTensors names(model.spec, tensors, prefix);
    const auto norm = [&](const std::string& name) {
        return choices.normWeights ? names.norm(name, d, true) : NormWeights{};
    };
    model.weights.embed = tensors.take(prefix + "embed_tokens.weight", {t.dVocab, own});
    // The two rows in front belong to padding.
    model.weights.posEmbed =
        tensors.takeRows(prefix + "embed_positions.weight", t.context + 2, d, 2, t.context);
    if (own != d) {
        model.weights.projectIn = tensors.take(prefix + "project_in.weight", {d, own});
        model.weights.projectOut = tensors.take(prefix + "project_out.weight", {own, d});
    }
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = names.at(index);
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.norm1 = norm(at + "self_attn_layer_norm");
        layer.q = names.linear(at + "self_attn.q_proj", d, d, choices.bias);
        layer.k = names.linear(at + "self_attn.k_proj", d, d, choices.bias);
        layer.v = names.linear(at + "self_attn.v_proj", d, d, choices.bias);
        layer.out = names.linear(at + "self_attn.out_proj", d, d, choices.bias);
        layer.norm2 = norm(at + "final_layer_norm");
        layer.in = names.linear(at + "fc1", t.dMlp, d, choices.bias);
        layer.mlpOut = names.linear(at + "fc2", d, t.dMlp, choices.bias);
    }
    if (t.finalNorm) model.weights.finalNorm = norm(prefix + "final_layer_norm");
    if (own == d) {
        readHead("lm_head.weight", tied, tensors, model);
    } else {
        // The head is the narrower table behind a projection: a matrix of its own here.
        model.spec.tiedHead = false;
        model.weights.unembed.weight =
            tied ? model.weights.embed : tensors.take("lm_head.weight", {t.dVocabOut, own});
        tensors.ignore([](const std::string& name) { return name == "lm_head.weight"; });
    }
    return model;
}

} // namespace

/// **Source:** Zhang et al. 2022, OPT. The 350m model has its norms behind the sums and a narrower embedding.
const Family optFamily{"opt", "OPT", recognises, read};

} // namespace cutaway::model
