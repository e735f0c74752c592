// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present_attention.h"

#include "app/gui/present.h"
#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cutaway::app {

using session::HeadSort;
using widgets::HeadId;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("Present", text);
}

constexpr std::size_t kinds = 5; ///< scores a head

/// Where a sort stands among a head's scores; none for those that are no pattern.
std::optional<std::size_t> scoreOf(HeadSort sort) {
    switch (sort) {
    case HeadSort::Previous:
        return 0;
    case HeadSort::First:
        return 1;
    case HeadSort::Duplicate:
        return 3;
    case HeadSort::Induction:
        return 4;
    case HeadSort::Layer:
    case HeadSort::Effect:
        break;
    }
    return std::nullopt;
}

} // namespace

std::vector<HeadId> headOrder(HeadSort sort, int heads, const std::vector<float>& scores,
                              const HeadEffects& effects) {
    std::vector<double> keys;
    if (const auto score = scoreOf(sort))
        for (std::size_t i = *score; i < scores.size(); i += kinds)
            keys.push_back(static_cast<double>(scores[i]));
    else if (sort == HeadSort::Effect)
        for (const double effect : effects.values)
            keys.push_back(std::abs(effect));
    if (keys.empty() || heads <= 0) return {};
    std::vector<int> order(keys.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        const double x = keys[static_cast<std::size_t>(a)], y = keys[static_cast<std::size_t>(b)];
        return std::isnan(y) ? !std::isnan(x) : x > y; // what is not known comes last
    });
    std::vector<HeadId> found;
    for (const int i : order)
        found.push_back({LayerIndex(i / heads), HeadIndex(i % heads)});
    return found;
}

std::vector<QString> headFigures(HeadSort sort, const std::vector<float>& scores,
                                 const HeadEffects& effects) {
    std::vector<QString> figures;
    if (sort == HeadSort::Effect) {
        double largest = 0.0;
        for (const double effect : effects.values)
            if (std::isfinite(effect)) largest = std::max(largest, std::abs(effect));
        for (const double effect : effects.values)
            figures.push_back(widgets::formatSigned(effect, widgets::decimalsFor(largest)));
        return figures;
    }
    const auto score = scoreOf(sort);
    for (std::size_t i = 0; i + kinds <= scores.size(); i += kinds)
        figures.push_back(score ? widgets::formatProb(static_cast<double>(scores[i + *score]))
                                : patternName(scores.data() + i));
    return figures;
}

bool foldsByItself(const Picture& picture, const engine::Tiles& tiles) {
    if (picture.pieces().size() < 2 || !picture.pieces().front().special) return false;
    const std::size_t heads = tiles.patternScores.size() / kinds;
    if (heads == 0) return false;
    float sum = 0.0F;
    for (std::size_t i = 0; i < heads; ++i)
        sum += tiles.patternScores[i * kinds + 1];
    return sum >= restingShare * static_cast<float>(heads);
}

std::vector<float> marginBars(const engine::Tiles& tiles) {
    std::vector<float> bars;
    for (std::size_t i = 0; i < tiles.first.size() && i < tiles.tiles.size(); ++i)
        bars.push_back(std::clamp(tiles.first[i] / std::max(tiles.tiles[i].high, 1e-6F), -1.0F, 1.0F));
    return bars;
}

QString sortName(HeadSort sort) {
    switch (sort) {
    case HeadSort::Layer:
        return tr("layer");
    case HeadSort::Previous:
        return tr("previous token");
    case HeadSort::First:
        return tr("first token");
    case HeadSort::Duplicate:
        return tr("duplicate");
    case HeadSort::Induction:
        return tr("induction");
    case HeadSort::Effect:
        return tr("effect");
    }
    return {};
}

QString attentionUnit(bool weighted) {
    return weighted ? QStringLiteral("‖A·v·W_O‖") : tr("attention");
}

} // namespace cutaway::app
