// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/reference_array.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cutaway::tests {

/// What the slow model needs to know of a config.json.
struct ReferenceConfig {
    int layers = 0, heads = 0, kvHeads = 0, width = 0, headWidth = 0;
    int mlpWidth = 0;        ///< 0: attention only
    std::string norm = "LN"; ///< `LN`, `RMS`, or empty for none
    double epsilon = 1e-5;
    std::string activation;
    bool gated = false;
    std::string positions = "learned"; ///< `learned`, `rotary`, `shortformer`
    std::vector<double> rotary;        ///< radians a token, one a pair (i, i + size) of a head's entries
    bool causal = true;
    double scoreDivisor = 1.0;
    bool divideByLayer = false; ///< scores of layer L divided by L + 1 too
};

/// A model folder as the slow model reads it: everything under TransformerLens's tensor names (per-head
/// matrices `[heads, d, dh]`, linear maps `[in, out]`), absent biases and gains left out. Reads F32
/// safetensors with a reader of its own, so that nothing is shared with what is tested.
struct ReferenceWeights {
    ReferenceConfig config;
    std::map<std::string, Array> tensors;

    const Array& get(const std::string& name) const { return tensors.at(name); }
    bool has(const std::string& name) const { return tensors.count(name) > 0; }

    /// Throws std::runtime_error where the folder is not a GPT-2, Llama or hooked_transformer one.
    static ReferenceWeights load(const std::filesystem::path& folder);
};

/// F32 and I64 arrays of a safetensors file, as doubles. Throws std::runtime_error.
std::map<std::string, Array> readSafetensors(const std::filesystem::path& file);
/// Writes arrays as F32.
void writeSafetensors(const std::filesystem::path& file, const std::map<std::string, Array>& arrays);

} // namespace cutaway::tests
