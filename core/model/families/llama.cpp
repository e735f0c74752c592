// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

#include <algorithm>

namespace cutaway::model {

namespace {

bool isLlama(const nlohmann::json& config) {
    return isOneOf(config, {"llama"});
}
bool isMistral(const nlohmann::json& config) {
    return isOneOf(config, {"mistral"});
}
bool isSmolLm3(const nlohmann::json& config) {
    return isOneOf(config, {"smollm3"});
}

/// Blocks of Llama's names: two norms, four projections, a gated MLP.
void readBlocks(FamilyModel& model, TensorPicker& tensors, bool tied, bool attentionBias, bool mlpBias) {
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        layer.norm1 = names.rms(at + "input_layernorm");
        names.attention(at, layer, attentionBias, attentionBias);
        layer.norm2 = names.rms(at + "post_attention_layernorm");
        names.gatedMlp(at + "mlp.", layer, mlpBias);
    });
}

FamilyModel readLlama(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    const bool attentionBias = config.boolean("attention_bias", false);
    const bool mlpBias = config.boolean("mlp_bias", false);
    model.spec = readDecoder(config, {}, model.activation);
    if (config.status()) readBlocks(model, tensors, tied, attentionBias, mlpBias);
    return model;
}

FamilyModel readMistral(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    DecoderDefaults defaults;
    defaults.kvHeads = 8;
    defaults.mlp = 14336;
    defaults.context = 4096 * 32;
    model.spec = readDecoder(config, defaults, model.activation);
    const int window = slidingWindow(config, 4096);
    model.spec.window = readWindows(config, model.spec.traits.nLayers, window, [](int) { return true; });
    if (config.status()) readBlocks(model, tensors, tied, false, false);
    return model;
}

/// Which layers turn: `no_rope_layers` (1 turns, 0 does not), else all but every fourth.
std::vector<int> readTurning(ConfigReader& config, int layers) {
    const nlohmann::json* list = config.find("no_rope_layers");
    const int interval = config.integer("no_rope_layer_interval", 4);
    std::vector<int> turning;
    if (list == nullptr) {
        for (int layer = 0; layer < layers; ++layer)
            turning.push_back((layer + 1) % interval != 0 ? 0 : -1);
        return turning;
    }
    if (list->is_array())
        for (const nlohmann::json& entry : *list)
            turning.push_back(entry.is_number() && entry.get<double>() == 0.0 ? -1 : 0);
    if (static_cast<int>(turning.size()) != layers)
        config.refuse("no_rope_layers", "expected a list with one entry for each of the layers");
    return turning;
}

FamilyModel readSmolLm3(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    const bool attentionBias = config.boolean("attention_bias", false);
    const bool mlpBias = config.boolean("mlp_bias", false);
    DecoderDefaults defaults{2048, 36, 16, 4, 0, 11008, 128256, 32768};
    defaults.theta = 2e6;
    model.spec = readDecoder(config, defaults, model.activation);
    const int layers = model.spec.traits.nLayers;
    model.spec.rotaryOf = readTurning(config, layers);
    const bool uses = config.boolean("use_sliding_window", false);
    const int window = slidingWindow(config, {});
    const std::vector<int>& turning = model.spec.rotaryOf;
    if (config.status())
        model.spec.window = readWindows(config, layers, window, [&](int layer) {
            return uses && turning[static_cast<std::size_t>(layer)] < 0;
        });
    if (!uses) model.spec.window.clear();
    if (config.status()) readBlocks(model, tensors, tied, attentionBias, mlpBias);
    return model;
}

} // namespace

/// **Source:** Touvron et al. 2023; tensor names as transformers stores them. SmolLM 1 and 2 are Llamas.
const Family llamaFamily{"llama", "Llama 1–3.x, SmolLM 1/2", isLlama, readLlama};
/// **Source:** Jiang et al. 2023.
const Family mistralFamily{"mistral", "Mistral", isMistral, readMistral};
/// **Source:** the SmolLM3 model card; layers without positions: Yang et al. 2025.
const Family smolLm3Family{"smollm3", "SmolLM3", isSmolLm3, readSmolLm3};

} // namespace cutaway::model
