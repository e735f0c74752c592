// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace cutaway::bench {

/// Two ways of doing one thing, in ms.
struct Pair {
    double a = 0.0;
    double b = 0.0;
    double ratio() const { return a / b; }
};

inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Wall time of one call in ms.
template <typename Work> double timed(Work&& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Medians of `rounds` rounds of A, B, A, B, …, after one of each that does not count: what else the machine
/// does then falls on both alike.
template <typename A, typename B> Pair alternate(int rounds, A&& a, B&& b) {
    std::vector<double> as, bs;
    for (int round = -1; round < rounds; ++round) {
        const double timeA = timed(a), timeB = timed(b);
        if (round < 0) continue;
        as.push_back(timeA);
        bs.push_back(timeB);
    }
    return {median(as), median(bs)};
}

} // namespace cutaway::bench
