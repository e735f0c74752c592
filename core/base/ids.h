// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>

namespace cutaway {

/// An index that only compares with its own kind, so a head is never passed where a layer is meant.
template <class Tag> struct StrongIndex {
    int value = 0;
    constexpr StrongIndex() = default;
    constexpr explicit StrongIndex(int v) : value(v) {}
    friend constexpr auto operator<=>(StrongIndex, StrongIndex) = default;
};

using LayerIndex = StrongIndex<struct LayerTag>;       ///< 0-based block number
using HeadIndex = StrongIndex<struct HeadTag>;         ///< 0-based query head (key/value head on k, v)
using NeuronIndex = StrongIndex<struct NeuronTag>;     ///< 0-based column of mlp.hook_post
using TokenPosition = StrongIndex<struct PositionTag>; ///< 0-based place in the sequence; BOS is 0

/// A vocabulary entry. Plain, since it is data from tokenizers and files rather than a place in the model.
using TokenId = std::int32_t;

} // namespace cutaway
