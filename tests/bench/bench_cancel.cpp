// SPDX-License-Identifier: GPL-3.0-or-later
// How soon a job stops: each kind is started on a model, cancelled at random moments, and timed from the
// cancel to its return. The longest of `rounds` and the time of one layer of a full run, which may be waited
// for.
//
// usage: bench_cancel MODEL [TOKENS [ROUNDS]]
#include "core/engine/messages.h"
#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"
#include "core/types/cut_text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

using namespace cutaway;
using namespace cutaway::engine;
using Clock = std::chrono::steady_clock;

namespace {

double since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const int length = argc > 2 ? std::atoi(argv[2]) : 256, rounds = argc > 3 ? std::atoi(argv[3]) : 12;
    const auto engine = makeTorchEngine(ExecutionMode::Shortcuts, openTokenizerVocabulary);
    OpenRequest open;
    open.model = argv[1];
    const auto info = engine->open(open, {}, {});
    if (!info) {
        std::printf("%s\n", info.error().text().c_str());
        return 1;
    }
    std::mt19937 random(1);
    RunRequest run;
    const auto prompt = [&] { // another each time: nothing kept helps
        std::vector<TokenId> ids(static_cast<std::size_t>(std::min(length, info->traits.context)));
        for (TokenId& id : ids)
            id = static_cast<TokenId>(random() % static_cast<unsigned>(info->traits.dVocab));
        run.input.value = ids;
        return run;
    };
    run.answer = {TokenId(1)};
    run.wrong = {TokenId(2)};
    run.allPositions = true;
    run.cuts = {*parseCut("zero:L0H0")};
    (void)engine->run(prompt(), {}, {});
    auto start = Clock::now();
    (void)engine->run(prompt(), {}, {});
    const double whole = since(start);
    std::printf("%s, %d tokens: a run takes %.0f ms, a layer about %.1f ms\n", info->name.c_str(), length,
                whole, whole / 2 / std::max(1, info->traits.nLayers));
    const std::vector<std::pair<const char*, std::function<Ask()>>> kinds{
        {"open", [&] { return Ask(open); }},
        {"run", [&] { return Ask(prompt()); }},
        {"generate",
         [&] {
             GenerateRequest request;
             request.run = prompt();
             request.maxTokens = 64;
             request.ignoreEos = true;
             return Ask(request);
         }},
        {"sweep",
         [&] {
             return Ask(SweepRequest{prompt(), SweepOver::Heads, CutKind::Zero, SweepMetric::LogitDiff, -1});
         }},
        {"lens", [&] { return Ask(LensRequest{prompt()}); }},
        {"attribution",
         [&] {
             return Ask(AttributionRequest{prompt(), -1});
         }},
        {"waterfall",
         [&] {
             return Ask(WaterfallRequest{prompt(), -1});
         }},
    };
    for (const auto& [name, make] : kinds) {
        Ask first = make();
        start = Clock::now();
        (void)perform(*engine, first, {}, {});
        const double takes = since(start);
        double longest = 0.0, total = 0.0;
        int stopped = 0;
        for (int i = 0; i < rounds; ++i) {
            const Ask ask = make();
            const CancelToken cancel;
            Clock::time_point asked;
            const double wait = std::uniform_real_distribution<double>(0.0, 0.9 * takes)(random);
            std::thread stopper([&] {
                std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(wait));
                asked = Clock::now();
                cancel.cancel();
            });
            const auto result = perform(*engine, ask, {}, cancel);
            const Clock::time_point returned = Clock::now();
            stopper.join();
            if (result || returned < asked) continue; // it was done before
            const double took = std::chrono::duration<double, std::milli>(returned - asked).count();
            ++stopped;
            total += took;
            longest = std::max(longest, took);
        }
        std::printf("%-12s takes %7.0f ms; %2d of %d stopped, after %6.1f ms on average, %6.1f ms at most\n",
                    name, takes, stopped, rounds, stopped ? total / stopped : 0.0, longest);
    }
    return 0;
}
