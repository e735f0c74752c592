// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/engine/torch/transformer.h"
#include "core/types/host_tensor.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cutaway::training {

/// What is learnt: one tensor under the name and in the layout of the Hugging Face GPT-2 format.
struct Leaf {
    std::string name;        ///< "transformer.h.0.attn.c_attn.weight"
    at::Tensor tensor;       ///< as the forward reads it; requires gradients
    bool transposed = false; ///< the file holds [in, out], the forward [out, in]
    int parts = 1;           ///< matrices stacked along the first axis (query, key, value)
    bool matrix = false;     ///< one of the blocks' products
};

/// A GPT-2 being trained: the engine's forward over leaves that require gradients.
struct Gpt2 {
    std::vector<Leaf> leaves;
    engine::Transformer transformer;

    std::int64_t parameters() const;
};

model::ArchitectureSpec gpt2Spec(int layers, int heads, int width, int context, int vocabulary);

/// Random weights: normal, deviation 0.02, products that write to the stream by 1/√(2·layers) less.
/// **Source:** Radford et al. 2019, section 2.3.
Gpt2 makeGpt2(const model::ArchitectureSpec& spec, std::uint64_t seed, bool bf16);

/// Copies arrays in the file's layout into the leaves. Errors: BadFile, naming the array.
Status loadLeaves(Gpt2& model, const std::map<std::string, HostTensor>& arrays);
/// The leaves in the file's layout.
std::map<std::string, HostTensor> leafArrays(const Gpt2& model);
/// OUT/config.json.
std::string gpt2Config(const model::ArchitectureSpec& spec);

HostTensor toHost(const at::Tensor& tensor);
at::Tensor fromHost(const HostTensor& tensor);

} // namespace cutaway::training
