// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/mixture.h"

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    return isOneOf(config, {"mixtral"});
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    model.spec = readDecoder(config, {4096, 32, 32, 8, 0, 14336, 32000, 4096 * 32, 1e-5}, model.activation);
    readMixtureSizes(config, {}, model.spec);
    const int window = slidingWindow(config, {});
    if (window > 0) model.spec.window.assign(static_cast<std::size_t>(model.spec.traits.nLayers), window);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        layer.norm1 = names.rms(at + "input_layernorm");
        names.attention(at, layer, false, false);
        layer.norm2 = names.rms(at + "post_attention_layernorm");
        const std::string moe = at + "block_sparse_moe.";
        layer.router = names.linear(moe + "gate", t.nExperts, t.dModel, false);
        for (int expert = 0; expert < t.nExperts && tensors.status(); ++expert) {
            const std::string one = moe + "experts." + std::to_string(expert) + ".";
            layer.experts.push_back({names.linear(one + "w1", t.dMlp, t.dModel, false),
                                     names.linear(one + "w3", t.dMlp, t.dModel, false),
                                     names.linear(one + "w2", t.dModel, t.dMlp, false)});
        }
    });
    return model;
}

} // namespace

/// **Source:** Jiang et al. 2024, Mixtral of Experts: w1 gates, w3 is multiplied, w2 leads back.
const Family mixtralFamily{"mixtral", "Mixtral", recognises, read};

} // namespace cutaway::model
