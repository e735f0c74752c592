// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/model/architecture_spec.h"
#include "core/model/weight_set.h"
#include "core/weights/safetensors.h"

#include <filesystem>
#include <optional>
#include <set>

namespace cutaway::model {

/// A model folder read and checked, its weights mapped but not yet touched.
struct OpenedModel {
    ArchitectureSpec spec;
    WeightSet weights;
    weights::TensorTable table; ///< keeps the mapping; hashing reads it
    ModelInfo info;             ///< all but hash, dtype, device, tokenizer and reference set
    std::optional<std::filesystem::path> tokenizer; ///< tokenizer.json
    std::optional<std::filesystem::path> reference; ///< reference.jsonl beside the weights
    std::set<TokenId> endTokens;                    ///< end-of-text ids that the config names
    std::int64_t usedElements = 0;                  ///< parameters that the forward reads
};

/// Opens a Hugging Face or hooked_transformer folder, a GGUF file, or `demo`: recognises the family, checks
/// every tensor against the config, accounts for all of them. Reads headers only. Errors: FileNotFound,
/// BadFile, BadModel, Unsupported (naming key and value), BadJson.
Result<OpenedModel> openModel(const std::filesystem::path& folder);

/// `demo` becomes the shipped model's folder, anything else stays. Errors: FileNotFound.
Result<std::filesystem::path> resolveModelPath(const std::filesystem::path& model);

/// Where the program's own resources lie: $CUTAWAY_RESOURCES, an installed share/cutaway, or the source tree
/// above the program.
std::optional<std::filesystem::path> resourcesPath();

/// Bytes that an open model keeps: its parameters in a compute dtype of `elementBytes`, plus the activations
/// of one kept run over `tokens` tokens.
std::int64_t residentBytes(const OpenedModel& model, int elementBytes, int tokens);

} // namespace cutaway::model
