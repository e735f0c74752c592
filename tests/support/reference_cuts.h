// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"
#include "tests/support/reference_model.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cutaway::tests {

/// What a cut run draws on besides the model.
struct CutWorld {
    std::map<std::string, std::vector<int>> donors; ///< by name
    std::vector<std::vector<int>> reference;        ///< reference prompts; empty: the prompt at hand
    std::map<std::string, Array> vectors;           ///< steer: by KEY
    int promptLength = -1;                          ///< where the generated part starts; −1: there is none
};

/// Runs a model under cuts, each applied to the letter of the terms at its hook: the definition the engine is
/// held against. Throws std::runtime_error where a source is missing.
class ReferenceCuts {
public:
    ReferenceCuts(const ReferenceModel& model, CutWorld world) : m_model(model), m_world(std::move(world)) {}

    /// Every hook's value after the cuts at that hook, `logits` among them.
    Captures run(const std::vector<int>& tokens, const std::vector<Cut>& cuts) const;
    /// Greedy continuation: every step a full run over its tokens.
    std::vector<int> generate(std::vector<int> tokens, const std::vector<Cut>& cuts, int count) const;

private:
    /// One hook touched by a cut, `*` undone.
    struct Touch {
        HookPoint hook;
        std::vector<int> index;
        bool edge = false;
        int query = -1, key = -1;
    };
    struct Job; ///< one cut in one run

    std::vector<Touch> touches(const Cut& cut) const;
    void apply(const Job& job, const Touch& touch, Array& array) const;
    void applyEdge(const Job& job, const Touch& touch, Array& pattern) const;
    double valueUnderCut(const Job& job, const HookPoint& hook, int position, const std::vector<int>& rest,
                         double own) const;
    Array mean(const Cut& cut, const HookPoint& hook, const std::vector<int>& tokens) const;

    const ReferenceModel& m_model;
    CutWorld m_world;
};

} // namespace cutaway::tests
