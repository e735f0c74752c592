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
    std::string_view name;   ///< the model type
    std::string_view models; ///< whose it is, for people
    bool (*recognises)(const nlohmann::json& config);
    FamilyModel (*read)(ConfigReader& config, TensorPicker& tensors);
};

extern const Family bertFamily, bloomFamily, distilBertFamily, esmFamily, falconFamily, gemma2Family,
    gemma3Family, gemmaFamily, gpt2Family, gptJFamily, gptNeoFamily, gptNeoXFamily, hookedTransformerFamily,
    llamaFamily, mistralFamily, mixtralFamily, olmo2Family, optFamily, phi3Family, phiFamily, qwen2Family,
    qwen2MoeFamily, qwen3Family, qwen3MoeFamily, robertaFamily, smolLm3Family, stableLmFamily;

/// Every family, in the order in which they are asked.
std::span<const Family* const> families();

/// Whether `model_type` is one of these.
bool isOneOf(const nlohmann::json& config, std::initializer_list<std::string_view> types);

/// A model_type that no family recognises is refused with the list of those that are.
Result<const Family*> familyOf(const nlohmann::json& config);

/// `q·k · 1/√dh` in every layer.
std::vector<double> plainAttentionScale(int layers, int headWidth);

/// Keys that Hugging Face configs of any family hold and that no forward reads.
void ignoreCommonKeys(ConfigReader& config);

/// Takes `name` as the head where it is stored. A tied flag with a stored head must agree bit for bit.
void readHead(const std::string& name, bool tied, TensorPicker& tensors, FamilyModel& model);

} // namespace cutaway::model
