// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/families/decoder.h"

namespace cutaway::model {

/// Sizes of a mixture of experts where the config is silent.
struct MixtureDefaults {
    int experts = 8, used = 2, width = 0;
    bool normed = true; ///< the chosen experts' weights sum to 1
};

/// `num_experts` or `num_local_experts`, `num_experts_per_tok`, `moe_intermediate_size`, and which layers are
/// mixtures (`decoder_sparse_step`, `mlp_only_layers`).
void readMixtureSizes(ConfigReader& config, const MixtureDefaults& defaults, ArchitectureSpec& spec);

/// Qwen's names below `at`: `gate`, `experts.N.{gate,up,down}_proj`, `shared_expert`, `shared_expert_gate`.
void readMixture(const DecoderTensors& names, const std::string& at, const ArchitectureSpec& spec,
                 LayerWeights& layer);

} // namespace cutaway::model
