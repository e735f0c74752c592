// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/generator.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace cutaway::engine {

namespace {

/// Draws from softmax(logits / temperature); greedy without one, ties to the lower id.
class Sampler {
public:
    Sampler(std::optional<double> temperature, std::uint64_t seed)
        : m_temperature(temperature), m_random(seed) {}

    TokenId pick(const at::Tensor& row) {
        const at::Tensor host = row.to(at::kDouble).cpu().contiguous();
        const double* logits = host.data_ptr<double>();
        const std::int64_t size = host.numel();
        const std::int64_t best = std::max_element(logits, logits + size) - logits;
        if (!m_temperature || *m_temperature <= 0.0) return static_cast<TokenId>(best);
        std::vector<double> cumulative(static_cast<std::size_t>(size));
        double total = 0.0;
        for (std::int64_t i = 0; i < size; ++i)
            cumulative[static_cast<std::size_t>(i)] = total +=
                std::exp((logits[i] - logits[best]) / *m_temperature);
        // 53 random bits: the same numbers on every standard library.
        const double u = static_cast<double>(m_random() >> 11U) * 0x1p-53 * total;
        const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), u);
        return static_cast<TokenId>(std::min<std::ptrdiff_t>(found - cumulative.begin(), size - 1));
    }

private:
    std::optional<double> m_temperature;
    std::mt19937_64 m_random;
};

} // namespace

bool rowsStay(const std::vector<Cut>& cuts) {
    return std::all_of(cuts.begin(), cuts.end(), [](const Cut& cut) {
        if (cut.kind == CutKind::Noise || cut.kind == CutKind::Freeze) return false;
        // A cut of scores or patterns may give an earlier row weight on keys that come later.
        const bool opensMask = std::any_of(cut.targets.begin(), cut.targets.end(), [](const Target& t) {
            return t.kind == TargetKind::Hook && hookLayout(t.hook) == HookLayout::HeadMatrix;
        });
        if (opensMask) return false;
        const auto& items = cut.positions.items;
        return std::all_of(items.begin(), items.end(), [](const PositionItem& item) {
            return item.first >= 0 && (item.kind == PositionItem::Kind::Single || item.last >= 0);
        });
    });
}

Continued continueText(Runner& runner, const TokenIds& prompt, const ContinueRequest& request,
                       const ProgressSink& progress, const CancelToken& cancel) {
    const Transformer& model = runner.model();
    const auto layers = static_cast<std::size_t>(model.traits().nLayers);
    const auto context = static_cast<std::size_t>(model.traits().context);
    const bool cached = model.traits().causal && !model.rotaryFollowsLength() && rowsStay(request.cuts);
    CutScene scene{prompt, static_cast<int>(prompt.size()), request.donors};
    KeyValueCache cache{std::vector<at::Tensor>(layers), std::vector<at::Tensor>(layers), 0};
    Sampler sampler(request.temperature, request.seed);
    Continued result;
    for (int step = 0; step < request.maxTokens; ++step) {
        if (cancel.cancelled()) throw CancelledPass{};
        if (scene.tokens.size() >= context) {
            result.contextFull = true;
            break;
        }
        const Interventions cuts(request.cuts, scene, model.traits(), runner);
        RunHooks hooks(&cuts, {});
        Pass pass;
        pass.hooks = &hooks;
        pass.cancel = &cancel;
        TokenIds rows = scene.tokens;
        if (cached) {
            pass.cache = &cache;
            hooks.firstRow = cache.rows;
            rows.erase(rows.begin(), rows.begin() + cache.rows);
        }
        at::Tensor last = model.blocks(0, model.embed(runner.tensorOf(rows), pass), pass);
        cache.rows += static_cast<std::int64_t>(rows.size());
        last = model.finalNorm(last, pass);
        // The head reads the last row only, unless a cut wants to see all logits.
        if (!hooks.wants({HookKind::Logits, -1})) last = last.narrow(1, last.size(1) - 1, 1);
        const at::Tensor logits = model.unembed(last, pass);
        const TokenId next = sampler.pick(logits.select(0, 0).select(0, logits.size(1) - 1));
        scene.tokens.push_back(next);
        if (progress) progress({"writing", step + 1, request.maxTokens});
        if (request.stops.contains(next)) break;
    }
    result.tokens = std::move(scene.tokens);
    return result;
}

} // namespace cutaway::engine
