// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cutaway::weights {

/// Element types a safetensors file can hold.
enum class Dtype { F64, F32, F16, BF16, F8E4M3, F8E5M2, I64, I32, I16, I8, U64, U32, U16, U8, Bool };

std::optional<Dtype> dtypeFromName(std::string_view name); ///< `F32`, `BF16`, `F8_E4M3`, `BOOL`
std::string_view dtypeName(Dtype dtype);
std::size_t dtypeBytes(Dtype dtype);

/// One element, exact (F64 rounds to nearest). `data` need not be aligned.
/// Source: IEEE 754 binary16; bfloat16 as the upper half of binary32; OCP 8-bit floating point E4M3 and E5M2.
float toFloat(Dtype dtype, const std::byte* data);

/// Rounds to nearest, ties to even; NaN stays NaN.
std::uint16_t toBFloat16(float value);

} // namespace cutaway::weights
