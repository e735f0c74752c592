// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/config_reader.h"
#include "core/model/tensor_picker.h"

#include <span>
#include <string_view>

namespace cutaway::model {

/// What a family file makes of a config and a table of tensors.
struct FamilyModel {
    ArchitectureSpec spec;
    WeightSet weights;
    std::string activation;            ///< the config's own name; empty without MLP
    std::vector<std::string> warnings; ///< whole sentences
};

/// One family: how its config is recognised and read. Errors go to the reader and the picker, which keep the
/// first.
struct Family {
    std::string_view name;
    bool (*recognises)(const nlohmann::json& config);
    FamilyModel (*read)(ConfigReader& config, TensorPicker& tensors);
};

extern const Family gpt2Family;
extern const Family llamaFamily;
extern const Family hookedTransformerFamily;

/// Every family, in the order in which they are asked.
std::span<const Family* const> families();

/// A model_type that no family recognises is refused with the list of those that are.
Result<const Family*> familyOf(const nlohmann::json& config);

/// `q·k · 1/√dh` in every layer.
std::vector<double> plainAttentionScale(int layers, int headWidth);

/// Rotary frequencies base^(−2i/dim). **Source:** Su et al. 2021, RoFormer, section 3.2.2.
std::vector<double> rotaryFrequencies(double base, int dim);

/// Keys that Hugging Face configs of any family hold and that no forward reads.
void ignoreCommonKeys(ConfigReader& config);

/// Takes `name` as the head where it is stored. A tied flag with a stored head must agree bit for bit.
void readHead(const std::string& name, bool tied, TensorPicker& tensors, FamilyModel& model);

} // namespace cutaway::model
