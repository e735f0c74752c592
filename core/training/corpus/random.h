// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cutaway::training {

/// Random numbers that are the same on every machine and library: the standard's engines are portable, its
/// distributions are not. **Source:** Steele et al. 2014, SplitMix64.
class Random {
public:
    explicit Random(std::uint64_t seed) : m_state(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (m_state += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, n). Precondition: n > 0. The bias of the modulus is below n / 2^64.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
    /// Uniform in [low, high], both included.
    int between(int low, int high) {
        return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1)));
    }
    /// True with this probability.
    bool chance(double p) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < p; }

    template <class T> const T& pick(const std::vector<T>& list) { return list[below(list.size())]; }
    template <class T, std::size_t N> const T& pick(const std::array<T, N>& list) { return list[below(N)]; }

    template <class T> void shuffle(std::vector<T>& list) {
        for (std::size_t i = list.size(); i > 1; --i)
            std::swap(list[i - 1], list[below(i)]);
    }
    /// `count` different entries of a list, in random order. Precondition: count <= list.size().
    template <class T> std::vector<T> sample(const std::vector<T>& list, std::size_t count) {
        std::vector<T> copy = list;
        for (std::size_t i = 0; i < count; ++i)
            std::swap(copy[i], copy[i + below(copy.size() - i)]);
        copy.resize(count);
        return copy;
    }

private:
    std::uint64_t m_state;
};

} // namespace cutaway::training
