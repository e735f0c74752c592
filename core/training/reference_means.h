// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/base/result.h"

#include <filesystem>

namespace cutaway::training {

/// Writes reference_means.safetensors beside a model: the means of its reference set, so that the first mean
/// cut need not run all its prompts; and reference_means_lens.safetensors, how often the logit lens agrees
/// with the output over them. Errors: those of opening a model, FileUnwritable.
Status writeReferenceMeans(const std::filesystem::path& folder, const ProgressSink& progress = {},
                           const CancelToken& cancel = {});

} // namespace cutaway::training
