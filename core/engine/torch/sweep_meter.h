// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/answer_direction.h"
#include "core/engine/torch/variant_batch.h"
#include "core/types/analysis.h"

#include <vector>

namespace cutaway::engine {

/// What is measured of every cell of a sweep.
struct SweepQuestion {
    SweepMetric metric = SweepMetric::LogitDiff;
    std::int64_t position = 0;               ///< where it is read; not of the loss
    std::vector<std::int64_t> answer, wrong; ///< outputs; a set is scored by its logsumexp
};

/// Reads one metric off the streams behind the last block, making no more logits than it needs: two columns
/// of one row for a difference, one row for a probability or a divergence, all for the loss (design: instant
/// re-runs, rule 5). A number that is not finite becomes NaN.
class SweepMeter {
public:
    SweepMeter(const Transformer& model, const TokenIds& tokens, SweepQuestion question);

    /// Positions from the first to the last that is read.
    std::int64_t firstRead() const;
    std::int64_t lastRead() const;

    /// The base run's metric, which later ones are compared with. `last` [1, T, d].
    double begin(const at::Tensor& last, VariantHooks& hooks);
    /// The metric of each of hooks.active. `streams` [B, rows, d], its first row being position `first`. Rows
    /// of the loss before `first` are the base's. Leaves `hooks` at its last pass.
    std::vector<double> read(const at::Tensor& streams, std::int64_t first, VariantHooks& hooks) const;

private:
    bool columnsServe(const VariantHooks& hooks) const;
    at::Tensor logits(const at::Tensor& streams, std::int64_t end, VariantHooks& hooks) const;
    at::Tensor scores(const at::Tensor& logits, const std::vector<std::int64_t>& set) const;
    at::Tensor atPosition(const at::Tensor& streams, std::int64_t first, VariantHooks& hooks) const;
    at::Tensor nats(const at::Tensor& streams, std::int64_t first, VariantHooks& hooks) const;

    const Transformer& m_model;
    const TokenIds& m_tokens;
    SweepQuestion m_question;
    HeadRows m_columns;      ///< of answer, then wrong, where they are all that is needed
    at::Tensor m_baseLogits; ///< [outputs] float64, of the divergence
    at::Tensor m_baseNats;   ///< [T − 1] float64, of the loss
};

} // namespace cutaway::engine
