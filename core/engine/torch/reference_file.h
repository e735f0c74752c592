// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/uncut_values.h"
#include "core/weights/safetensors.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace cutaway::engine {

/// A file of what was made from a model and its reference set, so that it is made once and not in every
/// session. It names the weights and holds the prompts' tokens: one of another model or of other prompts is
/// not read.
class ReferenceFile {
public:
    /// Answers the hash of the weights, which takes a moment for large ones: asked where it is needed. Empty:
    /// not to be had, nothing is read or written.
    using ModelHash = std::function<std::string()>;

    /// `dtype` is what the weights are computed in.
    ReferenceFile(std::filesystem::path path, ModelHash model, std::string dtype)
        : m_path(std::move(path)), m_model(std::move(model)), m_dtype(std::move(dtype)) {}

    /// Its arrays. None where there is no such file, or it is of something else.
    std::optional<weights::TensorTable> open(const std::vector<TokenIds>& prompts) const;
    /// Writes it whole or not at all; false where that cannot be done, which costs time later and nothing
    /// else.
    bool write(const std::vector<TokenIds>& prompts, std::map<std::string, HostTensor> arrays) const;

    /// The array that holds the prompts: every one's length, then its tokens.
    static constexpr const char* promptsKey = "prompts";

private:
    std::filesystem::path m_path;
    ModelHash m_model;
    std::string m_dtype;
};

} // namespace cutaway::engine
