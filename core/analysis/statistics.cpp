// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>

namespace cutaway::analysis {

namespace {

constexpr int samples = 2000;
constexpr std::size_t manyValues = 500;
constexpr std::uint64_t seed = 20240601;

double meanOf(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace

double quantile(const std::vector<double>& sorted, double share) {
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(at));
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

Summary summarise(const std::vector<double>& values) {
    std::vector<double> sorted;
    for (const double value : values)
        if (std::isfinite(value)) sorted.push_back(value);
    Summary summary;
    summary.n = static_cast<int>(sorted.size());
    if (sorted.empty()) return summary;
    std::sort(sorted.begin(), sorted.end());
    summary.mean = meanOf(sorted);
    summary.median = quantile(sorted, 0.5);
    for (const double value : sorted) {
        if (value < 0.0) ++summary.fell;
        if (value > 0.0) ++summary.rose;
    }
    if (sorted.size() < 2) return summary;
    if (sorted.size() > manyValues) {
        double squares = 0.0;
        for (const double value : sorted)
            squares += (value - summary.mean) * (value - summary.mean);
        const auto n = static_cast<double>(sorted.size());
        const double half = 1.96 * std::sqrt(squares / (n - 1.0) / n);
        summary.interval = {summary.mean - half, summary.mean + half};
        return summary;
    }
    // An index by remainder is as good as uniform for sets this small, and the same with every library.
    std::mt19937_64 random(seed);
    std::vector<double> means;
    means.reserve(samples);
    for (int i = 0; i < samples; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < sorted.size(); ++j)
            sum += sorted[random() % sorted.size()];
        means.push_back(sum / static_cast<double>(sorted.size()));
    }
    std::sort(means.begin(), means.end());
    summary.interval = {quantile(means, 0.025), quantile(means, 0.975)};
    return summary;
}

} // namespace cutaway::analysis
