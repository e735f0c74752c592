// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"gpt_neo"});
}

/// `attention_layers`, or `attention_types`: lists of kinds with how often each list repeats.
std::vector<std::string> readKinds(ConfigReader& config, int layers) {
    std::vector<std::string> kinds;
    const nlohmann::json* plain = config.find("attention_layers");
    const nlohmann::json* types = config.find("attention_types");
    const auto limit = static_cast<std::size_t>(layers);
    if (plain && plain->is_array()) {
        for (const nlohmann::json& kind : *plain)
            kinds.push_back(kind.is_string() ? kind.get<std::string>() : "");
    } else if (types && types->is_array()) {
        for (const nlohmann::json& entry : *types) {
            if (!entry.is_array() || entry.size() != 2 || !entry[0].is_array() ||
                !entry[1].is_number_unsigned())
                continue;
            for (std::uint64_t i = 0; i < entry[1].get<std::uint64_t>() && kinds.size() <= limit; ++i)
                for (const nlohmann::json& kind : entry[0])
                    kinds.push_back(kind.is_string() ? kind.get<std::string>() : "");
        }
    } else {
        for (int layer = 0; layer < layers; ++layer)
            kinds.emplace_back(layer % 2 == 0 ? "global" : "local");
    }
    if (kinds.size() != limit)
        config.refuse(plain ? "attention_layers" : "attention_types", "it does not name each layer once");
    return kinds;
}

ArchitectureSpec readSpec(ConfigReader& config, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer("hidden_size", 2048);
    t.nLayers = config.integer("num_layers", 24, 1, 10000);
    t.nHeads = t.nKvHeads = config.integer("num_heads", 16);
    if (t.dModel % t.nHeads != 0)
        config.refuse("num_heads", "it does not divide hidden_size, " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    t.context = config.integer("max_position_embeddings", 2048);
    t.dMlp = config.integer("intermediate_size", 0, 0);
    if (t.dMlp == 0) t.dMlp = 4 * t.dModel;
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 50257);
    spec.normEpsilon = config.number("layer_norm_epsilon", 1e-5, 0.0, 1.0);
    activation = config.string("activation_function", "gelu_new");
    spec.activation = config.activation("activation_function", "gelu_new");
    spec.attentionScale.assign(static_cast<std::size_t>(t.nLayers), 1.0); // the scores are not scaled
    const int window = config.integer("window_size", 256);
    for (const std::string& kind : readKinds(config, t.nLayers)) {
        if (kind != "global" && kind != "local")
            config.refuse("attention_types", "layers are global or local");
        spec.window.push_back(kind == "local" ? window : 0);
    }
    config.ignore({"embed_dropout", "resid_dropout"});
    config.ignorePrefix("summary_");
    ignoreCommonKeys(config);
    return spec;
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    model.spec = readSpec(config, model.activation);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel;
    const std::string prefix = tensors.has("transformer.wte.weight") ? "transformer." : "";
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take(prefix + "wte.weight", {t.dVocab, d});
    model.weights.posEmbed = tensors.take(prefix + "wpe.weight", {t.context, d});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = prefix + "h." + std::to_string(index) + ".";
        const std::string attention = at + "attn.attention.";
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.norm1 = names.norm(at + "ln_1", d, true);
        layer.q = names.linear(attention + "q_proj", d, d, false);
        layer.k = names.linear(attention + "k_proj", d, d, false);
        layer.v = names.linear(attention + "v_proj", d, d, false);
        layer.out = names.linear(attention + "out_proj", d, d, true);
        layer.norm2 = names.norm(at + "ln_2", d, true);
        layer.in = names.linear(at + "mlp.c_fc", t.dMlp, d, true);
        layer.mlpOut = names.linear(at + "mlp.c_proj", d, t.dMlp, true);
    }
    model.weights.finalNorm = names.norm(prefix + "ln_f", d, true);
    readHead("lm_head.weight", tied, tensors, model);
    tensors.ignore([](const std::string& name) {
        return name.ends_with(".attention.bias") || name.ends_with(".attention.masked_bias");
    });
    return model;
}

} // namespace

/// **Source:** Black et al. 2021, GPT-Neo: scores unscaled, every other layer sees its last 256 tokens.
const Family gptNeoFamily{"gpt_neo", "GPT-Neo", recognises, read};

} // namespace cutaway::model
