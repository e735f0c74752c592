// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/mixture.h"

#include <algorithm>

namespace cutaway::model {

namespace {

std::vector<int> readDenseLayers(ConfigReader& config, int layers) {
    const int step = config.integer("decoder_sparse_step", 1);
    const nlohmann::json* named = config.find("mlp_only_layers");
    if (named != nullptr && !named->is_array()) config.refuse("mlp_only_layers", "expected a list of layers");
    std::vector<int> dense;
    for (int layer = 0; layer < layers; ++layer) {
        const bool listed = named != nullptr && named->is_array() &&
                            std::find(named->begin(), named->end(), nlohmann::json(layer)) != named->end();
        if (listed || (layer + 1) % step != 0) dense.push_back(layer);
    }
    return dense;
}

} // namespace

void readMixtureSizes(ConfigReader& config, const MixtureDefaults& defaults, ArchitectureSpec& spec) {
    ModelTraits& t = spec.traits;
    const int experts = config.integer("num_experts", defaults.experts, 1, 4096);
    t.nExperts = config.integer("num_local_experts", experts, 1, 4096);
    t.nExpertsUsed = config.integer("num_experts_per_tok", defaults.used, 1, 4096);
    if (t.nExpertsUsed > t.nExperts)
        config.refuse("num_experts_per_tok",
                      "there are " + std::to_string(t.nExperts) + " experts to choose from");
    spec.dExpert = defaults.width > 0 ? config.integer("moe_intermediate_size", defaults.width) : t.dMlp;
    spec.normExperts = defaults.normed;
    t.denseLayers = readDenseLayers(config, t.nLayers);
    config.ignore({"output_router_logits", "router_aux_loss_coef", "router_jitter_noise"});
    // Every layer may be dense; then it is an ordinary model.
    if (static_cast<int>(t.denseLayers.size()) != t.nLayers) return;
    t.nExperts = t.nExpertsUsed = 0;
    t.denseLayers.clear();
}

void readMixture(const DecoderTensors& names, const std::string& at, const ArchitectureSpec& spec,
                 LayerWeights& layer) {
    const ModelTraits& t = spec.traits;
    layer.router = names.linear(at + "gate", t.nExperts, t.dModel, false);
    for (int expert = 0; expert < t.nExperts; ++expert)
        layer.experts.push_back(names.gated(at + "experts." + std::to_string(expert) + ".", spec.dExpert));
    if (spec.dSharedExpert == 0) return;
    layer.sharedExpert = names.gated(at + "shared_expert.", spec.dSharedExpert);
    layer.sharedGate = names.linear(at + "shared_expert_gate", 1, t.dModel, false);
}

} // namespace cutaway::model
