// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/planner.h"
#include "core/engine/torch/interventions.h"
#include "core/engine/torch/side_run.h"

#include <span>
#include <vector>

namespace cutaway::engine {

/// One run among many that differ from a base run by a cut each.
struct Variant {
    Interventions cut; ///< what it adds to the base's cuts, behind them in list order
    Plan plan;         ///< where it enters the model, given the base run
};

/// The cuts of several variants in one batch: the base's on every row of the batch axis, each variant's own
/// on its row. Rows of the sequence are counted from its end, so that a pass may drop rows on its way.
class VariantHooks : public Hooks {
public:
    explicit VariantHooks(const Interventions& base) : m_base(base) {}
    bool wants(const HookPoint& hook) const override;
    at::Tensor at(const HookPoint& hook, at::Tensor activation) override;

    std::vector<const Interventions*> active; ///< [B]; null: the base run itself
    std::int64_t end = 0;                     ///< position behind the last row of the pass

private:
    const Interventions& m_base;
};

/// Which rows of the sequence a batch computes: positions first … end − 1; of the last block only the last
/// row where nobody reads the others.
struct RowRange {
    std::int64_t first = 0;
    std::int64_t end = 0;
    bool lastRowOnly = false;
};

/// Runs variants of one base run together. Each joins the batch at the layer it enters, so that every weight
/// is read once a batch (design: instant re-runs, rules 1 to 4 and 6). Rows before `first` are the base's:
/// their keys and values are taken from it.
class VariantBatch {
public:
    /// `base` and its cuts must outlive the batch. `positionEmbedding` is Runner::positionEmbedding of the
    /// base's cuts. Raises CancelledPass between blocks.
    VariantBatch(const Transformer& model, const SideRun& base, const Interventions& baseCuts,
                 at::Tensor positionEmbedding, const CancelToken& cancel);

    /// Where a variant enters: at its layer, or behind that layer's attention where that is exact.
    Plan plan(const Interventions& cut) const;

    /// The streams behind the last block: [B, rows, d], rows `first` … or the last alone. Variants in the
    /// order of their layers, those of one layer entering at one place; rows before `first` must be untouched
    /// by them. Precondition: at least one variant, `lastRowOnly` and `first` > 0 on causal models only.
    at::Tensor run(std::span<const Variant> variants, const RowRange& rows);

    VariantHooks& hooks() { return m_hooks; }

private:
    at::Tensor enterBlock(int layer, std::int64_t count, const RowRange& rows) const;
    at::Tensor enterBehindAttention(int layer, std::span<const Variant> variants, const RowRange& rows);
    at::Tensor runBlock(int layer, at::Tensor streams, const RowRange& rows, Pass& pass) const;

    const Transformer& m_model;
    const SideRun& m_base;
    const Interventions& m_baseCuts;
    at::Tensor m_positionEmbedding;
    const CancelToken& m_cancel;
    VariantHooks m_hooks;
};

} // namespace cutaway::engine
