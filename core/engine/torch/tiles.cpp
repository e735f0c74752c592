// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/tiles.h"

#include <algorithm>
#include <cmath>

namespace cutaway::engine {

namespace {

/// [H, T, T] → [H, s, s], s ≤ size: the largest entry under each cell, so that a one-cell diagonal survives.
at::Tensor pooled(const at::Tensor& x, std::int64_t size) {
    if (x.size(-1) <= size) return x;
    return std::get<0>(at::adaptive_max_pool2d(x, {size, size}));
}

/// The entry of largest magnitude under each cell, with its sign.
at::Tensor pooledSigned(const at::Tensor& x, std::int64_t size) {
    const at::Tensor up = pooled(x, size), down = pooled(-x, size);
    return at::where(up >= down, up, -down);
}

/// The five ways of looking back, as masks over [query, key]. A score is the attention that queries which
/// could look that way give to the keys in question, on average. **Source:** Olsson et al. 2022, "In-context
/// Learning and Induction Heads" (induction and duplicate-token heads).
class PatternScores {
public:
    explicit PatternScores(const at::Tensor& tokens) {
        const at::Tensor ids = tokens.select(0, 0);
        const std::int64_t length = ids.size(0);
        const at::Tensor at = at::arange(length, ids.options());
        const at::Tensor query = at.unsqueeze(1), key = at.unsqueeze(0);
        const at::Tensor same = ids.unsqueeze(1) == ids.unsqueeze(0);
        const at::Tensor earlier = key < query;
        const at::Tensor duplicate = at::logical_and(same, earlier);
        // Induction: the key behind an earlier occurrence of the query's own token.
        const at::Tensor induction = at::roll(duplicate, {1}, {1});
        m_masks = at::stack({key == query - 1, at::logical_and(key == 0, earlier),
                             at::logical_and(key == query, query > 0), duplicate,
                             at::logical_and(induction, earlier)})
                      .to(at::kFloat);                       // [5, T, T]
        m_defined = m_masks.amax(-1).sum(-1).clamp_min(1.0); // queries that could look that way
    }
    /// pattern [H, T, T] → [H, 5]
    at::Tensor of(const at::Tensor& pattern) const {
        return at::einsum("hqk,sqk->hs", {pattern.to(at::kFloat), m_masks}) / m_defined;
    }

private:
    at::Tensor m_masks, m_defined;
};

Tile quantise(const at::Tensor& picture, float low, float high) {
    const at::Tensor x = picture.to(at::kFloat).cpu().contiguous();
    Tile tile{static_cast<int>(x.size(0)), static_cast<int>(x.size(1)), low, high, {}};
    const float* values = x.data_ptr<float>();
    tile.pixels.resize(static_cast<std::size_t>(x.numel()));
    for (std::size_t i = 0; i < tile.pixels.size(); ++i) {
        const float level = (values[i] - low) / (high - low) * 255.0F;
        tile.pixels[i] = static_cast<std::uint8_t>(std::lround(std::clamp(level, 0.0F, 255.0F)));
    }
    return tile;
}

} // namespace

Tiles makeTiles(Runner& runner, const TileSide& side, const TileSide* uncut, int size,
                const CancelToken& cancel) {
    const ModelTraits& traits = runner.model().traits();
    const PatternScores scores(runner.tensorOf(side.run->tokens));
    Tiles result;
    result.layers = traits.nLayers;
    result.heads = traits.nHeads;
    std::vector<at::Tensor> pictures; // a layer each: [H, s, s]
    float largest = 1.0F;
    if (uncut) largest = 1e-6F;
    for (int layer = 0; layer < traits.nLayers; ++layer) {
        if (cancel.cancelled()) throw CancelledPass{};
        const at::Tensor pattern = runner.pattern(*side.run, side.cuts, layer);
        const at::Tensor found = scores.of(pattern).cpu().contiguous();
        result.patternScores.insert(result.patternScores.end(), found.data_ptr<float>(),
                                    found.data_ptr<float>() + found.numel());
        if (!uncut) {
            pictures.push_back(pooled(pattern, size));
            continue;
        }
        const at::Tensor change = pattern - runner.pattern(*uncut->run, uncut->cuts, layer);
        pictures.push_back(pooledSigned(change, size));
        largest = std::max(largest, pictures.back().abs().max().item<float>());
    }
    for (const at::Tensor& picture : pictures)
        for (std::int64_t head = 0; head < picture.size(0); ++head)
            result.tiles.push_back(quantise(picture.select(0, head), uncut ? -largest : 0.0F, largest));
    return result;
}

} // namespace cutaway::engine
