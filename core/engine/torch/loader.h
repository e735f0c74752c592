// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/engine/torch/transformer.h"
#include "core/model/open_model.h"

#include <memory>

namespace cutaway::engine {

/// Where and in which numbers a model computes.
struct Placement {
    at::Device device = at::kCPU;
    at::ScalarType dtype = at::kFloat;
    bool folded = false; ///< weights as foldWeights makes them
    bool packed = true;  ///< may give plain weights up for oneDNN's layout; false keeps them differentiable
};

/// Reads `cpu`, `cuda`, `cuda:N` and `f32`, `bf16`, `f16`. Raises Failure: Usage, Device.
Placement placementOf(const std::string& device, const std::string& dtype);

/// Copies a model's weights out of the mapped files, one resident copy, layer by layer. Says before
/// allocating whether they fit. Raises Failure (OutOfMemory, BadModel naming a tensor with NaN or infinity)
/// and CancelledPass.
std::shared_ptr<Transformer> loadTransformer(const model::OpenedModel& opened, const Placement& placement,
                                             const ProgressSink& progress, const CancelToken& cancel);

} // namespace cutaway::engine
