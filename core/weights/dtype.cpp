// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/dtype.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace cutaway::weights {

namespace {

struct Row {
    Dtype dtype;
    std::string_view name;
    std::size_t bytes;
};

constexpr std::array table{
    Row{Dtype::F64, "F64", 8},   Row{Dtype::F32, "F32", 4},        Row{Dtype::F16, "F16", 2},
    Row{Dtype::BF16, "BF16", 2}, Row{Dtype::F8E4M3, "F8_E4M3", 1}, Row{Dtype::F8E5M2, "F8_E5M2", 1},
    Row{Dtype::I64, "I64", 8},   Row{Dtype::I32, "I32", 4},        Row{Dtype::I16, "I16", 2},
    Row{Dtype::I8, "I8", 1},     Row{Dtype::U64, "U64", 8},        Row{Dtype::U32, "U32", 4},
    Row{Dtype::U16, "U16", 2},   Row{Dtype::U8, "U8", 1},          Row{Dtype::Bool, "BOOL", 1}};

template <class T> T load(const std::byte* data) {
    T value;
    std::memcpy(&value, data, sizeof value);
    return value;
}

/// A format of sign, exponent and mantissa. `infinities`: its top exponent holds infinities and NaNs.
float smallFloat(unsigned bits, unsigned exponentBits, unsigned mantissaBits, bool infinities) {
    const int bias = (1 << (exponentBits - 1)) - 1;
    const unsigned mantissaMask = (1U << mantissaBits) - 1U;
    const unsigned top = (1U << exponentBits) - 1U;
    const unsigned mantissa = bits & mantissaMask;
    const unsigned exponent = (bits >> mantissaBits) & top;
    const bool negative = ((bits >> (mantissaBits + exponentBits)) & 1U) != 0;
    const int shift = -bias - static_cast<int>(mantissaBits);
    float value = 0.0F;
    if (exponent == top && infinities)
        value =
            mantissa == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    else if (exponent == top && mantissa == mantissaMask)
        value = std::numeric_limits<float>::quiet_NaN();
    else if (exponent == 0)
        value = std::ldexp(static_cast<float>(mantissa), 1 + shift);
    else
        value =
            std::ldexp(static_cast<float>(mantissa + mantissaMask + 1U), static_cast<int>(exponent) + shift);
    return negative ? -value : value;
}

} // namespace

std::optional<Dtype> dtypeFromName(std::string_view name) {
    for (const Row& row : table)
        if (row.name == name) return row.dtype;
    return std::nullopt;
}

std::string_view dtypeName(Dtype dtype) {
    return table[static_cast<std::size_t>(dtype)].name;
}
std::size_t dtypeBytes(Dtype dtype) {
    return table[static_cast<std::size_t>(dtype)].bytes;
}

float toFloat(Dtype dtype, const std::byte* data) {
    switch (dtype) {
    case Dtype::F64:
        return static_cast<float>(load<double>(data));
    case Dtype::F32:
        return load<float>(data);
    case Dtype::F16:
        return smallFloat(load<std::uint16_t>(data), 5, 10, true);
    case Dtype::BF16:
        return std::bit_cast<float>(static_cast<std::uint32_t>(load<std::uint16_t>(data)) << 16U);
    case Dtype::F8E4M3:
        return smallFloat(load<std::uint8_t>(data), 4, 3, false);
    case Dtype::F8E5M2:
        return smallFloat(load<std::uint8_t>(data), 5, 2, true);
    case Dtype::I64:
        return static_cast<float>(load<std::int64_t>(data));
    case Dtype::I32:
        return static_cast<float>(load<std::int32_t>(data));
    case Dtype::I16:
        return static_cast<float>(load<std::int16_t>(data));
    case Dtype::I8:
        return static_cast<float>(load<std::int8_t>(data));
    case Dtype::U64:
        return static_cast<float>(load<std::uint64_t>(data));
    case Dtype::U32:
        return static_cast<float>(load<std::uint32_t>(data));
    case Dtype::U16:
        return static_cast<float>(load<std::uint16_t>(data));
    case Dtype::U8:
    case Dtype::Bool:
        return static_cast<float>(load<std::uint8_t>(data));
    }
    return 0.0F;
}

std::uint16_t toBFloat16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16U) | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

} // namespace cutaway::weights
