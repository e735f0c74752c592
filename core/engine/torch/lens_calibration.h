// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/engine/engine.h"
#include "core/engine/torch/reference_file.h"
#include "core/engine/torch/transformer.h"

#include <optional>
#include <vector>

namespace cutaway::engine {

/// How far a calibration has come.
struct LensTally {
    std::vector<std::int64_t> agree; ///< [rows] positions whose top token is the output's
    std::int64_t positions = 0;
    std::size_t next = 0; ///< prompts read so far, the shortest first
};

/// The lens at every layer over the prompts, without cuts: how often its top token is the output's. Batches
/// of prompts of one length, logits a few positions at a time. What has been counted stands in `tally` when
/// it is cancelled. Raises Failure (NoReference, Unsupported for post-norm models) and CancelledPass.
/// **Source:** the lens is that of lens.h; the figure is what Belrose et al. 2023, "Eliciting Latent
/// Predictions from Transformers with the Tuned Lens", plot as top-1 agreement.
LensCalibration calibrateLens(const Transformer& model, const std::vector<TokenIds>& prompts,
                              LensTally& tally, const ProgressSink& progress, const CancelToken& cancel);

/// Its name in a model's folder.
inline constexpr const char* lensFileName = "reference_means_lens.safetensors";
/// A calibration kept on disk; none where there is none of this model and these prompts.
std::optional<LensCalibration> readCalibration(const ReferenceFile& file,
                                               const std::vector<TokenIds>& prompts, int layers);
bool writeCalibration(const ReferenceFile& file, const std::vector<TokenIds>& prompts,
                      const LensCalibration& calibration);

} // namespace cutaway::engine
