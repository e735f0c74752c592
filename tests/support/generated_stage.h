// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/engine_under_test.h"
#include "tests/support/generated_cuts.h"

#include <QTemporaryDir>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::tests {

/// One fixture open in the engine and, once it is asked, in the slow model, with a prompt, donors, vectors
/// and reference prompts.
struct GeneratedStage {
    static constexpr int length = 6;

    GeneratedStage(const std::string& folder, unsigned seed,
                   engine::ExecutionMode mode = engine::ExecutionMode::Shortcuts)
        : engine(mode), modelFolder(folder), directory(scratch.path().toStdString()) {
        const auto first = engine.open(folder);
        if (!first) {
            error = first.error().text();
            return;
        }
        traits = first->traits;
        cells = legalCells(traits);
        draw = std::make_unique<GeneratedCuts>(traits, length, directory / "v.safetensors", seed);
        tokens = draw->tokens(length);
        world = draw->world(tokens);
        writeSafetensors(directory / "v.safetensors", world.vectors);
        writePrompts(directory / "prompts.jsonl", world.reference);
        if (const auto again = engine.open(folder, directory / "prompts.jsonl"); !again)
            error = again.error().text();
    }

    Cut drawAny() { return draw->draw(cells[static_cast<std::size_t>(draw->below(int(cells.size())))]); }

    std::vector<Cut> drawStack(int most) {
        std::vector<Cut> cuts;
        for (int left = 1 + draw->below(most); left > 0; --left)
            cuts.push_back(drawAny());
        return cuts;
    }

    /// Empty, or what is wrong with the engine's answer under these cuts.
    std::string check(const std::vector<Cut>& cuts, const std::vector<HookPoint>& hooks) {
        const auto got = engine.run(tokens, cuts, world, hooks);
        if (!got) return cutTexts(cuts) + ": " + got.error().text();
        const Captures wanted = ReferenceCuts(slow(), world).run(tokens, cuts);
        const std::string difference = firstDifference(*got, wanted, 1e-5);
        return difference.empty() ? ""
                                  : cutTexts(cuts) + " (" + engine.computed + ", " +
                                        std::to_string(hooks.size()) + " hooks): " + difference;
    }

    /// Empty, or how the engine's answers to two lists of cuts differ.
    std::string same(const std::vector<Cut>& one, const std::vector<Cut>& other,
                     const std::vector<HookPoint>& hooks) {
        const auto a = engine.run(tokens, one, world, hooks);
        const auto b = engine.run(tokens, other, world, hooks);
        if (!a || !b) return cutTexts(one) + ": " + (a ? b : a).error().text();
        const std::string difference = firstDifference(*a, *b, bound());
        return difference.empty() ? "" : cutTexts(one) + " against " + cutTexts(other) + ": " + difference;
    }

    /// Rounding that is no difference; the families' wider norms and longer sums round more.
    double bound() const {
        return std::filesystem::path(modelFolder).parent_path().filename() == familySet ? 4e-5 : 1e-5;
    }
    ReferenceModel& slow() {
        if (!model) model.emplace(ReferenceModel::load(modelFolder));
        return *model;
    }

    EngineUnderTest engine;
    std::string modelFolder;
    std::optional<ReferenceModel> model; ///< the slow one, made when it is first asked
    QTemporaryDir scratch;
    std::filesystem::path directory;
    ModelTraits traits;
    std::vector<LegalCell> cells;
    std::unique_ptr<GeneratedCuts> draw;
    std::vector<int> tokens;
    CutWorld world;
    std::string error;
};

inline const HookPoint logitsHook{HookKind::Logits, -1};

} // namespace cutaway::tests
