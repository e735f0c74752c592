// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present_history.h"

#include "app/gui/present.h"
#include "widgets/util/text.h"

#include <QCoreApplication>
#include <QDateTime>

namespace cutaway::app {

using namespace session;

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("Present", text);
}

QString cutsText(const RunRecord& record) {
    QStringList cuts;
    for (const std::string& cut : record.cuts)
        cuts << QString::fromStdString(cut);
    return cuts.join(QLatin1Char(' '));
}

QString promptText(const Sequence& sequence) {
    QString text = QString::fromStdString(sequence.text);
    if (sequence.text.empty()) {
        QStringList ids;
        for (const TokenId id : sequence.tokens)
            ids << QString::number(id);
        text = ids.join(QStringLiteral(", "));
    }
    if (const int stepped = steps(sequence)) text += tr(" + %1 steps").arg(stepped);
    return text;
}

std::optional<double> entry(const std::vector<double>& values, const RunSide& side, int position) {
    for (std::size_t i = 0; i < side.positions.size() && i < values.size(); ++i)
        if (side.positions[i].position == position) return values[i];
    return std::nullopt;
}

} // namespace

std::optional<RunRecord> recordOf(const Session& session, const Picture& picture, const Choice& scored) {
    RunRecord record;
    record.when = QDateTime::currentSecsSinceEpoch();
    record.sequence = session.sequence();
    record.donor = session.donor();
    record.shelf = session.shelf();
    record.choice = scored;
    record.chosen = !session.choice().answer.empty();
    record.position = session.cursor();
    record.cuts = picture.result.cuts;
    record.words = QStringLiteral("%1 − %2")
                       .arg(answerWord(session, picture), wrongWord(session, picture))
                       .toStdString();
    const RunSide& main = picture.result.main;
    record.uncut = entry(picture.uncutSide().diffs, picture.uncutSide(), record.position);
    record.cut = entry(main.diffs, main, record.position);
    record.answerProb = entry(main.answerProbs, main, record.position);
    record.wrongProb = entry(main.wrongProbs, main, record.position);
    if (!record.uncut || !record.cut) return std::nullopt;
    return record;
}

std::vector<widgets::HistoryRow> presentHistory(const RunHistory& history, int shown) {
    std::vector<widgets::HistoryRow> rows;
    for (const RunRecord& record : history.runs()) {
        widgets::HistoryRow row;
        row.id = record.id;
        row.cuts = cutsText(record);
        row.prompt = promptText(record.sequence);
        row.numbers = record.cuts.empty()
                          ? widgets::formatSigned(*record.cut)
                          : QStringLiteral("%1 → %2").arg(widgets::formatSigned(*record.uncut),
                                                          widgets::formatSigned(*record.cut));
        row.words = QString::fromStdString(record.words);
        row.when = QDateTime::fromSecsSinceEpoch(record.when).toString(QStringLiteral("hh:mm"));
        row.pinned = history.pinned() && history.pinned()->id == record.id;
        row.shown = record.id == shown;
        rows.push_back(std::move(row));
    }
    return rows;
}

QString baselineName(const RunRecord& record, const Sequence& now) {
    const QString cuts = record.cuts.empty() ? tr("uncut") : cutsText(record);
    return record.sequence == now ? cuts : tr("%1 on “%2”").arg(cuts, promptText(record.sequence));
}

void presentBaseline(widgets::AnswerStripState& state, const RunRecord& baseline, const Session& session,
                     const Choice& scored) {
    if (state.answer.isEmpty() || !state.uncutDiff) return;
    if (!(baseline.choice == scored)) {
        state.baselineNote =
            tr("baseline is of %1: not compared").arg(QString::fromStdString(baseline.words));
        return;
    }
    if (!state.hasCuts) {
        state.cutDiff = state.uncutDiff;
        state.answerProbCut = state.answerProbUncut;
        state.wrongProbCut = state.wrongProbUncut;
    }
    state.baseline = baselineName(baseline, session.sequence());
    if (!(baseline.sequence == session.sequence()))
        state.baselineNote = tr("other prompt");
    else if (baseline.position != session.cursor())
        state.baselineNote = tr("at position %1").arg(baseline.position);
    state.uncutDiff = baseline.cut;
    state.answerProbUncut = baseline.answerProb;
    state.wrongProbUncut = baseline.wrongProb;
    state.share.clear();
}

void presentEffect(widgets::ShelfCardState& state, const CardEffect& effect, bool stale) {
    state.effectStale = stale;
    const int decimals = 2;
    const QString alone = widgets::formatSigned(effect.alone, decimals);
    const QString without = widgets::formatSigned(effect.withoutIt, decimals);
    state.effect = tr("alone %1 · without it %2").arg(alone, without);
    state.effectTip =
        tr("As the only cut it moves the difference by %1 logits. Taking it off the shelf takes %2 away "
           "from what all cuts do together.")
            .arg(alone, without);
    switch (relationOf(effect)) {
    case CardRelation::Independent:
        break;
    case CardRelation::Backup:
        state.effectWord = tr("backup");
        state.effectTip +=
            QLatin1Char(' ') + tr("It does more with the others cut than alone: they cover for it.");
        break;
    case CardRelation::Synergy:
        state.effectWord = tr("synergy");
        state.effectTip +=
            QLatin1Char(' ') +
            tr("It does less with the others cut than alone: they are parts of one mechanism.");
        break;
    case CardRelation::Reversal:
        state.effectWord = tr("turns round");
        state.effectTip +=
            QLatin1Char(' ') + tr("With the others cut it moves the difference the other way than alone.");
        break;
    }
}

} // namespace cutaway::app
