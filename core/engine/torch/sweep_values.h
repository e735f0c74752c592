// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/uncut_values.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace cutaway::engine {

/// The values that the cells of a sweep are replaced with, each found once: a first question about any of the
/// sweep's hooks is asked for all of them (one pass over the reference set, one donor run). Values of
/// attention matrices, which are large, are kept one layer at a time.
class SweepValues : public UncutValues {
public:
    /// `source` must outlive this; `hooks` are those the sweep's cells touch.
    SweepValues(UncutValues& source, std::set<HookPoint> hooks)
        : m_source(source), m_hooks(std::move(hooks)) {}

    HookValues values(const TokenIds& tokens, const std::set<HookPoint>& hooks) override {
        const bool large = std::any_of(hooks.begin(), hooks.end(), [](const HookPoint& hook) {
            return hookLayout(hook.kind) == HookLayout::HeadMatrix;
        });
        return answered({Kind::Values, false, tokens}, hooks, large,
                        [&](const std::set<HookPoint>& asked) { return m_source.values(tokens, asked); });
    }
    const std::vector<TokenIds>& referencePrompts() override { return m_source.referencePrompts(); }
    HookValues means(const TokenIds& tokens, const std::set<HookPoint>& hooks, bool withBos) override {
        return answered({Kind::Mean, withBos, tokens}, hooks, false, [&](const std::set<HookPoint>& asked) {
            return m_source.means(tokens, asked, withBos);
        });
    }
    HookValues meansByPosition(const TokenIds& tokens, const std::set<HookPoint>& hooks) override {
        return answered(
            {Kind::MeanByPosition, false, tokens}, hooks, false,
            [&](const std::set<HookPoint>& asked) { return m_source.meansByPosition(tokens, asked); });
    }
    at::Tensor vector(const std::string& file, const std::string& key) override {
        return m_source.vector(file, key);
    }

private:
    enum class Kind { Values, Mean, MeanByPosition };
    /// What was asked about which prompt.
    struct Question {
        Kind kind;
        bool withBos;
        TokenIds tokens;
        friend bool operator==(const Question&, const Question&) = default;
    };

    template <class Ask>
    HookValues answered(const Question& question, const std::set<HookPoint>& hooks, bool large,
                        const Ask& ask) {
        const bool known = m_question == question &&
                           std::all_of(hooks.begin(), hooks.end(),
                                       [&](const HookPoint& hook) { return m_known.contains(hook); });
        if (!known) {
            std::set<HookPoint> asked = hooks;
            if (!large) asked.insert(m_hooks.begin(), m_hooks.end());
            m_known = ask(asked);
            m_question = question;
        }
        HookValues found;
        for (const HookPoint& hook : hooks)
            found[hook] = m_known.at(hook);
        return found;
    }

    UncutValues& m_source;
    std::set<HookPoint> m_hooks;
    std::optional<Question> m_question; ///< the cells of a sweep all ask the same
    HookValues m_known;
};

} // namespace cutaway::engine
