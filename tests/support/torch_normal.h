// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace cutaway::tests {

/// What `torch.randn(count, generator=torch.Generator().manual_seed(seed))` gives on a CPU, written a second
/// time. **Source:** ATen/native/cpu/DistributionTemplates.h: from 16 elements on, blocks of 16 uniforms are
/// turned into normals in place (the last 16 are drawn again where the count is no multiple of 16); below
/// that, one pair of doubles at a time.
inline std::vector<double> torchNormal(std::uint64_t seed, std::size_t count) {
    std::mt19937 engine(static_cast<std::uint32_t>(seed));
    constexpr double twoPi = 2 * 3.14159265358979323846;
    std::vector<double> out(count);
    if (count < 16) {
        const auto uniform = [&] {
            const std::uint64_t high = engine(), low = engine();
            return double(((high << 32U) | low) & ((std::uint64_t{1} << 53U) - 1)) * std::pow(2.0, -53);
        };
        for (std::size_t i = 0; i < count; i += 2) {
            const double u1 = uniform(), u2 = uniform();
            const double radius = std::sqrt(-2 * std::log1p(-u2));
            out[i] = radius * std::cos(twoPi * u1);
            if (i + 1 < count) out[i + 1] = radius * std::sin(twoPi * u1);
        }
        return out;
    }
    const auto uniform = [&] { return double(engine() & ((1U << 24U) - 1)) * std::pow(2.0, -24); };
    const auto turn = [&](std::size_t start) {
        for (std::size_t j = start; j < start + 8; ++j) {
            const double radius = std::sqrt(-2 * std::log(1 - out[j]));
            const double theta = twoPi * out[j + 8];
            out[j] = radius * std::cos(theta);
            out[j + 8] = radius * std::sin(theta);
        }
    };
    for (double& value : out)
        value = uniform();
    for (std::size_t start = 0; start + 16 <= count; start += 16)
        turn(start);
    if (count % 16 != 0) {
        for (std::size_t i = count - 16; i < count; ++i)
            out[i] = uniform();
        turn(count - 16);
    }
    return out;
}

} // namespace cutaway::tests
