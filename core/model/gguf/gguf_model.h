// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/tokenizer.h"
#include "core/weights/safetensors.h"

#include <nlohmann/json.hpp>

namespace cutaway::model {

/// A GGUF file in the words of a Hugging Face folder, so that the same family files read both: its metadata
/// as a config.json, its tensors under transformers' names, with what ggml's converter did to them undone
/// (pairs of rotary rows, 1 added to norms, transposed projections). **Source:** the GGUF specification and
/// the tensor table of llama.cpp's converter (facts).
struct GgufModel {
    nlohmann::json config;
    weights::TensorTable table;
    std::vector<std::string> warnings;
};

/// Errors: FileNotFound, BadFile, Unsupported naming the architecture or the key that is not supported.
Result<GgufModel> readGguf(const std::filesystem::path& path);

/// config.json's members from the metadata. `has` says whether the file has a tensor. Errors: BadModel,
/// Unsupported.
Result<nlohmann::json> ggufConfig(const weights::GgufFile& file);

/// A tensor's name in transformers; nothing for one that is read otherwise or not at all. Sets how it lies.
std::optional<std::string> ggufTensorName(const std::string& architecture, const std::string& name,
                                          const nlohmann::json& config, weights::TensorEntry& entry);

/// A tokenizer.json of what `tokenizer.ggml.*` holds. Errors: BadTokenizer, Unsupported naming the model or
/// the pre-tokenizer.
Result<nlohmann::json> ggufTokenizer(const nlohmann::json& metadata);

/// From a folder, a tokenizer.json, or a GGUF file. Errors as text::Tokenizer::load.
Result<std::shared_ptr<const text::Tokenizer>> loadTokenizer(const std::filesystem::path& path);

} // namespace cutaway::model
