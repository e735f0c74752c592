// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/family.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return config.value("model_type", nlohmann::json()) == "gpt2";
}

ArchitectureSpec readSpec(ConfigReader& config, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("n_embd", 768);
    t.nLayers = config.integer("n_layer", 12, 1, 10000);
    t.nHeads = t.nKvHeads = config.integer("n_head", 12);
    t.context = config.integer("n_positions", config.integer("n_ctx", 1024));
    t.dMlp = config.integer("n_inner", 0, 0);
    if (t.dMlp == 0) t.dMlp = 4 * t.dModel;
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 50257);
    t.norm = NormKind::LayerNorm;
    t.positions = PositionKind::Learned;
    if (t.dModel % t.nHeads != 0)
        config.refuse("n_head", "it does not divide n_embd, " + std::to_string(t.dModel));
    t.dHead = t.dModel / t.nHeads;
    spec.normEpsilon = config.number("layer_norm_epsilon", 1e-5, 0.0, 1.0);
    activation = config.string("activation_function", "gelu_new");
    spec.activation = config.activation("activation_function", "gelu_new");
    if (spec.activation == Activation::SoluLn)
        config.refuse("activation_function", "GPT-2 models have no such activation");
    spec.attentionScale = config.boolean("scale_attn_weights", true)
                              ? plainAttentionScale(t.nLayers, t.dHead)
                              : std::vector<double>(static_cast<std::size_t>(t.nLayers), 1.0);
    if (config.boolean("scale_attn_by_inverse_layer_idx", false))
        for (std::size_t layer = 0; layer < spec.attentionScale.size(); ++layer)
            spec.attentionScale[layer] /= static_cast<double>(layer + 1);
    if (config.boolean("add_cross_attention", false))
        config.refuse("add_cross_attention", "cross-attention is not supported");
    config.ignore({"reorder_and_upcast_attn", "attn_pdrop", "embd_pdrop", "resid_pdrop"});
    config.ignorePrefix("summary_");
    ignoreCommonKeys(config);
    return spec;
}

LayerWeights readLayer(const std::string& at, const ModelTraits& t, TensorPicker& tensors) {
    const std::int64_t d = t.dModel;
    const auto norm = [&](const std::string& name) {
        return NormWeights{tensors.take(at + name + ".weight", {d}), tensors.take(at + name + ".bias", {d})};
    };
    // Conv1D stores [in, out]; q, k and v stand side by side.
    const auto projection = [&](std::int64_t which) {
        return LinearWeights{tensors.takeTransposed(at + "attn.c_attn.weight", d, 3 * d, which * d, d),
                             tensors.takePart(at + "attn.c_attn.bias", 3 * d, which * d, d)};
    };
    const auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out) {
        return LinearWeights{tensors.takeTransposed(at + name + ".weight", in, out),
                             tensors.take(at + name + ".bias", {out})};
    };
    LayerWeights layer;
    layer.norm1 = norm("ln_1");
    layer.q = projection(0);
    layer.k = projection(1);
    layer.v = projection(2);
    layer.out = linear("attn.c_proj", d, d);
    layer.norm2 = norm("ln_2");
    layer.in = linear("mlp.c_fc", d, t.dMlp);
    layer.mlpOut = linear("mlp.c_proj", t.dMlp, d);
    return layer;
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    model.spec = readSpec(config, model.activation);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::string prefix = tensors.has("transformer.wte.weight") ? "transformer." : "";
    model.weights.embed = tensors.take(prefix + "wte.weight", {t.dVocab, t.dModel});
    model.weights.posEmbed = tensors.take(prefix + "wpe.weight", {t.context, t.dModel});
    for (int layer = 0; layer < t.nLayers && tensors.status(); ++layer)
        model.weights.layers.push_back(readLayer(prefix + "h." + std::to_string(layer) + ".", t, tensors));
    model.weights.finalNorm = {tensors.take(prefix + "ln_f.weight", {t.dModel}),
                               tensors.take(prefix + "ln_f.bias", {t.dModel})};
    readHead("lm_head.weight", tied, tensors, model);
    tensors.ignore([](const std::string& name) {
        return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
    });
    return model;
}

} // namespace

/// GPT-2 in Hugging Face layout. **Source:** Radford et al. 2019; tensor names as transformers stores them.
const Family gpt2Family{"gpt2", "GPT-2", recognises, read};

} // namespace cutaway::model
