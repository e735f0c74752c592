// SPDX-License-Identifier: GPL-3.0-or-later
// What the shortcuts are worth: the same cut run as a full pass and resumed, through the Engine.
//
// usage: bench_recut MODEL [TOKENS] [ROUNDS]      TOKENS a prompt's length, 64 by default; on
// CUTAWAY_TEST_DEVICE, the CPU without it

#include "core/engine/torch/torch_engine.h"
#include "core/types/cut_text.h"
#include "tests/bench/alternate.h"
#include "tests/support/test_device.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace cutaway;

[[noreturn]] void stop(const Error& error) {
    std::fprintf(stderr, "bench_recut: %s\n", error.text().c_str());
    std::exit(1);
}

template <typename T> T orStop(Result<T> result) {
    if (!result) stop(result.error());
    return std::move(*result);
}

std::unique_ptr<engine::Engine> opened(const std::string& model, engine::ExecutionMode mode) {
    auto engine = engine::makeTorchEngine(mode);
    engine::OpenRequest request;
    request.model = model;
    request.device = tests::testDevice();
    request.hash = false;
    orStop(engine->open(request, {}, {}));
    return engine;
}

/// Tokens that repeat nowhere near each other; `variant` makes another prompt.
RunRequest request(const ModelInfo& info, int length, int variant = 0) {
    RunRequest run;
    std::vector<TokenId> tokens;
    for (int i = 0; i < length; ++i) {
        tokens.push_back((static_cast<TokenId>(i) * 7919 + variant + 17) % info.traits.dVocab);
    }
    run.input.value = tokens;
    return run;
}

double largestDifference(const RunResult& a, const RunResult& b) {
    double largest = 0.0;
    const auto& left = a.main.positions.back().top;
    const auto& right = b.main.positions.back().top;
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        largest = std::max(largest, std::abs(left[i].logit - right[i].logit));
    }
    return largest;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_recut MODEL [TOKENS] [ROUNDS]\n");
        return 2;
    }
    const int length = argc > 2 ? std::atoi(argv[2]) : 64;
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 9;
    const auto whole = opened(argv[1], engine::ExecutionMode::Full);
    const auto quick = opened(argv[1], engine::ExecutionMode::Shortcuts);
    const ModelInfo info = orStop(quick->info());

    int variant = 0;
    const auto fresh = bench::alternate(
        rounds, [&] { orStop(whole->run(request(info, length, ++variant), {}, {})); },
        [&] { orStop(quick->run(request(info, length, ++variant), {}, {})); });
    std::printf("%d tokens, a new prompt without cuts: %.1f ms\n", length, fresh.b);

    const int layers = info.traits.nLayers;
    for (const int layer : {0, layers / 2, layers - 1}) {
        RunRequest cut = request(info, length);
        cut.cuts = {orStop(parseCut("zero:L" + std::to_string(layer) + "H0"))};
        RunResult full, resumed;
        const auto pair = bench::alternate(
            rounds, [&] { full = orStop(whole->run(cut, {}, {})); },
            [&] { resumed = orStop(quick->run(cut, {}, {})); });
        std::printf(
            "%d tokens, zero:L%dH0: %.1f ms in full, %.1f ms %s: %.2f times; top logits differ by %.1e\n",
            length, layer, pair.a, pair.b, resumed.computed.c_str(), pair.ratio(),
            largestDifference(full, resumed));
        cut.loss = false; // as the window asks while a slider moves
        std::printf("    without the loss: %.1f ms\n", bench::alternate(
                                                           rounds, [&] { orStop(quick->run(cut, {}, {})); },
                                                           [&] { orStop(quick->run(cut, {}, {})); })
                                                           .b);
    }
    return 0;
}
