// SPDX-License-Identifier: GPL-3.0-or-later
// What an engine in a process of its own costs the window: a run's figures, tiles and a large array written
// into a frame and read out of it, against copying as many bytes. Medians; the frames are checked first.
#include "core/engine/process/frames.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

using namespace cutaway;
using namespace cutaway::engine;

namespace {

double medianMs(const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i < 41; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::nth_element(times.begin(), times.begin() + 20, times.end());
    return times[20];
}

RunSide sideOf(int tokens) {
    RunSide side;
    for (int i = 0; i < tokens; ++i) {
        PositionPredictions at;
        at.position = i;
        for (int k = 0; k < 10; ++k)
            at.top.push_back({k * 77 + i, " token" + std::to_string(k), 10.0 - k, 0.1});
        side.positions.push_back(std::move(at));
        side.diffs.push_back(i);
        side.answerProbs.push_back(0.5);
        side.wrongProbs.push_back(0.1);
    }
    side.logitDiff = 1.5;
    return side;
}

RunResult resultOf(int tokens) {
    RunResult result;
    for (int i = 0; i < tokens; ++i) {
        result.tokens.push_back(i);
        result.pieces.push_back({i, " word", " word", false});
        result.kl.push_back(0.01);
    }
    result.main = sideOf(tokens);
    result.uncut = sideOf(tokens);
    return result;
}

bool measure(const char* name, Answer answer) {
    const Frame frame = ResultMessage{1, 1, std::move(answer)};
    const std::string bytes = encodeFrame(frame).value_or("");
    const auto back = decodeFrame(std::string_view(bytes).substr(4));
    if (!back || encodeFrame(*back).value_or("") != bytes) {
        std::printf("%s: the frame does not come out as it went in\n", name);
        return false;
    }
    std::vector<char> copy(bytes.size());
    const double written = medianMs([&] { (void)encodeFrame(frame); });
    const double read = medianMs([&] { (void)decodeFrame(std::string_view(bytes).substr(4)); });
    const double copied = medianMs([&] { std::memcpy(copy.data(), bytes.data(), bytes.size()); });
    std::printf("%-34s %9zu bytes   write %6.2f ms   read %6.2f ms   copy %6.3f ms\n", name, bytes.size(),
                written, read, copied);
    return true;
}

} // namespace

int main() {
    Tiles tiles{1, 12, 12, {}, std::vector<float>(720), std::vector<float>(144)};
    for (int i = 0; i < 144; ++i)
        tiles.tiles.push_back({84, 84, 0, 1, std::vector<std::uint8_t>(84 * 84)});
    const bool good =
        measure("a run, 15 tokens", resultOf(15)) && measure("a run, 235 tokens", resultOf(235)) &&
        measure("a run, 1,024 tokens", resultOf(1024)) && measure("tiles of 144 heads", tiles) &&
        measure("a pattern, 1,024 x 1,024",
                HostTensor{{1024, 1024}, std::vector<float>(1024 * 1024, 0.5F), {}});
    return good ? 0 : 1;
}
