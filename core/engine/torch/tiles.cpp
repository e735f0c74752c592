// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/tiles.h"

#include "core/engine/torch/inside.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace cutaway::engine {

namespace {

/// [R, C] → at most [s, s]: the largest entry under each cell, so that a one-cell diagonal survives.
at::Tensor pooled(const at::Tensor& x, std::int64_t size) {
    const std::int64_t rows = x.size(0), cols = x.size(1), length = std::max(rows, cols);
    if (length <= size || x.numel() == 0) return x;
    // Uneven cells where they are few entries wide; else equal ones, whose maxima are much faster.
    if (length < 8 * size)
        return std::get<0>(
                   at::adaptive_max_pool2d(x.unsqueeze(0), {std::min(rows, size), std::min(cols, size)}))
            .select(0, 0);
    const std::int64_t cell = (length + size - 1) / size;
    const std::int64_t down = (rows + cell - 1) / cell, across = (cols + cell - 1) / cell; // cells
    const std::int64_t below = down * cell - rows, right = across * cell - cols;
    const at::Tensor whole =
        below == 0 && right == 0
            ? x
            : at::constant_pad_nd(x, {0, right, 0, below}, -std::numeric_limits<double>::infinity());
    return whole.unflatten(0, {down, cell}).amax(1).unflatten(1, {across, cell}).amax(2);
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
    explicit PatternScores(const TokenIds& tokens, at::Device device)
        : m_length(static_cast<std::int64_t>(tokens.size())) {
        std::map<TokenId, std::vector<std::int64_t>> seen; // earlier places of each token
        std::vector<std::int64_t> duplicate, induction;    // query · T + key
        for (std::int64_t query = 0; query < m_length; ++query) {
            std::vector<std::int64_t>& earlier = seen[tokens[static_cast<std::size_t>(query)]];
            for (const std::int64_t place : earlier) {
                duplicate.push_back(query * m_length + place);
                if (place + 1 < query) induction.push_back(query * m_length + place + 1);
            }
            if (!earlier.empty()) ++m_duplicates;
            if (!earlier.empty() && earlier.front() + 1 < query) ++m_inductions;
            earlier.push_back(query);
        }
        m_duplicate = at::tensor(duplicate, at::kLong).to(device);
        m_induction = at::tensor(induction, at::kLong).to(device);
    }
    /// pattern [T, T] → previous, first, self, duplicate, induction: [5]
    at::Tensor of(const at::Tensor& pattern) const {
        const auto later = static_cast<double>(std::max<std::int64_t>(1, m_length - 1)); // queries 1 … T − 1
        const at::Tensor flat = pattern.reshape({-1});
        const std::int64_t rest = m_length - 1;
        return at::stack({pattern.diagonal(-1).sum() / later,
                          pattern.select(1, 0).narrow(0, 1, rest).sum() / later,
                          pattern.diagonal().narrow(0, 1, rest).sum() / later,
                          flat.index_select(0, m_duplicate).sum() / std::max(1.0, m_duplicates),
                          flat.index_select(0, m_induction).sum() / std::max(1.0, m_inductions)});
    }

    /// What stands at the first key of `shown` [T, T], mean over the later queries.
    float first(const at::Tensor& shown) const {
        const std::int64_t rest = m_length - 1;
        const auto later = static_cast<float>(std::max<std::int64_t>(1, rest));
        return shown.select(1, 0).narrow(0, 1, rest).sum(at::kFloat).item<float>() / later;
    }

private:
    std::int64_t m_length;
    double m_duplicates = 0.0, m_inductions = 0.0; ///< queries that could look that way
    at::Tensor m_duplicate, m_induction;
};

/// Without the first key; a causal model's first query sees nothing else, so it goes too.
at::Tensor withoutFirst(const at::Tensor& x, bool causal) {
    const at::Tensor rows = causal ? x.narrow(0, 1, x.size(0) - 1) : x;
    return rows.narrow(1, 1, x.size(1) - 1);
}

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

/// The patterns of one layer, a head at a time: one head's array stays in the processor's cache, a layer's
/// does not. `whole`: all heads in one product, as a cut on them has to. Two sides that are compared are made
/// alike, for a GPU rounds one head otherwise than several.
class LayerPatterns {
public:
    LayerPatterns(Runner& runner, const TileSide& side, int layer, bool whole)
        : m_runner(runner), m_side(side), m_layer(layer) {
        if (whole) m_all = runner.pattern(*side.run, side.cuts, layer);
    }
    at::Tensor head(int head) const {
        return m_all.defined() ? m_all.select(0, head)
                               : m_runner.pattern(*m_side.run, m_side.cuts, m_layer, head).select(0, 0);
    }
    /// The same as a picture shows it: `weighted` by how much each key's value writes.
    at::Tensor shown(const at::Tensor& pattern, int head, bool weighted) const {
        return weighted ? pattern * valueNorms(m_runner.model(), *m_side.run, m_layer, head) : pattern;
    }

private:
    Runner& m_runner;
    const TileSide& m_side;
    int m_layer;
    at::Tensor m_all;
};

} // namespace

Tiles makeTiles(Runner& runner, const TileSide& side, const TileSide* uncut, int size, bool weighted,
                bool folded, const CancelToken& cancel) {
    const ModelTraits& traits = runner.model().traits();
    const PatternScores scores(side.run->tokens, side.run->last.device());
    Tiles result;
    result.layers = traits.nLayers;
    result.heads = traits.nHeads;
    std::vector<at::Tensor> pictures;         // [s, s], layer by layer
    const bool toLargest = uncut || weighted; // else patterns, which end at 1
    float largest = toLargest ? 1e-6F : 1.0F;
    for (int layer = 0; layer < traits.nLayers; ++layer) {
        const bool whole = side.cuts && side.cuts->touchesPatterns(layer);
        const LayerPatterns patterns(runner, side, layer, whole);
        const std::optional<LayerPatterns> before =
            uncut ? std::optional<LayerPatterns>(std::in_place, runner, *uncut, layer, whole) : std::nullopt;
        for (int head = 0; head < traits.nHeads; ++head) {
            if (cancel.cancelled()) throw CancelledPass{};
            const at::Tensor pattern = patterns.head(head);
            const at::Tensor found = scores.of(pattern.to(at::kFloat)).cpu();
            result.patternScores.insert(result.patternScores.end(), found.data_ptr<float>(),
                                        found.data_ptr<float>() + 5);
            at::Tensor shown = patterns.shown(pattern, head, weighted);
            if (before) shown = shown - before->shown(before->head(head), head, weighted);
            result.first.push_back(scores.first(shown));
            if (folded) shown = withoutFirst(shown, traits.causal);
            pictures.push_back(before ? pooledSigned(shown, size) : pooled(shown, size));
            if (toLargest && shown.numel() > 0)
                largest = std::max(largest, pictures.back().abs().max().item<float>());
        }
    }
    for (const at::Tensor& picture : pictures)
        result.tiles.push_back(quantise(picture, uncut ? -largest : 0.0F, largest));
    return result;
}

} // namespace cutaway::engine
