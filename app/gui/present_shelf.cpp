// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present.h"

#include "app/gui/glossary.h"
#include "core/session/cut_order.h"
#include "core/session/offers.h"
#include "core/types/cut_text.h"
#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>

namespace cutaway::app {

using namespace session;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("Present", text);
}

QString kindWord(const std::string& id) {
    if (id == "neutralise") return tr("mean");
    if (id == "zero") return tr("zero");
    if (id == "replace_random") return tr("resample");
    if (id == "double") return tr("× 2");
    if (id == "reverse") return tr("× −1");
    if (id == "hold") return tr("hold");
    if (id == "patch") return tr("B → A");
    return tr("× 0.5");
}

QString kindText(const Cut& cut) {
    if (cut.kind == CutKind::Scale && cut.amount != 0.5 && cut.amount != 2.0 && cut.amount != -1.0)
        return QStringLiteral("× %1").arg(widgets::formatNumber(cut.amount));
    const std::string id = kindOf(cut);
    return id.empty() ? QString::fromUtf8(cutKindName(cut.kind).data(),
                                          static_cast<qsizetype>(cutKindName(cut.kind).size()))
                      : kindWord(id);
}

/// The position that a cut hides from every head.
std::optional<int> hiddenPosition(const Cut& cut) {
    if (cut.targets.size() != 1 || cut.kind != CutKind::Zero) return std::nullopt;
    const Target& t = cut.targets.front();
    const bool everywhere = t.kind == TargetKind::Edge && t.layer == anyIndex && t.index == anyIndex &&
                            t.query == anyIndex && t.key >= 0;
    return everywhere ? std::optional<int>(t.key) : std::nullopt;
}

QString titleOf(const Cut& cut, const QStringList& tokens) {
    QStringList names;
    if (const std::optional<int> hidden = hiddenPosition(cut))
        return tr("%1 (%2) hidden")
            .arg(*hidden < tokens.size() ? tokens.at(*hidden) : tr("token"))
            .arg(*hidden);
    for (const Target& target : baseTargets(cut))
        names << (target.kind == TargetKind::Hook && target.hook == HookKind::Embed
                      ? tr("Embedding")
                      : QString::fromStdString(printTarget(target)));
    return names.join(QStringLiteral(", "));
}

QString placeText(const Cut& cut, const QStringList& tokens) {
    const Positions& at = cut.positions;
    if (!cut.targets.empty() && cut.targets.front().kind == TargetKind::Edge) {
        const Target& edge = cut.targets.front();
        const bool all = edge.layer == anyIndex && edge.index == anyIndex && edge.query == anyIndex;
        if (all) return tr("in every head");
        return edge.query == anyIndex || edge.key == anyIndex ? tr("from every position") : tr("one edge");
    }
    if (at.kind == Positions::Kind::All) return tr("all positions");
    if (at.kind == Positions::Kind::Items && at.items.size() == 1 &&
        at.items.front().kind == PositionItem::Kind::Single && at.items.front().first >= 0 &&
        at.items.front().first < tokens.size())
        return tr("at %1 (%2)").arg(tokens.at(at.items.front().first)).arg(at.items.front().first);
    return tr("at %1").arg(QString::fromStdString(printPositions(at)));
}

/// What a card's positions may change to.
std::vector<widgets::KindChoice> placesFor(const Session& session, const Cut& cut,
                                           const QStringList& tokens) {
    if (cut.targets.empty() || cut.targets.front().kind == TargetKind::Edge) return {};
    std::vector<widgets::KindChoice> places;
    const auto add = [&](const Positions& positions, const QString& id) {
        Cut there = cut;
        there.positions = positions;
        places.push_back({id, placeText(there, tokens), {}});
    };
    const auto only = [](int position) {
        Positions one;
        one.kind = Positions::Kind::Items;
        one.items = {{PositionItem::Kind::Single, position, 0}};
        return one;
    };
    add({}, QStringLiteral("all"));
    const int cursor = session.cursor();
    add(only(cursor), QString::number(cursor));
    Positions generated;
    generated.kind = Positions::Kind::Generated;
    if (cut.positions.kind == Positions::Kind::Generated) add(generated, QStringLiteral("gen"));
    if (cut.positions.kind == Positions::Kind::Items && cut.positions != only(cursor))
        add(cut.positions, QString::fromStdString(printPositions(cut.positions)));
    return places;
}

/// Whether a cut in force stands before `card` in the forward pass: without one, holding changes nothing.
bool hasCutUpstream(const Session& session, const Card& card) {
    const int own = modelOrder(card.cut, session.model().traits);
    return std::any_of(session.shelf().cards.begin(), session.shelf().cards.end(), [&](const Card& other) {
        return other.id != card.id && session.inForce(other) && other.cut.kind != CutKind::Freeze &&
               modelOrder(other.cut, session.model().traits) < own;
    });
}

QString detailOf(const Session& session, const Card& card) {
    const ModelInfo& model = session.model();
    switch (card.cut.kind) {
    case CutKind::Mean:
        return model.referenceSet.empty()
                   ? tr("mean of this prompt")
                   : tr("reference: %1").arg(QString::fromStdString(model.referenceSet));
    case CutKind::Resample:
        return tr("prompt drawn with seed %1").arg(card.cut.seed);
    case CutKind::Patch:
        return tr("value from lane %1").arg(QString::fromStdString(card.cut.donor));
    case CutKind::Zero:
        return tr("outside what the model ever sees");
    case CutKind::Freeze:
        return hasCutUpstream(session, card) ? tr("as in the uncut run") : tr("waits for a cut upstream");
    default:
        return {};
    }
}

} // namespace

std::vector<widgets::ShelfCardState> presentShelf(const Session& session, const QStringList& tokens,
                                                  int selected) {
    std::vector<widgets::ShelfCardState> states;
    const SessionView view = session.sessionView();
    for (const Card& card : session.shelf().cards) {
        widgets::ShelfCardState state;
        const Cut cut = session.shownCut(card); // where it acts in this prompt
        state.id = card.id;
        state.title = titleOf(cut, tokens);
        state.kind = kindText(cut);
        state.kindTip = termTip(kindTerm(cut.kind));
        for (const Offer& offer : kindOffers(cut, view))
            state.kinds.push_back({QString::fromStdString(offer.id), kindWord(offer.id),
                                   offer.allowed ? QString() : QString::fromStdString(offer.reason)});
        state.positions = placeText(cut, tokens);
        state.places = placesFor(session, cut, tokens);
        state.detail = detailOf(session, card);
        state.strength = cut.strength;
        state.enabled = card.enabled;
        state.solo = card.solo;
        state.silenced = card.enabled && !session.heard(card);
        state.canSplit = cut.targets.size() > 1;
        state.canMove =
            std::count_if(session.shelf().cards.begin(), session.shelf().cards.end(),
                          [&](const Card& other) { return other.cut.targets == card.cut.targets; }) > 1;
        state.paused = QString::fromStdString(session.whyPaused(card));
        if (!state.paused.isEmpty()) state.paused = tr("Paused: %1.").arg(state.paused);
        if (!state.paused.isEmpty() && cut.positions.kind == Positions::Kind::Items) {
            Card mended = card;
            mended.cut.positions = {};
            mended.anchor.clear();
            if (session.whyPaused(mended).empty()) state.fix = tr("Use all positions");
        }
        state.text = QString::fromStdString(printCut(cut));
        state.selected = card.id == selected;
        states.push_back(std::move(state));
    }
    return states;
}

} // namespace cutaway::app
