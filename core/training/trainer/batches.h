// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/corpus/corpus.h"
#include "core/training/trainer/encoder.h"

#include <cstdint>
#include <vector>

namespace cutaway::training {

/// Rows of token ids for one step: [rows, length], row-major.
struct Batch {
    int rows = 0, length = 0;
    std::vector<std::int64_t> ids;
};

/// The batch of step `step`: nothing is carried from step to step, so training resumes anywhere. Each row is
/// <bos> and lines of text, sometimes ended by <eos> and begun anew, cut at the row's end. Most steps have
/// short rows, some the whole context.
Batch makeBatch(const Corpus& corpus, const Encoder& encoder, std::uint64_t seed, int step, int tokens,
                int context);

} // namespace cutaway::training
