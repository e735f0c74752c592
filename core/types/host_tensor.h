// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cutaway {

/// A dense row-major array in host memory: what crosses the engine's border. F32 unless `ids` is used.
struct HostTensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;     ///< F32 payload, product(shape) long, or empty
    std::vector<std::int64_t> ids; ///< I64 payload (token ids, expert indices), or empty

    std::int64_t elements() const;
    bool isIntegral() const { return values.empty() && !ids.empty(); }
    friend bool operator==(const HostTensor&, const HostTensor&) = default;
};

/// An 8-bit picture of an array: linear from `low` (0) to `high` (255), row-major.
struct Tile {
    int rows = 0;
    int cols = 0;
    float low = 0.0F;
    float high = 1.0F;
    std::vector<std::uint8_t> pixels; ///< rows × cols
    friend bool operator==(const Tile&, const Tile&) = default;
};

} // namespace cutaway
