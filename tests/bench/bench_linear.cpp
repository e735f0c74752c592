// SPDX-License-Identifier: GPL-3.0-or-later
// The two routes of a Linear side by side, on the products of GPT-2 small.
//
// usage: bench_linear [ROUNDS]

#include "core/engine/torch/linear.h"
#include "tests/bench/alternate.h"

#include <ATen/ATen.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    using cutaway::engine::Linear;
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
    at::manual_seed(1);
    std::printf("%5s %6s %6s %9s %9s %6s %9s\n", "rows", "in", "out", "plain ms", "packed ms", "ratio",
                "largest |difference|");
    for (const std::int64_t rows : {1, 64, 256, 1024}) {
        for (const auto& [in, out] : {std::pair<std::int64_t, std::int64_t>{768, 2304},
                                      {768, 768},
                                      {768, 3072},
                                      {3072, 768},
                                      {768, 50257}}) {
            const at::Tensor x = at::randn({rows, in});
            const Linear plain(at::randn({out, in}) * 0.02, at::randn({out}));
            Linear packed = plain;
            if (!packed.packable()) {
                std::printf("this build of libtorch has no packed route\n");
                return 1;
            }
            packed.pack();
            const auto pair = cutaway::bench::alternate(
                rounds, [&] { plain(x); }, [&] { packed(x); });
            std::printf("%5ld %6ld %6ld %9.3f %9.3f %6.2f %9.1e\n", rows, in, out, pair.a, pair.b,
                        pair.ratio(), (plain(x) - packed(x)).abs().max().item<double>());
        }
    }
    return 0;
}
