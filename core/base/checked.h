// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <optional>

namespace cutaway {

/// a · b, or nothing where the product does not fit.
template <std::integral T> constexpr std::optional<T> checkedMul(T a, T b) {
    T out{};
    if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
    return out;
}

/// a + b, or nothing where the sum does not fit.
template <std::integral T> constexpr std::optional<T> checkedAdd(T a, T b) {
    T out{};
    if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
    return out;
}

} // namespace cutaway
