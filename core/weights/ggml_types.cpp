// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/ggml_types.h"

#include "core/weights/dtype.h"

#include <array>
#include <cstring>
#include <utility>

namespace cutaway::weights {

namespace {

struct Row {
    std::uint32_t number;
    GgmlLayout layout;
};

constexpr std::array<Row, 16> layouts{{{0, {"F32", 1, 4}},
                                       {1, {"F16", 1, 2}},
                                       {2, {"Q4_0", 32, 18}},
                                       {3, {"Q4_1", 32, 20}},
                                       {6, {"Q5_0", 32, 22}},
                                       {7, {"Q5_1", 32, 24}},
                                       {8, {"Q8_0", 32, 34}},
                                       {10, {"Q2_K", 256, 84}},
                                       {11, {"Q3_K", 256, 110}},
                                       {12, {"Q4_K", 256, 144}},
                                       {13, {"Q5_K", 256, 176}},
                                       {14, {"Q6_K", 256, 210}},
                                       {20, {"IQ4_NL", 32, 18}},
                                       {23, {"IQ4_XS", 256, 136}},
                                       {28, {"F64", 1, 8}},
                                       {30, {"BF16", 1, 2}}}};

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 15> unread{{{9, "Q8_1"},
                                                                             {15, "Q8_K"},
                                                                             {16, "IQ2_XXS"},
                                                                             {17, "IQ2_XS"},
                                                                             {18, "IQ3_XXS"},
                                                                             {19, "IQ1_S"},
                                                                             {21, "IQ3_S"},
                                                                             {22, "IQ2_S"},
                                                                             {24, "I8"},
                                                                             {25, "I16"},
                                                                             {26, "I32"},
                                                                             {27, "I64"},
                                                                             {29, "IQ1_M"},
                                                                             {34, "TQ1_0"},
                                                                             {35, "TQ2_0"}}};

using Bytes = const unsigned char*;

float half(Bytes at) {
    return toFloat(Dtype::F16, reinterpret_cast<const std::byte*>(at));
}

/// The sixteen steps of the non-linear 4-bit types.
constexpr std::array<float, 16> nonLinear{-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};

void q4_0(Bytes b, float* y) {
    const float d = half(b);
    for (int j = 0; j < 16; ++j) {
        y[j] = static_cast<float>((b[2 + j] & 15) - 8) * d;
        y[j + 16] = static_cast<float>((b[2 + j] >> 4) - 8) * d;
    }
}

void q4_1(Bytes b, float* y) {
    const float d = half(b), m = half(b + 2);
    for (int j = 0; j < 16; ++j) {
        y[j] = static_cast<float>(b[4 + j] & 15) * d + m;
        y[j + 16] = static_cast<float>(b[4 + j] >> 4) * d + m;
    }
}

/// The fifth bits of 32 elements.
std::uint32_t highBits(Bytes at) {
    return at[0] | static_cast<std::uint32_t>(at[1]) << 8U | static_cast<std::uint32_t>(at[2]) << 16U |
           static_cast<std::uint32_t>(at[3]) << 24U;
}

void q5_0(Bytes b, float* y) {
    const float d = half(b);
    const std::uint32_t high = highBits(b + 2);
    for (unsigned j = 0; j < 16; ++j) {
        const int low = static_cast<int>((b[6 + j] & 15U) | (high >> j & 1U) << 4U);
        const int top = static_cast<int>((b[6 + j] >> 4U) | (high >> (j + 16) & 1U) << 4U);
        y[j] = static_cast<float>(low - 16) * d;
        y[j + 16] = static_cast<float>(top - 16) * d;
    }
}

void q5_1(Bytes b, float* y) {
    const float d = half(b), m = half(b + 2);
    const std::uint32_t high = highBits(b + 4);
    for (unsigned j = 0; j < 16; ++j) {
        y[j] = static_cast<float>((b[8 + j] & 15U) | (high >> j & 1U) << 4U) * d + m;
        y[j + 16] = static_cast<float>((b[8 + j] >> 4U) | (high >> (j + 16) & 1U) << 4U) * d + m;
    }
}

void q8_0(Bytes b, float* y) {
    const float d = half(b);
    for (int j = 0; j < 32; ++j)
        y[j] = static_cast<float>(static_cast<signed char>(b[2 + j])) * d;
}

void q2_K(Bytes b, float* y) {
    const Bytes scales = b;
    const float d = half(b + 80), m = half(b + 82);
    for (int i = 0; i < 16; ++i) { // sixteen groups of sixteen
        const Bytes q = b + 16 + (i / 8) * 32 + (i % 2) * 16;
        const int shift = i % 8 / 2 * 2;
        const float scale = d * static_cast<float>(scales[i] & 15);
        const float least = m * static_cast<float>(scales[i] >> 4);
        for (int l = 0; l < 16; ++l)
            *y++ = scale * static_cast<float>(q[l] >> shift & 3) - least;
    }
}

/// Sixteen 6-bit scales: four low bits in the first eight bytes, two high bits in the last four.
int q3Scale(Bytes packed, int i) {
    const int low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
    const int high = packed[8 + i % 4] >> (2 * (i / 4)) & 3;
    return (low | high << 4) - 32;
}

void q3_K(Bytes b, float* y) {
    const Bytes high = b;
    const float d = half(b + 108);
    for (int i = 0; i < 16; ++i) {
        const Bytes q = b + 32 + (i / 8) * 32 + (i % 2) * 16;
        const int shift = i % 8 / 2 * 2, bit = i / 2;
        const float scale = d * static_cast<float>(q3Scale(b + 96, i));
        for (int l = 0; l < 16; ++l) {
            const int missing = (high[(i % 2) * 16 + l] >> bit & 1) != 0 ? 0 : 4;
            *y++ = scale * static_cast<float>((q[l] >> shift & 3) - missing);
        }
    }
}

/// Scale and minimum of one of eight groups of 32, six bits each.
std::pair<float, float> scaleAndLeast(Bytes packed, int j) {
    if (j < 4) return {static_cast<float>(packed[j] & 63), static_cast<float>(packed[j + 4] & 63)};
    return {static_cast<float>((packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4),
            static_cast<float>((packed[j + 4] >> 4) | (packed[j] >> 6) << 4)};
}

void q4_K(Bytes b, float* y) {
    const float d = half(b), m = half(b + 2);
    for (int j = 0; j < 8; ++j) {
        const auto [scale, least] = scaleAndLeast(b + 4, j);
        const float step = d * scale, floor = m * least;
        const Bytes q = b + 16 + j / 2 * 32;
        const int shift = j % 2 * 4;
        for (int l = 0; l < 32; ++l)
            *y++ = step * static_cast<float>(q[l] >> shift & 15) - floor;
    }
}

void q5_K(Bytes b, float* y) {
    const float d = half(b), m = half(b + 2);
    for (int j = 0; j < 8; ++j) {
        const auto [scale, least] = scaleAndLeast(b + 4, j);
        const float step = d * scale, floor = m * least;
        const Bytes q = b + 48 + j / 2 * 32, high = b + 16;
        const int shift = j % 2 * 4;
        for (int l = 0; l < 32; ++l)
            *y++ = step * static_cast<float>((q[l] >> shift & 15) | (high[l] >> j & 1) << 4) - floor;
    }
}

void q6_K(Bytes b, float* y) {
    const float d = half(b + 208);
    for (int j = 0; j < 8; ++j) { // eight groups of 32, in halves of 128
        const int in = j % 4;
        const Bytes low = b + j / 4 * 64 + in % 2 * 32, high = b + 128 + j / 4 * 32;
        const Bytes scales = b + 192 + j / 4 * 8 + in * 2;
        const int lowShift = in / 2 * 4, highShift = in * 2;
        for (int l = 0; l < 32; ++l) {
            const int q = ((low[l] >> lowShift & 15) | (high[l] >> highShift & 3) << 4) - 32;
            *y++ = d * static_cast<float>(static_cast<signed char>(scales[l / 16])) * static_cast<float>(q);
        }
    }
}

void iq4_NL(Bytes b, float* y) {
    const float d = half(b);
    for (int j = 0; j < 16; ++j) {
        y[j] = d * nonLinear[b[2 + j] & 15U];
        y[j + 16] = d * nonLinear[static_cast<std::size_t>(b[2 + j] >> 4)];
    }
}

void iq4_XS(Bytes b, float* y) {
    const float d = half(b);
    const int high = b[2] | b[3] << 8;
    for (int j = 0; j < 8; ++j) {
        const int scale = (b[4 + j / 2] >> (4 * (j % 2)) & 15) | (high >> (2 * j) & 3) << 4;
        const float step = d * static_cast<float>(scale - 32);
        const Bytes q = b + 8 + j * 16;
        for (int l = 0; l < 16; ++l) {
            y[l] = step * nonLinear[q[l] & 15U];
            y[l + 16] = step * nonLinear[static_cast<std::size_t>(q[l] >> 4)];
        }
        y += 32;
    }
}

using Block = void (*)(Bytes block, float* out);

Block blockReader(GgmlType type) {
    switch (type) {
    case GgmlType::Q4_0:
        return q4_0;
    case GgmlType::Q4_1:
        return q4_1;
    case GgmlType::Q5_0:
        return q5_0;
    case GgmlType::Q5_1:
        return q5_1;
    case GgmlType::Q8_0:
        return q8_0;
    case GgmlType::Q2_K:
        return q2_K;
    case GgmlType::Q3_K:
        return q3_K;
    case GgmlType::Q4_K:
        return q4_K;
    case GgmlType::Q5_K:
        return q5_K;
    case GgmlType::Q6_K:
        return q6_K;
    case GgmlType::IQ4_NL:
        return iq4_NL;
    case GgmlType::IQ4_XS:
        return iq4_XS;
    default:
        return nullptr;
    }
}

} // namespace

std::optional<GgmlType> ggmlType(std::uint32_t number) {
    for (const Row& row : layouts)
        if (row.number == number) return static_cast<GgmlType>(number);
    return std::nullopt;
}

GgmlLayout ggmlLayout(GgmlType type) {
    for (const Row& row : layouts)
        if (row.number == static_cast<std::uint32_t>(type)) return row.layout;
    return {};
}

std::string_view ggmlName(std::uint32_t number) {
    for (const Row& row : layouts)
        if (row.number == number) return row.layout.name;
    for (const auto& [other, name] : unread)
        if (other == number) return name;
    return "unknown";
}

void dequantize(GgmlType type, const std::byte* blocks, float* out, std::int64_t elements) {
    const GgmlLayout layout = ggmlLayout(type);
    const auto count = static_cast<std::size_t>(elements) / layout.elements;
    if (const Block read = blockReader(type)) {
        const auto* at = reinterpret_cast<Bytes>(blocks);
        for (std::size_t i = 0; i < count; ++i)
            read(at + i * layout.bytes, out + i * layout.elements);
        return;
    }
    const Dtype plain = type == GgmlType::F16    ? Dtype::F16
                        : type == GgmlType::BF16 ? Dtype::BF16
                        : type == GgmlType::F64  ? Dtype::F64
                                                 : Dtype::F32;
    for (std::size_t i = 0; i < count; ++i)
        out[i] = toFloat(plain, blocks + i * layout.bytes);
}

} // namespace cutaway::weights
