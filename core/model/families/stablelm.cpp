// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"stablelm"});
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool bias = config.boolean("use_qkv_bias", false);
    DecoderDefaults defaults{2560, 32, 32, 32, 0, 6912, 50304, 4096, 1e-5, "layer_norm_eps"};
    defaults.norm = NormKind::LayerNorm;
    defaults.partial = 0.25;
    model.spec = readDecoder(config, defaults, model.activation);
    ModelTraits& t = model.spec.traits;
    t.parallelBlocks = config.boolean("use_parallel_residual", false);
    t.qkNorm = config.boolean("qk_layernorm", false);
    if (!config.status()) return model;
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    // A norm of its own for each head, without biases.
    const auto headNorms = [&](const std::string& at, int heads) {
        std::vector<NormWeights> list;
        list.reserve(static_cast<std::size_t>(heads));
        for (int head = 0; head < heads; ++head)
            list.push_back(names.norm(at + ".norms." + std::to_string(head), t.dHead, false));
        return list;
    };
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        layer.norm1 = names.norm(at + "input_layernorm", t.dModel, true);
        names.attention(at, layer, bias, false);
        if (t.qkNorm) {
            layer.qNorm = headNorms(at + "self_attn.q_layernorm", t.nHeads);
            layer.kNorm = headNorms(at + "self_attn.k_layernorm", t.nKvHeads);
        }
        layer.norm2 =
            t.parallelBlocks ? layer.norm1 : names.norm(at + "post_attention_layernorm", t.dModel, true);
        names.gatedMlp(at + "mlp.", layer);
    });
    return model;
}

} // namespace

/// **Source:** Bellagente et al. 2024, Stable LM 2.
const Family stableLmFamily{"stablelm", "StableLM", recognises, read};

} // namespace cutaway::model
