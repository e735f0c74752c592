// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/training/evaluate.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace cutaway::training {

/// What the trained model is made of, and how long it learns.
struct TrainOptions {
    std::filesystem::path out; ///< folder to write: created where absent
    int steps = 6000;          ///< optimiser steps of the whole schedule, those before a resume included
    std::uint64_t seed = 1;    ///< of the weights at the start and of the text
    bool resume = false; ///< go on from OUT's checkpoint, else from OUT's weights with a fresh optimiser

    int layers = 4, heads = 8, width = 256, context = 256;
    int batchTokens = 2048;                ///< tokens a step
    double matrixRate = 0.02;              ///< peak learning rate of the blocks' matrices (Muon)
    double otherRate = 3e-3;               ///< peak learning rate of embeddings, norms and biases (AdamW)
    double matrixDecay = 0.05;             ///< weight decay of the blocks' matrices, times their rate
    int headsLeft = 0;                     ///< heads of all layers left at the end (HeadPruning); 0: all
    double pruneFrom = 0.4, pruneTo = 0.7; ///< part of the schedule in which heads go out
    double factsFrom = 0.3;      ///< share of the schedule after which the mixture is Mixture::Facts; from
                                 ///< weights alone it is so throughout
    int warmUp = 100;            ///< steps until the peak
    double lowestRate = 0.02;    ///< share of the peak that the cosine ends at
    int checkpointEvery = 250;   ///< steps; also at the end and when cancelled. 0: at the end only
    int evaluateEvery = 250;     ///< steps; 0: at the end only
    int itemsWhileTraining = 40; ///< questions a task in those evaluations
    int itemsAtEnd = 400;        ///< questions a task in the report
    bool bf16 = true;            ///< products in bfloat16 where the processor has instructions for them (else
                                 ///< they are slower); weights, norms, softmax and loss stay float32
    int threads = 0;             ///< 0: as many as the machine has
};

/// One line of the training curve.
struct TrainStep {
    int step = 0, steps = 0;
    double loss = 0.0;            ///< nats a token, mean since the last line
    double tokensPerSecond = 0.0; ///< since the last line
    std::optional<EvaluationReport> evaluation;
};
/// Called on the training thread every few steps; must be quick and must not throw. May be empty.
using TrainSink = std::function<void(const TrainStep&)>;

/// What training did.
struct TrainReport {
    int steps = 0;
    std::int64_t tokensSeen = 0;
    std::int64_t parameters = 0;
    double seconds = 0.0; ///< of this call
    double loss = 0.0;    ///< nats a token over the last steps
    EvaluationReport evaluation;
};

/// Trains the demo model on generated text and writes OUT/config.json, model.safetensors (bfloat16),
/// tokenizer.json, reference.jsonl, checkpoint.safetensors and training.jsonl (the curve). Deterministic for
/// a seed on one machine. Cancelled: the checkpoint is written and the error is Cancelled. Other errors:
/// FileUnwritable, BadFile (a checkpoint of another shape), OutOfMemory.
Result<TrainReport> trainDemo(const TrainOptions& options, const ProgressSink& progress = {},
                              const CancelToken& cancel = {}, const TrainSink& sink = {});

} // namespace cutaway::training
