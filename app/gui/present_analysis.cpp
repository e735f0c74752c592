// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present_analysis.h"

#include "app/gui/glossary.h"
#include "app/gui/present.h"
#include "core/session/offers.h"
#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace widgets;
using session::Card;
using session::Session;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("Present", text);
}

/// Below this share of the whole a change is not given a word.
constexpr double wordShare = 0.02;

ContributionBar barOf(const Contribution& part, const Session& session, int position) {
    ContributionBar bar;
    bar.name = QString::fromStdString(part.name);
    bar.value = part.value;
    bar.faint = !part.target.has_value();
    if (part.target) {
        bar.payload = Payload{*part.target, position, false};
        bar.cut = isCut(*part.target, session);
    }
    return bar;
}

QString logits(double value, int decimals) {
    return tr("%1 logits").arg(formatSigned(value, decimals));
}

} // namespace

bool isCut(const Target& part, const Session& session) {
    const auto covers = [&](const Target& cut) {
        if (cut == part) return true;
        const bool layer = cut.layer == part.layer || cut.layer == anyIndex;
        const bool writes = part.kind == TargetKind::Head || part.kind == TargetKind::Mlp;
        if (cut.kind == TargetKind::Block) return layer && writes;
        if (cut.kind == TargetKind::Attention) return layer && part.kind == TargetKind::Head;
        if (cut.kind != TargetKind::Head && cut.kind != TargetKind::Edge) return false;
        return layer && part.kind == TargetKind::Head && (cut.index == part.index || cut.index == anyIndex);
    };
    return std::any_of(session.shelf().cards.begin(), session.shelf().cards.end(), [&](const Card& card) {
        if (!session.inForce(card)) return false;
        const std::vector<Target> targets = session::baseTargets(card.cut);
        return std::any_of(targets.begin(), targets.end(), covers);
    });
}

ContributionBarsState presentAttribution(const AttributionResult& result, const Session& session,
                                         const Picture& picture) {
    ContributionBarsState state;
    const int decimals = std::max(2, decimalsFor(std::abs(result.total)));
    state.title = tr("Direct contributions");
    state.total = logits(result.total, decimals);
    for (const Contribution& part : result.components)
        state.bars.push_back(barOf(part, session, result.position));
    state.shown = 20;
    if (result.approximate) {
        state.footer = tr("For a set of tokens this is an approximation: %1 of the difference is left over.")
                           .arg(formatSigned(result.residual, decimals));
    } else {
        state.footer = tr("They sum to the difference of %1. Divided by the final norm of this run%2.")
                           .arg(formatSigned(result.total, decimals),
                                picture.hasCuts() ? tr(", under the cuts") : QString());
    }
    return state;
}

ContributionBarsState presentWaterfall(const WaterfallResult& result, const Session& session,
                                       const Picture& picture) {
    ContributionBarsState state;
    const int decimals = std::max(2, decimalsFor(std::abs(result.total)));
    state.title = tr("Why it changed");
    state.total = logits(result.total, decimals);
    for (const Contribution& part : result.components) {
        ContributionBar bar = barOf(part, session, result.position);
        const bool counts = std::abs(part.value) >= wordShare * std::max(std::abs(result.total), 1e-4);
        bar.note = bar.cut                                      ? tr("cut")
                   : !counts || bar.faint                       ? QString()
                   : (part.value > 0.0) == (result.total > 0.0) ? tr("followed")
                                                                : tr("took over");
        if (!bar.note.isEmpty() && !bar.cut) // the word and what it means
            bar.tip = QStringLiteral("%1 %2: %3")
                          .arg(bar.name, logits(bar.value, decimals),
                               term(bar.note == tr("followed") ? "followed" : "took_over").plain);
        state.bars.push_back(std::move(bar));
    }
    // Below what rounding does, a change is none: bars of noise would look like an effect.
    constexpr double idle = 1e-4;
    const bool none = std::abs(result.norm) < idle &&
                      std::all_of(state.bars.begin(), state.bars.end(),
                                  [](const ContributionBar& bar) { return std::abs(bar.value) < idle; });
    if (none) {
        state.bars.clear();
        state.message = tr("No direct contribution changed at this token.");
        return state;
    }
    ContributionBar norm;
    norm.name = tr("norm");
    norm.value = result.norm;
    norm.faint = true;
    norm.tip = term("waterfall_norm").plain;
    state.bars.push_back(std::move(norm));
    state.footer = tr("Direct contributions to %1 − %2, uncut → cut. They sum to %3%4.")
                       .arg(answerWord(session, picture), wrongWord(session, picture),
                            formatSigned(result.total, decimals),
                            result.approximate ? tr(" approximately: a set of tokens") : tr(" exactly"));
    return state;
}

} // namespace cutaway::app
