// SPDX-License-Identifier: GPL-3.0-or-later
#include "gallery_pages.h"

#include "widgets/plot/cell_grid.h"
#include "widgets/util/pick_up.h"
#include "widgets/util/text.h"

#include <QMap>

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

QMap<QString, std::function<QWidget*()>> pages() {
    return {
        {QStringLiteral("lens"), lens},
        {QStringLiteral("sweep"), [] { return gridOf(sweepState(4, 8, true)); }},
        {QStringLiteral("sweep-12"), [] { return gridOf(sweepState(12, 12, false)); }},
        {QStringLiteral("lens-long"), longLens},
        {QStringLiteral("grid-empty"), asked},
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
