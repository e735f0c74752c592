// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/transformer.h"
#include "core/training/corpus/corpus.h"
#include "core/training/evaluate.h"

#include <functional>
#include <string_view>

namespace cutaway::training {

/// Text to ids, without <bos>.
using Encode = std::function<std::vector<int>(std::string_view)>;

/// Asks a model the corpus's held-out questions; every prompt stands behind one <bos>. Throws what torch
/// throws, and engine::CancelledPass.
EvaluationReport measure(const engine::Transformer& model, const Corpus& corpus, const Encode& encode,
                         int bos, const EvaluateOptions& options, const ProgressSink& progress,
                         const CancelToken& cancel);

} // namespace cutaway::training
