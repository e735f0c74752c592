// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/neuron_bars.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

ContributionBar bar(int head, double value) {
    ContributionBar out;
    out.name = QStringLiteral("L0H%1").arg(head);
    out.value = value;
    out.payload = Payload{headTarget(0, head), 14, false};
    return out;
}

ContributionBarsState state(const std::vector<double>& values, int shown = 8) {
    ContributionBarsState out;
    out.title = QStringLiteral("Why it changed");
    out.total = QStringLiteral("−3.60 logits");
    for (std::size_t i = 0; i < values.size(); ++i)
        out.bars.push_back(bar(static_cast<int>(i), values[i]));
    out.shown = shown;
    return out;
}

void move(QWidget& widget, const QPoint& to, Qt::MouseButtons held = Qt::NoButton) {
    QMouseEvent event(QEvent::MouseMove, to, widget.mapToGlobal(to), Qt::NoButton, held, Qt::NoModifier);
    QApplication::sendEvent(&widget, &event);
}

/// How many pixels of `rect` are exactly `colour`.
int inked(QWidget& widget, const QRect& rect, const QColor& colour) {
    QImage shot(widget.size(), QImage::Format_RGB32);
    shot.fill(colours().panel);
    widget.render(&shot, {}, {}, QWidget::DrawChildren);
    int count = 0;
    for (int y = rect.top(); y <= rect.bottom(); ++y)
        for (int x = rect.left(); x <= rect.right(); ++x)
            count += shot.pixel(x, y) == colour.rgb();
    return count;
}

using Rows = std::vector<int>;

} // namespace

class TestContributionBars : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void largestFirstUnlessOrdered() {
        ContributionBars bars;
        bars.setState(state({0.1, -2.9, 0.6, -0.6, std::nan("")}));
        QCOMPARE(bars.order(), (Rows{1, 2, 3, 0, 4})); // equal sizes keep the model's order
        ContributionBarsState ordered = state({0.1, -2.9, 0.6, -0.6});
        ordered.ordered = true;
        bars.setState(ordered);
        QCOMPARE(bars.order(), (Rows{0, 1, 2, 3}));
    }

    /// What is folded is summed in one row, so that the rows still sum to the total.
    void othersAreSummedAndUnfold() {
        ContributionBars bars;
        bars.resize(372, 400);
        bars.setState(state({0.1, -2.9, 0.2, 0.62, -0.3, 0.05}, 2));
        QCOMPARE(bars.order(), (Rows{1, 3, -1}));
        QVERIFY(bars.accessibleDescription().contains(QStringLiteral("4 others, +0.05")));
        QSignalSpy chosen(&bars, &ContributionBars::barSelected);
        QSignalSpy unfolded(&bars, &ContributionBars::expandedChanged);
        const int folded = bars.heightForWidth(372);
        QTest::mouseClick(&bars, Qt::LeftButton, {}, bars.rowRect(2).center());
        QCOMPARE(unfolded.count(), 1);
        QCOMPARE(bars.order(), (Rows{1, 3, 4, 2, 0, 5, -1}));
        QVERIFY(bars.heightForWidth(372) > folded);
        QTest::mouseClick(&bars, Qt::LeftButton, {}, bars.rowRect(6).center());
        QCOMPARE(bars.order(), (Rows{1, 3, -1}));
        QCOMPARE(chosen.count(), 0);
        // One other is no others.
        bars.setState(state({3, 2, 1}, 2));
        QCOMPARE(bars.order(), (Rows{0, 1, 2}));
        ContributionBarsState ordered = state({0.1, -2.9, 0.2, 0.62, -0.3}, 2);
        ordered.ordered = true;
        bars.setState(ordered);
        QCOMPARE(bars.order(), (Rows{1, 3, -1}));
    }

    void clickSelectsAndDragPicksUp() {
        ContributionBars bars;
        bars.resize(372, 200);
        bars.setState(state({0.1, -2.9, 0.6}));
        QSignalSpy chosen(&bars, &ContributionBars::barSelected);
        QSignalSpy opened(&bars, &ContributionBars::barActivated);
        QSignalSpy picked(&bars, &ContributionBars::pickUpRequested);
        const QPoint at = bars.rowRect(0).center();
        QTest::mousePress(&bars, Qt::LeftButton, {}, at);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.at(0).at(0).toInt(), 1);
        move(bars, at + QPoint(1, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 0);
        move(bars, at + QPoint(QApplication::startDragDistance() + 1, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.at(0).at(0).value<Payload>(), (Payload{headTarget(0, 1), 14, false}));
        QVERIFY(!picked.at(0).at(2).value<QPixmap>().isNull());
        QTest::mouseRelease(&bars, Qt::LeftButton, {}, at);
        QTest::mouseDClick(&bars, Qt::LeftButton, {}, bars.rowRect(1).center());
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened.at(0).at(0).toInt(), 2);
        QSignalSpy offers(&bars, &ContributionBars::offersRequested);
        const QPoint last = bars.rowRect(2).center();
        QContextMenuEvent menu(QContextMenuEvent::Mouse, last, bars.mapToGlobal(last));
        QApplication::sendEvent(&bars, &menu);
        QCOMPARE(offers.count(), 1);
        QCOMPARE(offers.at(0).at(0).value<Payload>().target.index, 0);
    }

    void keysWalkOverRowsAndOthers() {
        ContributionBars bars;
        bars.resize(372, 300);
        bars.setState(state({0.1, -2.9, 0.2, 0.62, -0.3}, 2));
        bars.show();
        QSignalSpy chosen(&bars, &ContributionBars::barSelected);
        QTest::keyClick(&bars, Qt::Key_Down);
        QCOMPARE(bars.selected(), 1);
        QVERIFY(bars.accessibleDescription().contains(QStringLiteral("L0H1 −2.90")));
        QTest::keyClick(&bars, Qt::Key_Up); // the edge holds
        QTest::keyClick(&bars, Qt::Key_Down);
        QCOMPARE(bars.selected(), 3);
        QCOMPARE(chosen.count(), 2);
        QCOMPARE(bars.selectedPayload(), std::optional(Payload{headTarget(0, 3), 14, false}));
        QTest::keyClick(&bars, Qt::Key_Down); // the others
        QCOMPARE(bars.selected(), -1);
        QTest::keyClick(&bars, Qt::Key_Return);
        QVERIFY(bars.expanded());
        QTest::keyClick(&bars, Qt::Key_Home);
        QCOMPARE(bars.selected(), 1);
        QSignalSpy opened(&bars, &ContributionBars::barActivated);
        QTest::keyClick(&bars, Qt::Key_Return);
        QCOMPARE(opened.at(0).at(0).toInt(), 1);
        QCOMPARE(bars.accessibleName(), QStringLiteral("Why it changed, −3.60 logits"));
    }

    /// The same part stays selected when new numbers change its place.
    void selectionFollowsTheName() {
        ContributionBars bars;
        bars.setState(state({1, 2, 3}));
        bars.setSelected(0);
        ContributionBarsState turned = state({1, 2, 3});
        std::swap(turned.bars[0], turned.bars[2]);
        bars.setState(turned);
        QCOMPARE(bars.selected(), 2);
        bars.setState(state({1}));
        QCOMPARE(bars.selected(), 0);
        ContributionBarsState other = state({1});
        other.bars[0].name = QStringLiteral("norm");
        bars.setState(other);
        QCOMPARE(bars.selected(), -1);
    }

    void hoverTells() {
        ContributionBars bars;
        bars.resize(372, 200);
        bars.setState(state({0.1, -2.9, 0.6}));
        QSignalSpy hovered(&bars, &ContributionBars::barHovered);
        move(bars, bars.rowRect(1).center());
        QCOMPARE(hovered.last().at(0).toInt(), 2);
        move(bars, QPoint(20, 2));
        QCOMPARE(hovered.last().at(0).toInt(), -1);
    }

    /// Negative bars are blue and left of the axis, positive ones orange and right; a cut bar keeps less of
    /// its colour, an estimate only dots.
    void barsSayWhatTheyAre() {
        ContributionBars bars;
        bars.resize(372, 200);
        ContributionBarsState both = state({-2.0, 2.0});
        bars.setState(both);
        const QColor blue = colours().negative;
        const QColor orange = colours().positive;
        const int solid = inked(bars, bars.rowRect(0), blue);
        QVERIFY(solid > 300);
        QCOMPARE(inked(bars, bars.rowRect(0), orange), 0);
        QVERIFY(inked(bars, bars.rowRect(1), orange) > 300);
        both.bars[0].cut = true;
        bars.setState(both);
        const int hatched = inked(bars, bars.rowRect(0), blue);
        QVERIFY(hatched > 0 && hatched < solid * 8 / 10);
        both.bars[0].cut = false;
        both.bars[0].estimate = true;
        bars.setState(both);
        QVERIFY(inked(bars, bars.rowRect(0), blue) < solid / 4);
        QVERIFY(bars.accessibleDescription().contains(QStringLiteral("≈")));
        both.stale = true;
        both.bars[0].estimate = false;
        bars.setState(both);
        QCOMPARE(inked(bars, bars.rowRect(0), blue), 0);
        // An idle cut is blank: what is below the least scale draws no long bar.
        bars.setState(state({1e-7, -1e-7}));
        QVERIFY(inked(bars, bars.rowRect(0), orange) < 40);
    }

    void messagesTakeThePlace() {
        ContributionBars bars;
        bars.resize(372, 200);
        ContributionBarsState said = state({1, 2});
        said.message = QStringLiteral("Nothing is cut yet.");
        bars.setState(said);
        QSignalSpy chosen(&bars, &ContributionBars::barSelected);
        QTest::mouseClick(&bars, Qt::LeftButton, {}, bars.rowRect(0).center());
        QTest::keyClick(&bars, Qt::Key_Down);
        QCOMPARE(chosen.count(), 0);
        QCOMPARE(bars.accessibleDescription(), said.message);
        bars.setState({}); // nothing at all
        QTest::keyClick(&bars, Qt::Key_Down);
        QVERIFY(!bars.grab().isNull());
    }

    void neuronsBecomeBars() {
        NeuronsResult result;
        result.layer = 2;
        result.position = 14;
        result.neurons = {{123, 1.5, -0.25}, {7, 0.1, 0.02}};
        const std::vector<ContributionBar> bars = barsOf(result);
        QCOMPARE(bars.size(), std::size_t(2));
        QCOMPARE(bars[0].name, QStringLiteral("L2N123"));
        QCOMPARE(bars[0].value, -0.25);
        QVERIFY(bars[0].tip.contains(QStringLiteral("+1.50")));
        QCOMPARE(bars[0].payload->target.kind, TargetKind::Neuron);
        QCOMPARE(bars[0].payload->target.layer, 2);
        QCOMPARE(bars[0].payload->target.index, 123);
        QCOMPARE(bars[0].payload->position, std::optional(14));
        QCOMPARE(barsOf(result, true)[1].value, 0.1);
    }
};

QTEST_MAIN(TestContributionBars)
#include "tst_contribution_bars.moc"
