// SPDX-License-Identifier: GPL-3.0-or-later
// What a sweep is worth: its cells as so many single runs (which resume as they do) and as one sweep.
//
// usage: bench_sweep MODEL [OVER] [TOKENS] [ROUNDS]      OVER as in cutaway-cli sweep, heads by default; on
// CUTAWAY_TEST_DEVICE, the CPU without it

#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"
#include "tests/bench/alternate.h"
#include "tests/support/test_device.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace cutaway;

template <typename T> T orStop(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "bench_sweep: %s\n", result.error().text().c_str());
    std::exit(1);
}

} // namespace

int main(int argc, char** argv) {
    const auto over = sweepOverFrom(argc > 2 ? argv[2] : "heads");
    if (argc < 2 || !over) {
        std::fprintf(stderr, "usage: bench_sweep MODEL [OVER] [TOKENS] [ROUNDS]\n");
        return 2;
    }
    const int length = argc > 3 ? std::atoi(argv[3]) : 64;
    const int rounds = argc > 4 ? std::atoi(argv[4]) : 3;
    const auto engine =
        engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary);
    engine::OpenRequest open;
    open.model = argv[1];
    open.device = tests::testDevice();
    open.hash = false;
    const ModelInfo info = orStop(engine->open(open, {}, {}));

    SweepRequest sweep;
    std::vector<TokenId> tokens;
    for (int i = 0; i < length; ++i)
        tokens.push_back((i * 7919 + 17) % info.traits.dVocab);
    sweep.run.input.value = tokens;
    sweep.run.answer = {TokenId(2)};
    sweep.run.wrong = {TokenId(3)};
    sweep.over = *over;
    SweepResult result = orStop(engine->sweep(sweep, {}, {}, {}));

    double largest = 0.0;
    const auto pair = bench::alternate(
        rounds,
        [&] {
            RunRequest run = sweep.run;
            run.loss = false;
            run.top = 0;
            for (int row = 0; row < static_cast<int>(result.rows.size()); ++row)
                for (int col = 0; col < static_cast<int>(result.cols.size()); ++col) {
                    run.cuts = {sweepCut(sweep, row, col)};
                    const double value = *orStop(engine->run(run, {}, {})).main.logitDiff;
                    largest = std::max(
                        largest,
                        std::abs(value -
                                 result.grid[static_cast<std::size_t>(row)][static_cast<std::size_t>(col)]));
                }
        },
        [&] { result = orStop(engine->sweep(sweep, {}, {}, {})); });
    std::printf("%s, %d tokens, %d cells: %.0f ms as single runs, %.0f ms as a sweep: %.2f times; logit "
                "differences differ by %.1e\n",
                sweepOverName(*over), length, result.cells, pair.a, pair.b, pair.ratio(), largest);
    return 0;
}
