// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/planner.h"
#include "core/engine/torch/interventions.h"
#include "core/engine/torch/means_file.h"
#include "core/engine/torch/side_run.h"

#include <functional>
#include <memory>

namespace cutaway::engine {

/// The reference prompts of a model and which of their tokens are special.
struct ReferenceSet {
    std::vector<TokenIds> prompts;
    std::set<TokenId> special;
};

/// The cut side of a run.
struct CutRun {
    Plan plan;
    std::shared_ptr<SideRun> side;
    HookValues captured;
    at::Tensor normed; ///< [1, T, d] after the final norm
    at::Tensor logits; ///< [T, outputs] where a cut or a capture asks for all of them; else undefined
};

/// Attention of one block, after the run's cuts: [heads, T query, T key].
struct HeadAttention {
    at::Tensor scores; ///< −∞ where masked
    at::Tensor pattern;
};

/// Runs a transformer over one prompt at a time: uncut (kept and reused), under cuts (entering where the
/// planner says), and for the values that cuts draw on. One thread. Methods raise Failure, CancelledPass and
/// what libtorch throws.
class Runner : public UncutValues {
public:
    explicit Runner(std::shared_ptr<const Transformer> model);

    void setReference(ReferenceSet reference) { m_reference = std::move(reference); }
    /// Files that may hold the set's means, and the one to write once they are made here.
    void setMeansFiles(std::vector<MeansFile> files, std::optional<MeansFile> keep) {
        m_meansFiles = std::move(files);
        m_keepMeans = std::move(keep);
    }
    const ReferenceSet& reference() const { return m_reference; }
    void setCancel(const CancelToken* cancel) { m_cancel = cancel; }
    void setMode(ExecutionMode mode) { m_mode = mode; }
    /// Told how many reference prompts of how many have been run.
    void setProgress(std::function<void(std::int64_t, std::int64_t)> progress) {
        m_progress = std::move(progress);
    }

    /// The uncut run over these tokens, from the store where it is there.
    std::shared_ptr<SideRun> uncut(const TokenIds& tokens);
    /// The same tokens under cuts; `captured` hooks come back with their values after the cuts.
    CutRun cut(const std::shared_ptr<SideRun>& uncut, const Interventions& cuts,
               const std::set<HookPoint>& captured);
    /// Values of a kept run's hooks, recomputed a block at a time where they were not kept.
    HookValues slices(SideRun& side, const Interventions* cuts, const std::set<HookPoint>& hooks);
    /// Attention pattern of one block of a kept run: [heads, T, T], or of one head [1, T, T].
    at::Tensor pattern(SideRun& side, const Interventions* cuts, int layer, int head = anyIndex);

    /// The scores behind it as well.
    HeadAttention attention(SideRun& side, const Interventions* cuts, int layer, int head = anyIndex);

    HookValues values(const TokenIds& tokens, const std::set<HookPoint>& hooks) override;
    const std::vector<TokenIds>& referencePrompts() override { return m_reference.prompts; }
    HookValues means(const TokenIds& tokens, const std::set<HookPoint>& hooks, bool withBos) override;
    HookValues meansByPosition(const TokenIds& tokens, const std::set<HookPoint>& hooks) override;
    at::Tensor vector(const std::string& file, const std::string& key) override;

    /// What shortformer models add at queries and keys, under the cuts: [1, T, d]; undefined elsewhere.
    at::Tensor positionEmbedding(const TokenIds& tokens, const Interventions* cuts) const;
    /// tokens as [1, T] on the model's device.
    at::Tensor tensorOf(const TokenIds& tokens) const;
    const Transformer& model() const { return *m_model; }

private:
    /// Says which block first made a NaN or an infinity.
    void checkFinite(const SideRun& side, bool underCuts) const;
    /// Sums over prompts so far: a pass that was cancelled goes on where it stood.
    struct Pooling {
        std::set<HookPoint> hooks;
        HookValues sums;
        std::int64_t counted = 0;
        std::size_t next = 0; ///< prompts summed so far, the shortest first
    };
    HookValues pooledMeans(const std::vector<TokenIds>& prompts, bool withBos,
                           const std::set<TokenId>& special, Pooling& state);

    std::shared_ptr<const Transformer> m_model;
    ReferenceSet m_reference;
    std::vector<MeansFile> m_meansFiles;
    std::optional<MeansFile> m_keepMeans;
    RunStore m_store;
    std::map<std::pair<HookPoint, bool>, at::Tensor> m_means; ///< of the reference set, by hook and withBos
    std::map<bool, Pooling> m_pooling; ///< unfinished passes over the reference set, by withBos
    std::map<std::pair<HookPoint, std::size_t>, at::Tensor> m_meansByPosition; ///< by hook and length
    const CancelToken* m_cancel = nullptr;
    ExecutionMode m_mode = ExecutionMode::Shortcuts;
    std::function<void(std::int64_t, std::int64_t)> m_progress;
};

} // namespace cutaway::engine
