// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/config_reader.h"

#include <string>

namespace cutaway::model {

/// What a family's class sets where the config is silent.
struct RotaryDefaults {
    int headWidth = 0;
    double theta = 10000.0;
    double partial = 1.0; ///< share of the head that turns
    int context = 0;      ///< max_position_embeddings
    std::string thetaKey = "rope_theta";
    std::string partialKey = "partial_rotary_factor";
};

/// `rope_parameters` of new files, else `rope_scaling` with `rope_theta` of old ones. Types default, linear,
/// dynamic, llama3, yarn, longrope (`su`); any other is refused by name. **Source:** Su et al. 2021; Peng et
/// al. 2023 (YaRN); Ding et al. 2024 (LongRoPE); the model card of Llama 3.1.
RotarySpec readRotary(ConfigReader& config, const RotaryDefaults& defaults);

/// The same from one object of parameters that the caller has found (Gemma 3 has one for each kind of layer).
RotarySpec readRotaryFrom(ConfigReader& config, const std::string& key, const nlohmann::json& parameters,
                          const RotaryDefaults& defaults);

/// The sequence length up to which a dynamic embedding may stretch: context × factor; else the context.
int rotaryContext(const RotarySpec& rotary, int context);

} // namespace cutaway::model
