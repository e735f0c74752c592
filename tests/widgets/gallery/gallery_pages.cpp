// SPDX-License-Identifier: GPL-3.0-or-later
#include "gallery_pages.h"

#include "widgets/plot/cell_grid.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/util/pick_up.h"
#include "widgets/util/text.h"

#include <QHBoxLayout>
#include <QMap>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace cutaway::tests {

using namespace cutaway::widgets;

namespace {

QStringList words() {
    return QStringLiteral("⌂|When|·Mary|·and|·John|·went|·to|·the|·store|,|·John|·gave|·a|·drink|·to")
        .split(QLatin1Char('|'));
}

QWidget* lens() {
    CellGridState state;
    state.name = QStringLiteral("Logit lens");
    state.rows = QStringLiteral("embed|L0|L1|L2|L3").split(QLatin1Char('|'));
    state.rowNotes = QStringLiteral("2 %|18 %|41 %|74 %|100 %").split(QLatin1Char('|'));
    state.bottomUp = true;
    state.cols = words();
    state.currentCol = 14;
    state.unit = QStringLiteral("probability of the likeliest token");
    const QStringList said =
        QStringLiteral("·the|·a|·to|·Mary|,|·and|·store|·John|·was|·her|·him|·went|·park|.")
            .split(QLatin1Char('|'));
    std::mt19937 random(5);
    std::uniform_real_distribution<double> noise(0.0, 1.0);
    for (int row = 0; row < 5; ++row)
        for (int col = 0; col < 15; ++col) {
            GridCell cell;
            cell.text = row < 2 && noise(random) < 0.5 ? state.cols.at(col)
                                                       : said.at((row * 5 + col * 3) % said.size());
            cell.value = std::min(0.97, noise(random) * (0.15 + 0.2 * row));
            cell.faded = row < 2;
            if (col == 14 && row >= 3) {
                cell.text = QStringLiteral("·Mary");
                cell.value = row == 3 ? 0.44 : 0.85;
            }
            cell.cut = row == 3 && col == 6;
            Payload payload;
            payload.target = headTarget(row, 0);
            payload.position = col;
            cell.payload = payload;
            state.cells.push_back(cell);
        }
    auto* grid = new CellGrid;
    grid->setState(state);
    grid->setSelected(std::pair(3, 13));
    return grid;
}

CellGridState sweepState(int layers, int heads, bool numbers) {
    CellGridState state;
    state.name = QStringLiteral("Sweep");
    for (int row = 0; row < layers; ++row)
        state.rows << QStringLiteral("L%1").arg(row);
    for (int col = 0; col < heads; ++col)
        state.cols << QStringLiteral("H%1").arg(col);
    state.kind = MapKind::Change;
    state.figures = true;
    state.low = -3;
    state.high = 3;
    state.unit = QStringLiteral("logits, cut − uncut");
    std::mt19937 random(9);
    std::normal_distribution<double> noise(0.0, 0.3);
    for (int row = 0; row < layers; ++row)
        for (int col = 0; col < heads; ++col) {
            GridCell cell;
            const bool here = row * heads + col < layers * heads * 7 / 8;
            if (here) cell.value = noise(random);
            if (row == 3 && col == 1) cell.value = -2.9;
            if (row == 3 && col == 5) cell.value = 1.3;
            if (numbers && here) cell.text = formatSigned(cell.value);
            cell.cut = row == 2 && col == 4;
            state.cells.push_back(cell);
        }
    return state;
}

QWidget* gridOf(const CellGridState& state) {
    auto* grid = new CellGrid;
    grid->setState(state);
    return grid;
}

QWidget* longLens() {
    CellGridState state = sweepState(32, 96, false);
    state.bottomUp = true;
    state.cols.clear();
    while (state.cols.size() < 96)
        state.cols += words();
    state.cols = state.cols.mid(0, 96);
    state.currentCol = 17;
    return gridOf(state);
}

QWidget* asked() {
    CellGridState state;
    state.message = QStringLiteral("Sweep cuts every head in turn, 32 runs; press Run to start.");
    return gridOf(state);
}

ContributionBar share(const char* name, double value, const char* note = "", bool cut = false) {
    ContributionBar out;
    out.name = QLatin1String(name);
    out.value = value;
    out.note = QLatin1String(note);
    out.cut = cut;
    out.payload = Payload{headTarget(3, 1), 14, false};
    return out;
}

/// "Why it changed" as it stands under the shelf; the same as estimates; and all of a run's contributions.
QWidget* bars() {
    ContributionBarsState why;
    why.title = QStringLiteral("Why it changed");
    why.total = QStringLiteral("−3.60 logits");
    why.footer =
        QStringLiteral("Direct contributions to Mary − John, uncut → cut. They sum to −3.60 exactly.");
    why.bars = {share("L3H1", -2.90, "cut", true), share("L3H5", 0.62, "took over"),
                share("L2H4", -0.71, "cut", true), share("L3.mlp", -0.44, "followed"),
                share("L3H3", 0.31, "took over"),  share("norm", 0.18)};
    for (int i = 0; i < 24; ++i)
        why.bars.push_back(share("L0H0", -0.0275));
    why.shown = 6;
    ContributionBarsState estimate = why;
    estimate.title = QStringLiteral("If it were cut");
    estimate.total = QStringLiteral("≈ −3.4 logits");
    estimate.footer.clear();
    estimate.bars.resize(6);
    for (ContributionBar& bar : estimate.bars) {
        bar.former = bar.value * 0.8 + 0.1;
        bar.estimate = !bar.cut;
        bar.note.clear();
    }
    ContributionBarsState none;
    none.title = QStringLiteral("Why it changed");
    none.message =
        QStringLiteral("Nothing is cut. Drag any head onto the shelf and this list says what changed.");
    ContributionBarsState all;
    all.ordered = true;
    all.shown = 40;
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0.0, 0.4);
    all.bars.push_back(share("embed", 0.2));
    for (int layer = 0; layer < 4; ++layer) {
        for (int head = 0; head < 5; ++head)
            all.bars.push_back(
                share(qPrintable(QStringLiteral("L%1H%2").arg(layer).arg(head)), noise(random)));
        all.bars.push_back(share(qPrintable(QStringLiteral("L%1.mlp").arg(layer)), noise(random)));
    }
    all.bars.push_back(share("ln_final.b", 0.02));
    all.footer = QStringLiteral("They sum to +3.24, the difference shown above.");
    auto* page = new QWidget;
    auto* row = new QHBoxLayout(page);
    auto* column = new QVBoxLayout;
    int selected = 1;
    for (const ContributionBarsState& state : {why, estimate, none}) {
        auto* shown = new ContributionBars;
        shown->setState(state);
        shown->setSelected(selected);
        selected = -1;
        shown->setFixedWidth(372);
        column->addWidget(shown);
    }
    column->addStretch(1);
    row->addLayout(column);
    auto* large = new ContributionBars;
    large->setState(all);
    row->addWidget(large, 1, Qt::AlignTop);
    return page;
}

QMap<QString, std::function<QWidget*()>> pages() {
    return {
        {QStringLiteral("lens"), lens},
        {QStringLiteral("sweep"), [] { return gridOf(sweepState(4, 8, true)); }},
        {QStringLiteral("sweep-12"), [] { return gridOf(sweepState(12, 12, false)); }},
        {QStringLiteral("lens-long"), longLens},
        {QStringLiteral("grid-empty"), asked},
        {QStringLiteral("bars"), bars},
    };
}

} // namespace

QStringList pageNames() {
    return pages().keys();
}

QWidget* makePage(const QString& name) {
    const auto make = pages().value(name);
    return make ? make() : nullptr;
}

} // namespace cutaway::tests
