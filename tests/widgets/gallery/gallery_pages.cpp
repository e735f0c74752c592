// SPDX-License-Identifier: GPL-3.0-or-later
#include "gallery_pages.h"

#include "widgets/plot/cell_grid.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/dot_strip.h"
#include "widgets/util/pick_up.h"
#include "widgets/util/text.h"
#include "widgets/views/inside_view.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QMap>
#include <QMouseEvent>
#include <QTimer>
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

DotStripState promptSet(int count, double middle, double wide) {
    DotStripState state;
    state.title = QStringLiteral("%1 like it").arg(count);
    state.unit = QStringLiteral("logits");
    std::mt19937 random(21);
    std::normal_distribution<double> noise(middle, wide);
    for (int i = 0; i < count; ++i)
        state.dots.push_back(
            {noise(random), QStringLiteral("When Anna and Paul went to the park,"), i % 19 == 5});
    state.current = 3;
    return state;
}

/// As it stands in the shelf's width, wide and with many prompts, and before anything has run.
QWidget* dots() {
    DotStripState none;
    none.message = QStringLiteral("One prompt says little. Try 64 like it.");
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    for (const DotStripState& state : {promptSet(64, -2.1, 1.4), promptSet(12, 0.4, 0.3), none}) {
        auto* strip = new DotStrip;
        strip->setState(state);
        strip->setFixedSize(372, 132);
        column->addWidget(strip);
    }
    auto* wide = new DotStrip;
    wide->setState(promptSet(512, 0.6, 1.1));
    column->addWidget(wide, 1);
    wide->setFocus();
    return page;
}

/// A reading whose numbers hang together: scores from the vectors, the pattern their softmax, z the weighted
/// sum.
HeadReading reading(int keys, int dims, int query, bool towards) {
    HeadReading r;
    r.layer = 3;
    r.head = 5;
    r.query = query;
    r.scale = 1.0 / std::sqrt(static_cast<double>(dims));
    std::mt19937 random(11);
    std::normal_distribution<float> noise(0.0F, 1.0F);
    const auto n = static_cast<std::size_t>(dims);
    r.q.resize(n);
    for (float& v : r.q)
        v = 1.2F * noise(random);
    double sum = 0;
    for (int key = 0; key < keys; ++key) {
        const float like = key == 2 ? 0.62F : key == 4 || key == 10 ? 0.38F : key == 0 ? 0.25F : 0.1F;
        std::vector<float> k(n), v(n);
        double dot = 0;
        for (std::size_t i = 0; i < n; ++i) {
            k[i] = like * r.q[i] + 0.5F * noise(random);
            v[i] = noise(random);
            dot += static_cast<double>(r.q[i]) * static_cast<double>(k[i]);
        }
        r.keys.push_back(k);
        r.values.push_back(v);
        const bool masked = key > query;
        r.scores.push_back(masked ? -std::numeric_limits<float>::infinity()
                                  : static_cast<float>(dot * r.scale));
        r.pattern.push_back(masked ? 0.0F : std::exp(r.scores.back()));
        sum += static_cast<double>(r.pattern.back());
    }
    r.z.assign(n, 0.0F);
    for (std::size_t key = 0; key < r.pattern.size(); ++key) {
        r.pattern[key] /= static_cast<float>(sum);
        for (std::size_t i = 0; i < n; ++i)
            r.z[i] += r.pattern[key] * r.values[key][i];
        r.written.push_back(r.pattern[key] * (3.1F + 0.4F * noise(random)));
        if (!towards) continue;
        const float adds = key == 2 ? 5.1F : key == 4 || key == 10 ? -2.2F : 0.4F * noise(random);
        r.towards.push_back(r.pattern[key] * adds);
        r.total += static_cast<double>(r.towards.back());
    }
    r.outNorm = 2.41;
    const auto token = [](int id, const char* text, double logit) {
        Prediction out;
        out.id = id;
        out.text = text;
        out.logit = logit;
        return out;
    };
    r.raised = {token(1, " Mary", 1.92), token(2, " her", 0.81), token(3, " Anna", 0.64),
                token(4, " Mrs", 0.41),  token(5, " she", 0.38), token(6, " Marie", 0.22)};
    r.lowered = {token(7, " John", -1.04), token(8, " his", -0.58),   token(9, " him", -0.52),
                 token(10, " Mr", -0.31),  token(11, " Paul", -0.27), token(12, "\n", -0.11)};
    return r;
}

InsideView* inside(int keys, int dims, int query, bool towards, bool marked) {
    InsideViewState state;
    state.reading = reading(keys, dims, query, towards);
    while (state.tokens.size() < keys)
        state.tokens += words();
    state.answer = QStringLiteral("Mary");
    state.wrong = QStringLiteral("John");
    state.cut = marked;
    auto* view = new InsideView;
    view->setState(state);
    if (marked) view->setSelectedKey(4);
    view->setFocus();
    return view;
}

/// The pointer over one dim of a key.
QWidget* insideHovered() {
    InsideView* view = inside(15, 32, 14, true, false);
    QTimer::singleShot(0, view, [view] {
        const QPoint at = view->keyRect(4, InsideColumn::Key).center() + QPoint(-12, 0);
        QMouseEvent move(QEvent::MouseMove, at, view->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                         Qt::NoModifier);
        QApplication::sendEvent(view->viewport(), &move);
    });
    return view;
}

QMap<QString, std::function<QWidget*()>> pages() {
    return {
        {QStringLiteral("lens"), lens},
        {QStringLiteral("sweep"), [] { return gridOf(sweepState(4, 8, true)); }},
        {QStringLiteral("sweep-12"), [] { return gridOf(sweepState(12, 12, false)); }},
        {QStringLiteral("lens-long"), longLens},
        {QStringLiteral("grid-empty"), asked},
        {QStringLiteral("bars"), bars},
        {QStringLiteral("dots"), dots},
        {QStringLiteral("inside"), [] { return inside(15, 32, 14, true, false); }},
        {QStringLiteral("inside-hover"), insideHovered},
        {QStringLiteral("inside-long"), [] { return inside(60, 64, 50, true, true); }},
        {QStringLiteral("inside-plain"), [] { return inside(9, 128, 8, false, false); }},
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
