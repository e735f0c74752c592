// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cutaway::weights {

/// Element layouts of a GGUF file that are read. Numbers are ggml's own. Quantised ones lie in blocks of a
/// fixed number of elements with scales of their own.
enum class GgmlType : std::uint32_t {
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    IQ4_NL = 20,
    IQ4_XS = 23,
    F64 = 28,
    BF16 = 30
};

/// How a type lies in a file.
struct GgmlLayout {
    std::string_view name;
    std::size_t elements = 1; ///< of a block
    std::size_t bytes = 4;    ///< of a block
};

std::optional<GgmlType> ggmlType(std::uint32_t number); ///< nothing for one that is not read
GgmlLayout ggmlLayout(GgmlType type);
/// Name of a number that ggml knows, read or not; `type N` for others.
std::string_view ggmlName(std::uint32_t number);

/// Blocks → floats, each value as ggml's own dequantisation gives it, bit for bit. `elements` is a multiple
/// of the block; `blocks` need not be aligned. **Source:** ggml, the block layouts and dequantize_row_*
/// (facts).
void dequantize(GgmlType type, const std::byte* blocks, float* out, std::int64_t elements);

} // namespace cutaway::weights
