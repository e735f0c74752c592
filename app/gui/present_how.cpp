// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present_how.h"

#include "app/gui/glossary.h"
#include "app/gui/how_facts.h"
#include "app/gui/present.h"
#include "app/gui/present_analysis.h"
#include "app/gui/shown_request.h"
#include "core/types/cut_text.h"
#include "core/types/json_codec.h"
#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace widgets;
using session::CommandState;
using session::Session;
using session::ViewMode;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("How", text);
}

QString arrow(double uncut, double cut, const QString& unit) {
    return QStringLiteral("%1 → %2%3").arg(formatSigned(uncut), formatSigned(cut), unit);
}

/// Fills in one explanation.
class Explainer : public HowFacts {
public:
    using HowFacts::HowFacts;

    std::optional<HowText> explain() {
        if (m_picture.length() == 0 || !describe()) return std::nullopt;
        common();
        RunRequest line = m_command.request;
        m_text.request =
            QString::fromStdString(toJson(line).dump(-1, ' ', false, Json::error_handler_t::replace));
        if (const auto command = session::commandLine(m_command))
            m_text.command = QString::fromStdString(*command);
        return m_text;
    }

private:
    bool describe() {
        switch (m_subject.kind) {
        case HowKind::Difference:
            return difference();
        case HowKind::Probabilities:
            return probabilities();
        case HowKind::Chip:
            return chip();
        case HowKind::Attention:
            return attention();
        case HowKind::Lens:
            return lens();
        case HowKind::Attribution:
            return attribution();
        case HowKind::Waterfall:
            return waterfall();
        case HowKind::Sweep:
            return sweep();
        case HowKind::Neuron:
            return neuron();
        case HowKind::Reading:
            return reading();
        case HowKind::Card:
            return card();
        }
        return false;
    }

    bool difference() {
        const AnswerStripState state = strip();
        if (!state.uncutDiff) return false;
        start(term("logit_difference"));
        const QString unit = tr(" logits");
        const bool cut = state.cutDiff && m_session.view().mode != ViewMode::Uncut;
        m_text.value =
            cut ? arrow(*state.uncutDiff, *state.cutDiff, unit) : formatSigned(*state.uncutDiff) + unit;
        row(tr("Between"), tr("“%1” and “%2”, as the token after %3")
                               .arg(visibleText(state.answer), visibleText(state.wrong), place(m_cursor)));
        row(state.baseline.isEmpty() ? tr("Uncut") : tr("Baseline: %1").arg(state.baseline),
            full(*state.uncutDiff));
        if (cut) {
            row(tr("Cut"), full(*state.cutDiff));
            row(tr("Effect"), full(*state.cutDiff - *state.uncutDiff), "effect");
            row(tr("Share"), state.share);
        }
        return true;
    }

    bool probabilities() {
        const AnswerStripState state = strip();
        if (!state.answerProbUncut) return false;
        start(term("probability"));
        const bool cut = m_session.view().mode != ViewMode::Uncut;
        const auto said = [&](std::optional<double> uncut, std::optional<double> after) {
            if (!uncut) return QString();
            return after && cut ? full(*uncut) + QStringLiteral(" → ") + full(*after) : full(*uncut);
        };
        m_text.value = formatProb(*state.answerProbUncut);
        if (state.answerProbCut && cut)
            m_text.value += QStringLiteral(" → ") + formatProb(*state.answerProbCut);
        row(visibleText(state.answer), said(state.answerProbUncut, state.answerProbCut));
        row(visibleText(state.wrong), said(state.wrongProbUncut, state.wrongProbCut));
        row(tr("After"), place(m_cursor));
        return true;
    }

    bool chip() {
        const int position = m_subject.col;
        const RunSide& side = m_shown == Shown::Uncut ? m_picture.uncutSide() : m_picture.result.main;
        const PositionPredictions* before = predictionsAt(side, position - 1);
        if (!before || before->actualProb < 0) return false;
        start(term("token_probability"));
        m_text.value = QStringLiteral("%1  %2").arg(token(position), formatProb(before->actualProb));
        row(tr("Probability"), full(before->actualProb));
        row(tr("Surprise"), tr("%1 nats").arg(full(-std::log(before->actualProb))));
        row(tr("Judged from"), place(position - 1));
        m_command.request.position = position - 1;
        return true;
    }

    bool attention() {
        const bool weighted = m_session.view().weighted;
        start(term(weighted                   ? "value_weighted"
                   : m_shown == Shown::Change ? "attention_change"
                                              : "attention_pattern"));
        if (m_shown == Shown::Change) row(tr("Shown"), tr("after the cuts − before them"));
        const int layer = m_subject.layer, head = m_subject.head;
        const std::string hook = hookName({HookKind::Pattern, layer}) + "[" + std::to_string(head) + "]";
        row(tr("Head"), QStringLiteral("L%1H%2").arg(layer).arg(head));
        if (m_subject.row >= 0) {
            PartWish wish{PartKind::Pattern, m_shown, layer, head};
            wish.weighted = weighted;
            const auto* pattern = m_picture.part<HostTensor>(wish);
            const int length = m_picture.length();
            const auto at = static_cast<std::size_t>(m_subject.row * length + m_subject.col);
            if (!pattern || m_subject.col < 0 || at >= pattern->values.size()) return false;
            const double value = static_cast<double>(pattern->values[at]);
            m_text.value = m_shown == Shown::Change ? formatSigned(value, 4) : formatNumber(value, 4);
            row(tr("From"), tr("query %1").arg(place(m_subject.row)));
            row(tr("To"), tr("key %1").arg(place(m_subject.col)));
        } else {
            m_text.value = QStringLiteral("L%1H%2").arg(layer).arg(head);
        }
        resembles(layer, head);
        row(tr("Hook"), QString::fromStdString(hook));
        // What it is weighed by stands in v, a row a key, and in W_O.
        const int kvHead =
            head * m_session.model().traits.nKvHeads / std::max(m_session.model().traits.nHeads, 1);
        const std::string value = hookName({HookKind::V, layer}) + "[" + std::to_string(kvHead) + "]";
        saves(weighted ? hook + "," + value : hook, "pattern.safetensors");
        return true;
    }

    /// What the head's pattern is like, from the five scores of the thumbnails.
    void resembles(int layer, int head) {
        // Any thumbnails of the shown run have them, whatever they are weighed by.
        const engine::Tiles* tiles = nullptr;
        for (const auto& [wish, part] : m_picture.parts)
            if (wish.kind == PartKind::Tiles && wish.shown == m_shown)
                tiles = std::get_if<engine::Tiles>(&part);
        const auto at = static_cast<std::size_t>(layer * m_session.model().traits.nHeads + head) * 5;
        if (!tiles || at + 5 > tiles->patternScores.size()) return;
        static constexpr const char* ids[] = {"pattern_previous", "pattern_first", "pattern_self",
                                              "pattern_duplicate", "pattern_induction"};
        const float* scores = tiles->patternScores.data() + at;
        const QString phrase = patternPhrase(scores);
        const auto* best = ids[std::max_element(scores, scores + 5) - scores];
        if (!phrase.isEmpty())
            row(tr("Resembles"), QStringLiteral("%1: %2").arg(phrase, term(best).plain), best);
    }

    bool lens() {
        const auto* found = m_picture.part<LensResult>({PartKind::Lens, m_shown});
        if (!found || m_subject.row < 0 || m_subject.row >= static_cast<int>(found->grid.size()) ||
            m_subject.col < 0 || m_subject.col >= static_cast<int>(found->tokens.size()))
            return false;
        start(term("logit_lens"));
        const LensCell& cell =
            found->grid[static_cast<std::size_t>(m_subject.row)][static_cast<std::size_t>(m_subject.col)];
        m_text.value =
            QStringLiteral("%1  %2").arg(visibleText(predictionText(cell.top)), formatProb(cell.top.prob));
        row(tr("Stream"),
            m_subject.row == 0 ? tr("before layer 0") : tr("after layer %1").arg(m_subject.row - 1));
        row(tr("Position"), place(m_subject.col));
        row(tr("Likeliest"), tr("probability %1, logit %2").arg(full(cell.top.prob), full(cell.top.logit)));
        if (cell.prob && cell.rank)
            row(answerWord(m_session, m_picture),
                tr("probability %1, rank %2").arg(full(*cell.prob)).arg(*cell.rank + 1), "lens_rank");
        m_command.command = "lens";
        return true;
    }

    template <class Result> const Contribution* partNamed(const Result& result) const {
        const auto part = std::find_if(result.components.begin(), result.components.end(),
                                       [&](const Contribution& c) { return c.name == m_subject.name; });
        return part == result.components.end() ? nullptr : &*part;
    }

    bool attribution() {
        PartWish wish{PartKind::Attribution, m_shown};
        wish.position = m_cursor;
        const auto* found = m_picture.part<AttributionResult>(wish);
        const Contribution* part = found ? partNamed(*found) : nullptr;
        if (!part) return false;
        start(term("attribution"));
        m_text.value =
            tr("%1 adds %2 logits").arg(QString::fromStdString(part->name), formatSigned(part->value, 3));
        row(tr("Towards"), pair());
        row(tr("Position"), place(m_cursor));
        row(tr("Exact value"), full(part->value));
        row(tr("All parts"), tr("sum to %1, left over %2").arg(full(found->total), full(found->residual)));
        if (found->approximate)
            row(tr("Token set"), tr("approximate: the direction is weighted by the run's softmax"));
        m_command.command = "attribution";
        return true;
    }

    bool waterfall() {
        PartWish wish{PartKind::Waterfall, Shown::Change};
        wish.position = m_cursor;
        const auto* found = m_picture.part<WaterfallResult>(wish);
        if (!found) return false;
        const bool norm = m_subject.name == "norm";
        const Contribution* part = norm ? nullptr : partNamed(*found);
        if (!part && !norm) return false;
        const double value = norm ? found->norm : part->value;
        start(term(norm ? "waterfall_norm" : "waterfall"));
        m_text.value =
            tr("%1: %2 logits").arg(QString::fromStdString(m_subject.name), formatSigned(value, 3));
        row(tr("Towards"), pair());
        row(tr("Position"), place(m_cursor));
        const bool followed = (value > 0.0) == (found->total > 0.0);
        if (part && part->target && !isCut(*part->target, m_session))
            row(followed ? tr("Followed") : tr("Took over"), term(followed ? "followed" : "took_over").plain);
        row(tr("Exact value"), full(value));
        row(tr("All parts"), tr("sum to %1, left over %2").arg(full(found->total), full(found->residual)));
        m_command.command = "waterfall";
        m_command.request = requestWithCuts(m_session, m_picture);
        return true;
    }

    bool sweep() {
        if (!m_scene.sweep) return false;
        const SweepResult& result = *m_scene.sweep;
        if (m_subject.row < 0 || m_subject.row >= static_cast<int>(result.grid.size()) || m_subject.col < 0 ||
            m_subject.col >= static_cast<int>(result.grid[static_cast<std::size_t>(m_subject.row)].size()))
            return false;
        const double value =
            result.grid[static_cast<std::size_t>(m_subject.row)][static_cast<std::size_t>(m_subject.col)];
        if (!std::isfinite(value)) return false; // not run yet
        const Cut cut = sweepCut(m_scene.sweepRequest, m_subject.row, m_subject.col);
        start(term("sweep"));
        m_text.value = tr("%1 logits").arg(formatSigned(value - result.uncut, 3));
        row(tr("Cut"), QString::fromStdString(printCut(cut)));
        row(tr("Kind"), term(kindTerm(cut.kind)).plain);
        row(tr("Without it"), full(result.uncut));
        row(tr("With it"), full(value));
        // The run of this one cell.
        m_command.request.cuts.push_back(cut);
        return true;
    }

    bool neuron() {
        PartWish wish{PartKind::Neurons, m_shown, m_subject.layer};
        wish.position = m_cursor;
        const auto* found = m_picture.part<NeuronsResult>(wish);
        if (!found) return false;
        const auto at = std::find_if(found->neurons.begin(), found->neurons.end(),
                                     [&](const Neuron& n) { return n.index == m_subject.index; });
        if (at == found->neurons.end()) return false;
        const bool scored = !m_picture.request.answer.empty();
        start(term(scored ? "neuron_contribution" : "neuron"));
        const QString name = QStringLiteral("L%1N%2").arg(found->layer).arg(at->index);
        m_text.value = scored ? tr("%1 adds %2 logits").arg(name, formatSigned(at->towards, 3))
                              : QStringLiteral("%1  %2").arg(name, formatSigned(at->activation));
        if (scored) row(tr("Towards"), pair());
        row(tr("Position"), place(found->position));
        row(tr("Activation"), full(at->activation));
        if (scored) row(tr("Exact value"), full(at->towards));
        saves(hookName({HookKind::MlpPost, found->layer}) + "[" + std::to_string(at->index) + "]",
              "neuron.safetensors");
        return true;
    }

    bool reading() {
        PartWish wish{PartKind::Reading, m_shown, m_subject.layer, m_subject.head};
        wish.position = m_cursor;
        const auto* found = m_picture.part<HeadReading>(wish);
        if (!found) return false;
        start(term("head_reading"));
        const auto key = static_cast<std::size_t>(std::max(m_subject.col, 0));
        const QString head = QStringLiteral("L%1H%2").arg(found->layer).arg(found->head);
        row(tr("Query"), place(found->query));
        if (m_subject.col >= 0 && key < found->pattern.size()) {
            m_text.value = tr("%1 looks at %2 by %3")
                               .arg(head, token(m_subject.col))
                               .arg(formatNumber(static_cast<double>(found->pattern[key]), 4));
            row(tr("Key"), place(m_subject.col));
            row(tr("Score"), full(static_cast<double>(found->scores[key])));
            row(tr("Scale"), full(found->scale));
            row(tr("Attention"), full(static_cast<double>(found->pattern[key])));
            row(tr("Written"),
                tr("‖pattern · v · W_O‖ = %1").arg(full(static_cast<double>(found->written[key]))));
            if (key < found->towards.size())
                row(pair(), tr("%1 logits").arg(full(static_cast<double>(found->towards[key]))));
        } else {
            m_text.value = found->towards.empty()
                               ? head
                               : tr("%1 adds %2 logits").arg(head, formatSigned(found->total, 3));
            row(tr("Output"), tr("‖z · W_O‖ = %1").arg(full(found->outNorm)));
            if (!found->towards.empty()) row(pair(), full(found->total));
        }
        const std::string at = "blocks." + std::to_string(found->layer) + ".attn.hook_";
        const std::string index = "[" + std::to_string(found->head) + "]";
        saves(at + "q" + index + "," + at + "attn_scores" + index + "," + at + "pattern" + index + "," + at +
                  "z" + index,
              "head.safetensors");
        return true;
    }

    bool card() {
        const session::Card* found = m_session.card(m_subject.index);
        const std::optional<Cut> cut = found ? m_session.cutOf(*found) : std::nullopt;
        if (!cut) return false;
        start(term(kindTerm(cut->kind)));
        m_text.value = QString::fromStdString(printCut(*cut));
        row(tr("Strength"), full(cut->strength), "strength");
        if (const auto& effect = m_scene.cardEffect) {
            row(tr("Alone"), tr("%1 logits").arg(full(effect->alone)), "card_alone");
            row(tr("Without it"), tr("%1 logits").arg(full(effect->withoutIt)), "card_without");
        }
        m_command.request = requestWithCuts(m_session, m_picture);
        m_command.request.cuts = {*cut}; // alone
        return true;
    }
};

} // namespace

const char* termOf(const HowSubject& subject) {
    switch (subject.kind) {
    case HowKind::Difference:
        break;
    case HowKind::Probabilities:
        return "probability";
    case HowKind::Chip:
        return "token_probability";
    case HowKind::Attention:
        return "attention_pattern";
    case HowKind::Lens:
        return "logit_lens";
    case HowKind::Attribution:
        return "attribution";
    case HowKind::Waterfall:
        return subject.name == "norm" ? "waterfall_norm" : "waterfall";
    case HowKind::Sweep:
        return "sweep";
    case HowKind::Neuron:
        return "neuron_contribution";
    case HowKind::Reading:
        return "head_reading";
    case HowKind::Card:
        return "cut";
    }
    return "logit_difference";
}

std::optional<HowText> presentHow(const HowSubject& subject, const HowScene& scene) {
    return Explainer(subject, scene).explain();
}

} // namespace cutaway::app
