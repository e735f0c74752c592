// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace cutaway::analysis {

/// What a list of effects comes to. Values that are no numbers are left out.
struct Summary {
    int n = 0;
    double mean = 0.0;
    double median = 0.0;
    int fell = 0, rose = 0; ///< below and above zero
    /// 95 % interval of the mean; none for fewer than two values.
    std::optional<std::pair<double, double>> interval;
};

/// The interval is the percentile bootstrap: the 2.5th and 97.5th percentile of the means of 2,000 samples of
/// the same size, drawn with replacement by a fixed seed, so that the same values give the same interval.
/// Of more than 500 values it is mean ± 1.96 standard errors, from which the bootstrap's then cannot be told.
/// **Source:** Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
Summary summarise(const std::vector<double>& values);

/// The value below which a share (0…1) of the sorted values lies, linear between two of them (type 7 of
/// Hyndman & Fan 1996, numpy's default). `sorted` must not be empty.
double quantile(const std::vector<double>& sorted, double share);

} // namespace cutaway::analysis
