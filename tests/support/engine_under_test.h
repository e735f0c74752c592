// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/torch_engine.h"
#include "core/types/cut_text.h"
#include "core/types/hook_point.h"
#include "tests/support/golden_cases.h"
#include "tests/support/reference_cuts.h"
#include "tests/support/test_device.h"

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace cutaway::tests {

/// Token ids as a request's input.
inline TokenInput tokenInput(const std::vector<int>& tokens) {
    TokenInput input;
    input.value = std::vector<TokenId>(tokens.begin(), tokens.end());
    return input;
}

inline std::string cutTexts(const std::vector<Cut>& cuts) {
    std::string text;
    for (const Cut& cut : cuts)
        text += (text.empty() ? "" : "  +  ") + printCut(cut);
    return text;
}

inline void writePrompts(const std::filesystem::path& file, const std::vector<std::vector<int>>& prompts) {
    std::ofstream out(file);
    for (const std::vector<int>& prompt : prompts)
        out << nlohmann::json{{"tokens", prompt}}.dump() << '\n';
}

/// The engine with a model open, as the generated tests ask it.
class EngineUnderTest {
public:
    explicit EngineUnderTest(engine::ExecutionMode mode = engine::ExecutionMode::Shortcuts)
        : m_engine(engine::makeTorchEngine(mode)) {}

    Result<ModelInfo> open(const std::filesystem::path& folder, const std::filesystem::path& reference = {},
                           bool folded = false, const std::string& device = testDevice()) {
        engine::OpenRequest request;
        request.folded = folded;
        request.model = folder;
        request.device = device;
        if (!reference.empty()) request.reference = reference;
        request.threads = 1;
        return m_engine->open(request, {}, {});
    }

    static RunRequest request(const std::vector<int>& tokens, const std::vector<Cut>& cuts,
                              const CutWorld& world, const std::vector<HookPoint>& hooks) {
        RunRequest run;
        run.input = tokenInput(tokens);
        for (const auto& [name, donor] : world.donors)
            run.donors[name] = tokenInput(donor);
        run.cuts = cuts;
        for (const HookPoint& hook : hooks)
            run.hooks.push_back(hookName(hook));
        run.allPositions = true;
        return run;
    }

    /// The arrays after the cuts, by hook.
    Result<Captures> run(const std::vector<int>& tokens, const std::vector<Cut>& cuts, const CutWorld& world,
                         const std::vector<HookPoint>& hooks) {
        const Result<RunResult> result = m_engine->run(request(tokens, cuts, world, hooks), {}, {});
        if (!result) return fail(result.error());
        computed = result->computed;
        Captures captures;
        for (const HookPoint& hook : hooks)
            captures[hook] = fromHost(result->main.arrays.at(hookName(hook)));
        return captures;
    }

    engine::Engine& engine() { return *m_engine; }
    std::string computed; ///< how the last run was computed

private:
    std::unique_ptr<engine::Engine> m_engine;
};

/// The first hook of `wanted` at which `got` is further than `bound` from it, in words; empty where none is.
inline std::string firstDifference(const Captures& got, const Captures& wanted, double bound) {
    for (const auto& [hook, array] : got) {
        const double difference = largestDifference(array, wanted.at(hook));
        if (!(difference <= bound))
            return hookName(hook) + " differs by " + std::to_string(difference * 1e6) + "e-6";
    }
    return {};
}

} // namespace cutaway::tests
