// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/uncut_values.h"
#include "core/types/model_traits.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace cutaway::engine {

/// The means of a reference set, kept on disk so that they are made once and not in every session. The file
/// names the weights and holds the prompts' tokens: means of another model or other prompts are not read.
class MeansFile {
public:
    /// Answers the hash of the weights, which takes a moment for large ones: asked where it is needed. Empty:
    /// not to be had, nothing is read or written.
    using ModelHash = std::function<std::string()>;

    /// `dtype` is what the weights are computed in.
    MeansFile(std::filesystem::path path, ModelHash model, std::string dtype)
        : m_path(std::move(path)), m_model(std::move(model)), m_dtype(std::move(dtype)) {}

    /// Means by hook [the hook's shape without its token axis], float32. None where there is no such file, or
    /// it is of something else.
    std::optional<HookValues> read(const std::vector<TokenIds>& prompts, const ModelTraits& traits) const;
    /// Writes it whole or not at all; false where that cannot be done, which costs time later and nothing
    /// else.
    bool write(const std::vector<TokenIds>& prompts, const HookValues& means) const;

    /// Its name in a model's folder.
    static constexpr const char* name = "reference_means.safetensors";

private:
    std::filesystem::path m_path;
    ModelHash m_model;
    std::string m_dtype;
};

} // namespace cutaway::engine
