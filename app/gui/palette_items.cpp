// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/palette_items.h"

#include "app/gui/error_sentence.h"
#include "core/session/offers.h"
#include "core/types/cut_text.h"
#include "core/types/legality.h"
#include "widgets/util/pick_up.h"

#include <QAction>
#include <QCoreApplication>

#include <algorithm>

namespace cutaway::app {

using namespace session;

namespace {

constexpr std::size_t mostRows = 60;

QString tr(const char* text) {
    return QCoreApplication::translate("Palette", text);
}

/// `L3H1` typed in any case; none where it names nothing this model has.
std::optional<Target> targetOf(const QString& word, const ModelTraits& traits) {
    QString name = word;
    if (name.startsWith(QLatin1Char('l'))) name[0] = QLatin1Char('L');
    for (qsizetype i = 1; i < name.size(); ++i)
        if (name.at(i - 1).isDigit() && (name.at(i) == QLatin1Char('h') || name.at(i) == QLatin1Char('n')))
            name[i] = name.at(i).toUpper();
    const Result<Cut> cut = parseCut("scale(0.5):" + name.toStdString());
    if (!cut || cut->targets.size() != 1 || !checkCut(*cut, traits)) return std::nullopt;
    return cut->targets.front();
}

PaletteRow rowOf(QString title, QString detail, QString keys, PaletteChoice choice) {
    PaletteRow row;
    row.item.title = std::move(title);
    row.item.detail = std::move(detail);
    row.item.keys = std::move(keys);
    row.choice = std::move(choice);
    return row;
}

void addOffers(std::vector<PaletteRow>& rows, const Target& target, const Session& session,
               const QString& rest) {
    const QString name = QString::fromStdString(printTarget(target));
    std::vector<PaletteRow> found;
    found.push_back(rowOf(tr("Go to %1").arg(name), {}, {}, GoToTarget{target}));
    std::vector<std::pair<int, PaletteRow>> fitted;
    for (const Offer& offer : offers({target, std::nullopt, false, false}, {}, session.sessionView())) {
        PaletteRow row = rowOf(QStringLiteral("%1 %2").arg(QString::fromStdString(offer.label), name),
                               QString::fromStdString(offer.allowed ? offer.detail : offer.reason),
                               QString::fromStdString(offer.key), offer);
        row.item.enabled = offer.allowed;
        row.item.group = tr("Cut");
        const auto fit = letterFit(rest, QString::fromStdString(offer.label));
        if (rest.isEmpty())
            found.push_back(std::move(row));
        else if (fit)
            fitted.emplace_back(*fit, std::move(row));
    }
    std::stable_sort(fitted.begin(), fitted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [fit, row] : fitted)
        rows.push_back(std::move(row));
    for (PaletteRow& row : found)
        rows.push_back(std::move(row));
}

/// Everything there is, to be found by letters.
std::vector<PaletteRow> everything(const PaletteSources& sources) {
    std::vector<PaletteRow> rows;
    for (QAction* action : sources.actions) {
        QString text = action->text();
        text.remove(QLatin1Char('&'));
        PaletteRow row = rowOf(text, {}, action->shortcut().toString(QKeySequence::NativeText), action);
        row.item.enabled = action->isEnabled();
        row.item.group = tr("Action");
        rows.push_back(std::move(row));
    }
    for (std::size_t i = 0; i < sources.tabs.size(); ++i) {
        PaletteRow row = rowOf(sources.tabs[i].second, {}, QStringLiteral("Alt+%1").arg(i + 1),
                               GoToTab{sources.tabs[i].first});
        row.item.group = tr("View");
        rows.push_back(std::move(row));
    }
    for (qsizetype i = 0; i < sources.tokens.size(); ++i) {
        PaletteRow row =
            rowOf(sources.tokens.at(i), tr("position %1").arg(i), {}, GoToToken{static_cast<int>(i)});
        row.item.group = tr("Token");
        row.item.mono = true;
        rows.push_back(std::move(row));
    }
    const ModelTraits& traits = sources.session->model().traits;
    for (int layer = 0; layer < traits.nLayers; ++layer) {
        const auto add = [&](const Target& target, const QString& words) {
            PaletteRow row =
                rowOf(QString::fromStdString(printTarget(target)), words, {}, GoToTarget{target});
            row.item.group = tr("Part");
            rows.push_back(std::move(row));
        };
        Target block;
        block.kind = TargetKind::Block;
        block.layer = layer;
        add(block, tr("layer %1").arg(layer));
        for (int head = 0; head < traits.nHeads; ++head)
            add(widgets::headTarget(layer, head), tr("head %1 of layer %2").arg(head).arg(layer));
        if (!traits.hasMlp()) continue;
        Target mlp = block;
        mlp.kind = TargetKind::Mlp;
        add(mlp, tr("MLP of layer %1").arg(layer));
    }
    return rows;
}

} // namespace

std::optional<int> letterFit(const QString& letters, const QString& text) {
    int score = 0;
    qsizetype at = 0, before = -2;
    for (const QChar letter : letters) {
        if (letter.isSpace()) continue;
        qsizetype found = -1;
        for (qsizetype i = at; i < text.size(); ++i)
            if (text.at(i).toCaseFolded() == letter.toCaseFolded()) {
                found = i;
                break;
            }
        if (found < 0) return std::nullopt;
        const bool begins = found == 0 || !text.at(found - 1).isLetterOrNumber();
        score += found == before + 1 ? 5 : begins ? 4 : 1;
        before = found;
        at = found + 1;
    }
    return score - static_cast<int>(std::min<qsizetype>(text.size() / 8, 3));
}

std::vector<PaletteRow> paletteRows(const QString& typed, const PaletteSources& sources) {
    std::vector<PaletteRow> rows;
    const QString text = typed.trimmed();
    const ModelTraits& traits = sources.session->model().traits;
    if (text.contains(QLatin1Char(':'))) {
        if (const Result<Cut> cut = parseCut(text.toStdString())) {
            const Status legal = checkRunnable(*cut, traits, sources.session->length());
            PaletteRow row = rowOf(tr("Put %1 onto the shelf").arg(QString::fromStdString(printCut(*cut))),
                                   legal ? QString() : sentenceOf(legal.error()), {}, AddCut{*cut});
            row.item.enabled = legal.has_value();
            row.item.group = tr("Cut");
            rows.push_back(std::move(row));
        } else {
            PaletteRow row = rowOf(sentenceOf(cut.error()), {}, {}, {});
            row.item.enabled = false;
            rows.push_back(std::move(row));
        }
    }
    // `L3H1`, `zero L3H1`, `L3H1 zero`: the part and what can be done with it.
    const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    for (qsizetype i = 0; i < words.size(); ++i)
        if (const std::optional<Target> target = targetOf(words.at(i), traits)) {
            QStringList rest = words;
            rest.removeAt(i);
            addOffers(rows, *target, *sources.session, rest.join(QLatin1Char(' ')));
            break;
        }
    std::vector<std::pair<int, PaletteRow>> fitted;
    for (PaletteRow& row : everything(sources)) {
        const auto fit = letterFit(text, row.item.title);
        const auto worse = letterFit(text, row.item.detail);
        if (fit || worse)
            fitted.emplace_back(std::max(fit.value_or(-100), worse.value_or(-100) - 4), std::move(row));
    }
    if (!text.isEmpty())
        std::stable_sort(fitted.begin(), fitted.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [fit, row] : fitted)
        if (rows.size() < mostRows) rows.push_back(std::move(row));
    return rows;
}

} // namespace cutaway::app
