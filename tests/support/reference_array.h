// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace cutaway::tests {

/// A small dense row-major array of doubles, as slow and plain as can be.
struct Array {
    std::vector<int> shape;
    std::vector<double> values;

    Array() = default;
    explicit Array(std::vector<int> dims, double fill = 0.0) : shape(std::move(dims)) {
        std::size_t count = 1;
        for (const int n : shape)
            count *= static_cast<std::size_t>(n);
        values.assign(count, fill);
    }

    std::size_t place(int i) const { return static_cast<std::size_t>(i); }
    std::size_t place(int i, int j) const { return static_cast<std::size_t>(i * shape[1] + j); }
    std::size_t place(int i, int j, int k) const {
        return static_cast<std::size_t>((i * shape[1] + j) * shape[2] + k);
    }
    template <typename... I> double& at(I... i) { return values[place(i...)]; }
    template <typename... I> double at(I... i) const { return values[place(i...)]; }
    bool empty() const { return values.empty(); }
};

} // namespace cutaway::tests
