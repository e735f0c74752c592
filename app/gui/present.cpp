// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present.h"

#include "core/engine/sturdy_engine.h"
#include "core/types/cut_text.h"
#include "widgets/util/text.h"

#include <QCoreApplication>

#include <algorithm>

namespace cutaway::app {

using namespace session;
using widgets::AnswerStripState;
using widgets::StatusLineState;
using widgets::TokenChip;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("Present", text);
}

QString choiceText(const TokenSet& set, const Picture* picture, int position) {
    QStringList words;
    for (const TokenChoice& choice : set) {
        if (const auto* text = std::get_if<std::string>(&choice)) {
            words << QString::fromStdString(*text);
            continue;
        }
        const TokenId id = std::get<TokenId>(choice);
        QString word = QStringLiteral("#%1").arg(id);
        const auto* at = picture ? predictionsAt(picture->uncutSide(), position) : nullptr;
        if (at)
            for (const Prediction& p : at->top)
                if (p.id == id) word = predictionText(p);
        words << word;
    }
    return words.join(QStringLiteral(" / "));
}

std::optional<double> entry(const std::vector<double>& values, const RunSide& side, int position) {
    for (std::size_t i = 0; i < side.positions.size() && i < values.size(); ++i)
        if (side.positions[i].position == position) return values[i];
    return std::nullopt;
}

const Prediction* predictionOf(const RunSide& side, int position, const TokenSet& set) {
    const PositionPredictions* at = predictionsAt(side, position);
    if (!at || set.size() != 1 || !std::holds_alternative<TokenId>(set.front())) return nullptr;
    for (const Prediction& p : at->top)
        if (p.id == std::get<TokenId>(set.front())) return &p;
    return nullptr;
}

struct Numbers {
    std::optional<double> diff, answerProb, wrongProb;
};

/// The numbers of one side: as scored by the run, or read off its top predictions until a run has scored
/// them.
Numbers numbersOf(const RunSide& side, int position, const Choice& choice, bool scored) {
    if (scored && (!side.diffs.empty() || !side.answerProbs.empty()))
        return {entry(side.diffs, side, position), entry(side.answerProbs, side, position),
                entry(side.wrongProbs, side, position)};
    Numbers numbers;
    const Prediction* answer = predictionOf(side, position, choice.answer);
    const Prediction* wrong = predictionOf(side, position, choice.wrong);
    if (answer && wrong) numbers.diff = answer->logit - wrong->logit;
    if (answer) numbers.answerProb = answer->prob;
    if (wrong) numbers.wrongProb = wrong->prob;
    return numbers;
}

/// Whether a cut hides this position from every head at full strength.
bool hides(const Cut& cut, int position) {
    if (cut.kind != CutKind::Zero || cut.strength != 1.0) return false;
    return std::any_of(cut.targets.begin(), cut.targets.end(), [position](const Target& t) {
        return t.kind == TargetKind::Edge && t.layer == anyIndex && t.index == anyIndex &&
               t.query == anyIndex && t.key == position;
    });
}

} // namespace

Shown shownFor(ViewMode mode) {
    return mode == ViewMode::Cut ? Shown::Cut : mode == ViewMode::Uncut ? Shown::Uncut : Shown::Change;
}

widgets::RunMode runModeFor(ViewMode mode) {
    using widgets::RunMode;
    return mode == ViewMode::Cut ? RunMode::Cut : mode == ViewMode::Uncut ? RunMode::Uncut : RunMode::Change;
}

const PositionPredictions* predictionsAt(const RunSide& side, int position) {
    for (const PositionPredictions& at : side.positions)
        if (at.position == position) return &at;
    return nullptr;
}

Choice automaticChoice(const Picture& picture, int position) {
    const PositionPredictions* at = predictionsAt(picture.uncutSide(), position);
    if (!at || at->top.size() < 2) return {};
    return {{at->top[0].id}, {at->top[1].id}};
}

QString answerWord(const Session& session, const Picture& picture) {
    return widgets::wordOf(choiceText(picture.request.answer, &picture, session.cursor()));
}

QString wrongWord(const Session& session, const Picture& picture) {
    return widgets::wordOf(choiceText(picture.request.wrong, &picture, session.cursor()));
}

QString predictionText(const Prediction& prediction) {
    return prediction.text ? QString::fromStdString(*prediction.text)
                           : QStringLiteral("#%1").arg(prediction.id);
}

AnswerStripState presentAnswer(const Session& session, const Picture* picture, bool stale,
                               const QString& error, const QString& opening) {
    AnswerStripState state;
    state.error = error;
    state.empty = opening;
    state.stale = stale;
    state.mode = runModeFor(session.view().mode);
    if (!picture || picture->pieces().empty()) return state;
    const int cursor = std::min(session.cursor(), picture->length() - 1);
    const Choice choice =
        session.choice().answer.empty() ? automaticChoice(*picture, cursor) : session.choice();
    state.answer = choiceText(choice.answer, picture, cursor);
    state.wrong = choiceText(choice.wrong, picture, cursor);
    state.cursorToken =
        widgets::visibleToken(picture->pieces()[static_cast<std::size_t>(cursor)], cursor == 0);
    state.hasCuts = picture->hasCuts();
    state.masked = !session.model().traits.causal;
    const bool scored = picture->request.answer == choice.answer && picture->request.wrong == choice.wrong;
    const Numbers uncut = numbersOf(picture->uncutSide(), cursor, choice, scored);
    state.uncutDiff = uncut.diff;
    state.answerProbUncut = uncut.answerProb;
    state.wrongProbUncut = uncut.wrongProb;
    if (picture->hasCuts()) {
        const Numbers cut = numbersOf(picture->result.main, cursor, choice, scored);
        state.cutDiff = cut.diff;
        state.answerProbCut = cut.answerProb;
        state.wrongProbCut = cut.wrongProb;
    } else if (session.shelf().cards.empty()) {
        state.message = tr("The model says “%1”. Which part decided that?\nDrag a head onto the shelf.")
                            .arg(widgets::wordOf(state.answer));
    }
    return state;
}

std::vector<TokenChip> presentChips(const Session& session, const Picture& picture) {
    std::vector<TokenChip> chips = widgets::chipsOf(picture.pieces());
    const RunSide& side = session.view().mode == ViewMode::Uncut ? picture.uncutSide() : picture.result.main;
    const int prompt =
        steps(session.sequence()) > 0 ? session.sequence().promptTokens : static_cast<int>(chips.size());
    for (const PositionPredictions& at : side.positions) {
        const auto next = static_cast<std::size_t>(at.position) + 1;
        if (next >= chips.size()) continue;
        chips[next].prob = at.actualProb;
        QStringList expected;
        for (std::size_t i = 0; i < std::min<std::size_t>(3, at.top.size()); ++i)
            expected << QStringLiteral("%1 %2").arg(widgets::visibleText(predictionText(at.top[i])),
                                                    widgets::formatProb(at.top[i].prob));
        chips[next].expected =
            tr("Position %1. Expected here: %2").arg(next).arg(expected.join(QStringLiteral(", ")));
    }
    for (std::size_t i = 0; i < chips.size(); ++i) {
        chips[i].generated = static_cast<int>(i) >= prompt;
        for (const Card& card : session.shelf().cards)
            if (card.enabled && hides(card.cut, static_cast<int>(i))) chips[i].hidden = true;
    }
    return chips;
}

QStringList visibleTokens(const Picture& picture) {
    QStringList words;
    for (std::size_t i = 0; i < picture.pieces().size(); ++i)
        words << widgets::visibleToken(picture.pieces()[i], i == 0);
    return words;
}

QStringList presentComputed(const Session& session, const Picture* picture) {
    QStringList parts;
    const ModelInfo& model = session.model();
    if (picture) {
        QStringList how{tr("exact"), widgets::formatMilliseconds(picture->result.milliseconds)};
        if (!picture->result.computed.empty() && picture->result.computed != "full")
            how << QString::fromStdString(picture->result.computed);
        parts << how.join(QStringLiteral(" · "));
        for (const std::string& warning : picture->result.warnings)
            parts << (warning == engine::movedToCpu ? tr("moved to the CPU")
                                                    : widgets::visibleText(QString::fromStdString(warning)));
    }
    if (model.traits.nLayers > 0) {
        parts << QString::fromStdString(picture && !picture->result.dtype.empty() ? picture->result.dtype
                                                                                  : model.dtype);
        const std::string& served = picture ? picture->result.reference : model.referenceSet;
        const std::string& reference = served.empty() ? model.referenceSet : served;
        parts << (reference.empty() ? tr("no reference set")
                                    : tr("reference set: %1").arg(QString::fromStdString(reference)));
    }
    return parts;
}

QString patternName(const float* scores) {
    static constexpr const char* names[] = {
        QT_TRANSLATE_NOOP("Present", "prev"), QT_TRANSLATE_NOOP("Present", "first"),
        QT_TRANSLATE_NOOP("Present", "self"), QT_TRANSLATE_NOOP("Present", "dup"),
        QT_TRANSLATE_NOOP("Present", "induct")};
    constexpr float standsOut = 0.4F;
    const float* best = std::max_element(scores, scores + 5);
    return *best >= standsOut ? tr(names[best - scores]) : QString();
}

QString patternPhrase(const float* scores) {
    static constexpr const char* words[] = {
        QT_TRANSLATE_NOOP("Present", "previous token"), QT_TRANSLATE_NOOP("Present", "first token"),
        QT_TRANSLATE_NOOP("Present", "the token itself"), QT_TRANSLATE_NOOP("Present", "same token before"),
        QT_TRANSLATE_NOOP("Present", "induction")};
    if (patternName(scores).isEmpty()) return {};
    const float* best = std::max_element(scores, scores + 5);
    return QStringLiteral("%1 %2").arg(tr(words[best - scores]),
                                       widgets::formatProb(static_cast<double>(*best)));
}

std::optional<widgets::HeadId> tellingHead(const Session& session, const Picture& picture,
                                           const PartWish& wish) {
    const int length = static_cast<int>(picture.result.tokens.size());
    const int cursor = std::min(session.cursor(), length - 1);
    const PositionPredictions* at = predictionsAt(picture.uncutSide(), cursor);
    const auto* tiles = picture.part<engine::Tiles>(wish);
    if (!at || at->top.empty() || picture.normal(wish).shown == Shown::Change || wish.weighted || !tiles)
        return std::nullopt;
    const int heads = session.model().traits.nHeads;
    constexpr int third = 85; // of 255
    int most = third;
    std::optional<widgets::HeadId> found;
    for (std::size_t i = 0; i < tiles->tiles.size() && heads > 0; ++i) {
        const Tile& tile = tiles->tiles[i];
        const int folded = wish.folded ? 1 : 0, rowsLeft = length - tile.rows;
        if (tile.cols != length - folded || rowsLeft < 0 || rowsLeft > folded)
            return std::nullopt; // pooled: rows are mixed
        for (int key = 1; key < cursor; ++key) {
            const int level =
                tile.pixels[static_cast<std::size_t>((cursor - rowsLeft) * tile.cols + key - folded)];
            if (picture.result.tokens[static_cast<std::size_t>(key)] != at->top.front().id || level < most)
                continue;
            most = level;
            const int head = static_cast<int>(i);
            found = widgets::HeadId{LayerIndex(head / heads), HeadIndex(head % heads)};
        }
    }
    return found;
}

QString modelSize(const ModelInfo& info) {
    return QStringLiteral("%1 L · %2 H · %3")
        .arg(info.traits.nLayers)
        .arg(info.traits.nHeads)
        .arg(widgets::formatCount(static_cast<double>(info.parameters)));
}

void presentTrust(StatusLineState& state, const std::optional<engine::TrustResult>& trust) {
    using Trust = StatusLineState::Trust;
    state.trust = Trust::NotChecked;
    state.trustText = tr("not checked");
    state.trustTip = tr("It is compared with a reference in the next pause.");
    if (!trust) return;
    const auto shortly = [](double value) {
        return QString::number(value, 'g', 1)
            .replace(QLatin1String("e-0"), QStringLiteral("e−"))
            .replace(QLatin1String("e-"), QStringLiteral("e−"));
    };
    const QString difference = shortly(trust->difference);
    state.trustTip = tr("Compared: %1.").arg(widgets::visibleText(QString::fromStdString(trust->compared)));
    if (trust->state != engine::TrustState::NotChecked)
        state.trustTip += tr(" Largest difference %1, allowed %2.").arg(difference, shortly(trust->bound));
    if (!trust->bosRule.empty())
        state.trustTip += tr(" The tokenizer adds: %1; a text of many scripts %2.")
                              .arg(widgets::visibleText(QString::fromStdString(trust->bosRule)),
                                   trust->roundTrips ? tr("comes back as it was") : tr("comes back changed"));
    if (!trust->residualNorms.empty())
        state.trustTip += tr(" The residual stream's norm goes from %1 to %2%3.")
                              .arg(QString::number(trust->residualNorms.front(), 'g', 3),
                                   QString::number(trust->residualNorms.back(), 'g', 3),
                                   trust->normsSane ? QString() : tr(", which is not sane"));
    switch (trust->state) {
    case engine::TrustState::NotChecked:
        break;
    case engine::TrustState::MatchesReference:
        state.trust = Trust::Matches;
        state.trustText = tr("matches reference, max %1").arg(difference);
        break;
    case engine::TrustState::SelfConsistentOnly:
        state.trust = Trust::Consistent;
        state.trustText = tr("consistent with itself only");
        break;
    case engine::TrustState::Differs:
        state.trust = Trust::Differs;
        state.trustText = tr("⚠ differs by %1").arg(difference);
        break;
    }
}

std::vector<std::pair<QString, QString>> presentChecks(const engine::TrustResult& trust) {
    std::vector<std::pair<QString, QString>> rows;
    if (!trust.bosRule.empty()) {
        const QString adds = widgets::visibleText(QString::fromStdString(trust.bosRule));
        rows.emplace_back(tr("Tokenizer adds"),
                          trust.bosRule == "nothing" ? tr("nothing to a text") : tr("%1 a text").arg(adds));
        rows.emplace_back(
            tr("Text test"),
            trust.roundTrips
                ? tr("a text of many scripts comes back as it was")
                : tr("a text of many scripts comes back changed: %1")
                      .arg(widgets::visibleText(QString::fromStdString(trust.roundTrip)).left(120)));
    }
    if (!trust.residualNorms.empty())
        rows.emplace_back(tr("Residual norm"),
                          tr("%1 at the embedding, %2 at the end%3")
                              .arg(QString::number(trust.residualNorms.front(), 'g', 3),
                                   QString::number(trust.residualNorms.back(), 'g', 3),
                                   trust.normsSane ? QString() : tr(": ⚠ out of every usual range")));
    StatusLineState line;
    presentTrust(line, trust);
    rows.emplace_back(tr("Reference"), line.trustText);
    return rows;
}

void presentQuantization(StatusLineState& state, const ModelInfo& model) {
    if (model.quantization.empty()) return;
    const QString blocks = widgets::visibleText(QString::fromStdString(model.quantization));
    state.trustText = tr("quantised %1 · %2").arg(blocks, state.trustText);
    state.trustTip =
        tr("The weights are quantised: every number is the quantised model's, not the original's. ") +
        state.trustTip;
}

} // namespace cutaway::app
