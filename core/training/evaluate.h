// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cutaway::training {

/// Accuracy on held-out questions: the share whose likeliest next token is an answer. Items of whole
/// continuations count one question a token.
struct TaskScore {
    double accuracy = 0.0;
    int items = 0;
};

/// One attention head, as the model card tells of it.
struct HeadReport {
    int layer = 0, head = 0;
    /// Mean attention from a token of a repeated random sequence to the one behind its earlier copy.
    /// **Source:** Olsson et al. 2022.
    double induction = 0.0;
    /// What share of the indirect-object logit difference is lost when the head's z becomes zero.
    double effect = 0.0;
};

struct EvaluationReport {
    std::map<std::string, TaskScore> tasks; ///< by task name
    double loss = 0.0;                      ///< nats a token on held-out text
    double logitDifference = 0.0;           ///< mean of answer − wrong on indirect objects, logits
    std::vector<HeadReport> heads;          ///< by layer, then head; empty if not asked for
};

struct EvaluateOptions {
    int items = 400;        ///< questions a task at most: some have fewer
    std::uint64_t seed = 1; ///< which held-out questions are drawn
    bool heads = true;      ///< measure the heads too
    int threads = 0;        ///< 0: as many as the machine has
};

/// Asks a model folder the demo's held-out questions. Errors: those of opening a model, NoTokenizer,
/// Cancelled.
Result<EvaluationReport> evaluateDemo(const std::filesystem::path& folder,
                                      const EvaluateOptions& options = {}, const ProgressSink& progress = {},
                                      const CancelToken& cancel = {});

} // namespace cutaway::training
