// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/hooks.h"
#include "core/engine/torch/uncut_values.h"
#include "core/types/legality.h"

#include <map>
#include <vector>

namespace cutaway::engine {

/// The sequence that cuts act on.
struct CutScene {
    TokenIds tokens;
    int promptLength = 0; ///< where the generated part starts; the length where there is none
    std::map<std::string, TokenIds> donors;
};

/// One cut on one hook, ready to be applied: rows and replacing values found.
struct Intervention {
    Cut cut;
    ResolvedTarget target;
    std::vector<std::int64_t> rows;       ///< positions acted on (queries on attention matrices), sorted
    std::vector<std::int64_t> sourceRows; ///< a row of `source` for each of them
    at::Tensor source;   ///< mean, resample, patch, freeze: rows first, [S, …]; one row stands for all
    at::Tensor addition; ///< noise: [T, …] rows first; steer: the vector
};

/// A list of cuts compiled against one sequence: at every hook, what to do, in list order.
/// Precondition of the constructor: checkCut passed on every cut. Raises Failure.
class Interventions {
public:
    Interventions() = default;
    Interventions(const std::vector<Cut>& cuts, const CutScene& scene, const ModelTraits& traits,
                  UncutValues& uncut);

    bool empty() const { return m_byHook.empty(); }
    bool touches(const HookPoint& hook) const { return m_byHook.contains(hook); }
    bool touchesPatterns(int layer) const {
        return touches({HookKind::AttnScores, layer}) || touches({HookKind::Pattern, layer});
    }
    std::vector<HookPoint> hooks() const;

    /// The activation under the cuts at that hook. `activation` is [1, T, …] (attention matrices [1, H, T,
    /// S]); its first row is position `firstRow` (generation with a cache).
    at::Tensor apply(const HookPoint& hook, const at::Tensor& activation, std::int64_t firstRow = 0) const;

private:
    std::map<HookPoint, std::vector<Intervention>> m_byHook;
    bool m_causal = true;
};

/// The cuts' steps of one pass, and an ear for arrays that are wanted.
class RunHooks : public Hooks {
public:
    RunHooks(const Interventions* cuts, std::set<HookPoint> captured);
    bool wants(const HookPoint& hook) const override;
    at::Tensor at(const HookPoint& hook, at::Tensor activation) override;

    HookValues captured;       ///< after the cuts at that hook, batch axis dropped
    std::int64_t firstRow = 0; ///< position of the pass's first row

private:
    const Interventions* m_cuts;
    std::set<HookPoint> m_wanted;
};

/// The generator that picks a resample prompt. **Source:** Steele et al. 2014, SplitMix.
std::uint64_t splitmix64(std::uint64_t seed);

} // namespace cutaway::engine
