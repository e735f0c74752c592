// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/head_panel.h"
#include "widgets/plot/row_bars.h"

#include <QApplication>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

/// Entry (q, k) is recognisable by its value.
float entry(int q, int k, int n) {
    return static_cast<float>(q * n + k) / static_cast<float>(n * n);
}

HeadViewState state(int n) {
    HeadViewState out;
    out.layer = LayerIndex(3);
    out.head = HeadIndex(5);
    out.pattern.shape = {n, n};
    for (int q = 0; q < n; ++q)
        for (int k = 0; k < n; ++k)
            out.pattern.values.push_back(entry(q, k, n));
    for (int i = 0; i < n; ++i)
        out.tokens << QStringLiteral("t%1").arg(i);
    out.cursor = n - 1;
    return out;
}

QPoint cell(const HeadView& view, int q, int k, int n) {
    const QRectF map = view.mapRect();
    return QPointF(map.left() + (k + 0.5) * map.width() / n, map.top() + (q + 0.5) * map.height() / n)
        .toPoint();
}

void move(QWidget* widget, const QPoint& to, Qt::MouseButtons held = Qt::NoButton) {
    QMouseEvent event(QEvent::MouseMove, to, widget->mapToGlobal(to), Qt::NoButton, held, Qt::NoModifier);
    QApplication::sendEvent(widget, &event);
}

} // namespace

class TestHeadView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Hovering tells the cell under the pointer and its value; what no query sees is no cell.
    void hoverReadsTheTensor() {
        const int n = 7;
        HeadView view;
        view.resize(400, 300);
        view.setState(state(n));
        QSignalSpy hovered(&view, &HeadView::cellHovered);
        for (int q = 0; q < n; ++q)
            for (int k = 0; k < n; ++k) {
                move(&view, QPoint(0, 0));
                hovered.clear();
                move(&view, cell(view, q, k, n));
                if (k > q) {
                    QCOMPARE(hovered.count(), 0);
                    continue;
                }
                QCOMPARE(hovered.count(), 1);
                QCOMPARE(hovered.at(0).at(0).toInt(), q);
                QCOMPARE(hovered.at(0).at(1).toInt(), k);
                QCOMPARE(hovered.at(0).at(2).toFloat(), entry(q, k, n));
            }
    }

    void dragCarriesTheEdge() {
        HeadView view;
        view.resize(400, 300);
        view.setState(state(7));
        QSignalSpy chosen(&view, &HeadView::edgeSelected);
        QSignalSpy picked(&view, &HeadView::pickUpRequested);
        const QPoint at = cell(view, 6, 2, 7);
        QTest::mousePress(&view, Qt::LeftButton, {}, at);
        QCOMPARE(chosen.count(), 1);
        move(&view, at + QPoint(QApplication::startDragDistance() + 2, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 1);
        Payload wanted{headTarget(3, 5), std::nullopt, false};
        wanted.target.kind = TargetKind::Edge;
        wanted.target.query = 6;
        wanted.target.key = 2;
        QCOMPARE(picked.at(0).at(0).value<Payload>(), wanted);
    }

    void keysStayWhereQueriesSee() {
        HeadView view;
        view.resize(400, 300);
        view.setState(state(5));
        view.setSelectedEdge(std::pair(2, 2));
        QSignalSpy chosen(&view, &HeadView::edgeSelected);
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(chosen.last().at(1).toInt(), 2);
        QTest::keyClick(&view, Qt::Key_Up);
        QCOMPARE(chosen.last().at(0).toInt(), 1);
        QCOMPARE(chosen.last().at(1).toInt(), 1);
    }

    /// A shape that is no square matrix, or whose values are not all there, shows an empty place.
    void brokenTensorsShowNothing() {
        HeadView view;
        view.resize(300, 200);
        HeadViewState broken = state(4);
        broken.pattern.values.pop_back();
        view.setState(broken);
        QSignalSpy hovered(&view, &HeadView::cellHovered);
        move(&view, view.mapRect().center());
        QCOMPARE(hovered.count(), 0);
        QVERIFY(!view.grab().isNull());
    }

    /// 1,024 tokens draw, and one strong cell is seen though it is smaller than a pixel.
    void longPromptsKeepOneCell() {
        const int n = 1024;
        HeadViewState longState = state(n);
        std::fill(longState.pattern.values.begin(), longState.pattern.values.end(), 0.0F);
        longState.pattern.values[600 * 1024 + 300] = 1.0F;
        longState.cursor = -1;
        HeadView view;
        view.resize(400, 300);
        view.setState(longState);
        const QImage shot = view.grab().toImage();
        int seen = 0;
        for (int y = 0; y < shot.height(); ++y)
            for (int x = 0; x < shot.width(); ++x)
                seen += shot.pixel(x, y) == viridis()[255];
        QVERIFY(seen >= 1);
        QVERIFY(seen <= 4);
    }

    void strongestAreSortedAndVisible() {
        const float row[] = {0.1F, -0.5F, 0.3F, 0.3F, 9.0F};
        const std::vector<RowBar> bars = strongest(row, 4, {QStringLiteral("a"), QStringLiteral("b")}, 3);
        QCOMPARE(bars.size(), std::size_t(3));
        QCOMPARE(bars[0].position, 1);
        QCOMPARE(bars[1].position, 2); // ties to the earlier
        QCOMPARE(bars[2].position, 3);
        QCOMPARE(bars[0].token, QStringLiteral("b"));
        QVERIFY(strongest(row, 0, {}, 3).empty());
        QCOMPARE(strongest(row, 2, {}, 9).size(), std::size_t(2));
    }

    /// The panel's bars and lines follow the hovered row and fall back to the cursor's.
    void rowsFollowThePointer() {
        const int n = 6;
        HeadPanel panel;
        panel.resize(800, 260);
        QSignalSpy shown(&panel, &HeadPanel::rowShown);
        panel.setState(state(n), QStringLiteral("names"));
        QCOMPARE(shown.last().at(0).toInt(), n - 1);
        panel.setTokenCursor(3);
        QCOMPARE(shown.last().at(0).toInt(), 3);
        QCOMPARE(panel.rowWeights().at(1), entry(3, 1, n));
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        move(panel.view(), cell(*panel.view(), 5, 0, n));
        QCOMPARE(shown.last().at(0).toInt(), 5);
        move(panel.view(), QPoint(0, 0));
        QCOMPARE(shown.last().at(0).toInt(), 3);
    }
};

QTEST_MAIN(TestHeadView)
#include "tst_head_view.moc"
