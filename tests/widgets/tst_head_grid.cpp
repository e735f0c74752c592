// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/head_grid.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

HeadId id(int layer, int head) {
    return {LayerIndex(layer), HeadIndex(head)};
}

Tile flat(std::uint8_t level) {
    return {4, 4, 0.0F, 1.0F, std::vector<std::uint8_t>(16, level)};
}

/// Collects what is repainted.
class PaintSpy : public QObject {
public:
    explicit PaintSpy(QWidget* watched) { watched->installEventFilter(this); }
    QRegion region;

protected:
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::Paint) region += static_cast<QPaintEvent*>(event)->region();
        return false;
    }
};

/// Moves the pointer with the left button held (QTest::mouseMove has no buttons).
void drag(QWidget* widget, const QPoint& to) {
    QMouseEvent move(QEvent::MouseMove, to, widget->mapToGlobal(to), Qt::NoButton, Qt::LeftButton,
                     Qt::NoModifier);
    QApplication::sendEvent(widget, &move);
}

} // namespace

class TestHeadGrid : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void clickSelectsAndDragPicksUp() {
        HeadGrid grid;
        grid.setShape(4, 8, true);
        grid.setTiles(std::vector<Tile>(32, flat(100)), MapKind::Absolute);
        grid.resize(1000, 500);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        QSignalSpy chosen(&grid, &HeadGrid::headSelected);
        QSignalSpy picked(&grid, &HeadGrid::pickUpRequested);
        const QPoint at = grid.viewport()->mapFrom(&grid, grid.headRect(id(3, 1)).center());
        QTest::mousePress(grid.viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(chosen.count(), 1);
        QVERIFY(grid.selected() == id(3, 1));
        drag(grid.viewport(), at + QPoint(1, 0));
        QCOMPARE(picked.count(), 0); // a trembling hand is a click
        drag(grid.viewport(), at + QPoint(QApplication::startDragDistance() + 1, 0));
        QCOMPARE(picked.count(), 1);
        const Payload payload = picked.at(0).at(0).value<Payload>();
        QCOMPARE(payload, (Payload{headTarget(3, 1), std::nullopt, false}));
        QVERIFY(!picked.at(0).at(2).value<QPixmap>().isNull());
        drag(grid.viewport(), at + QPoint(60, 60));
        QCOMPARE(picked.count(), 1); // once a press
    }

    void keysWalkOverEveryHead() {
        HeadGrid grid;
        grid.setShape(3, 5, true);
        grid.resize(300, 160);
        grid.show();
        grid.setFocus();
        QSignalSpy chosen(&grid, &HeadGrid::headSelected);
        QTest::keyClick(&grid, Qt::Key_Right); // nothing selected: the first
        QVERIFY(grid.selected() == id(0, 0));
        QTest::keyClick(&grid, Qt::Key_Left); // the edge holds
        QCOMPARE(chosen.count(), 1);
        QTest::keyClick(&grid, Qt::Key_Down);
        QTest::keyClick(&grid, Qt::Key_End);
        QVERIFY(grid.selected() == id(1, 4));
        QTest::keyClick(&grid, Qt::Key_PageDown);
        QVERIFY(grid.selected() == id(2, 4));
        // It was brought into sight.
        QVERIFY(grid.rect().contains(grid.headRect(id(2, 4))));
        QSignalSpy opened(&grid, &HeadGrid::headActivated);
        QTest::keyClick(&grid, Qt::Key_Return);
        QCOMPARE(opened.count(), 1);
        QVERIFY(grid.accessibleDescription().contains(QStringLiteral("head 4")));
    }

    /// In another order heads are found, walked over and carried where they stand, under their own names.
    void anyOrderKeepsItsHeads() {
        HeadGrid grid;
        grid.setShape(2, 3, true);
        std::vector<Tile> tiles;
        for (int i = 0; i < 6; ++i)
            tiles.push_back(flat(static_cast<std::uint8_t>(40 * i)));
        grid.setTiles(tiles, MapKind::Absolute);
        grid.resize(600, 300);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        const QRect first = grid.headRect(id(0, 0)), fourth = grid.headRect(id(1, 0));
        grid.setSelected(id(1, 2));
        const std::vector<HeadId> order{id(1, 2), id(0, 1), id(1, 0), id(0, 0), id(1, 1), id(0, 2)};
        grid.setOrder(order);
        QVERIFY(grid.selected() == id(1, 2));
        QCOMPARE(grid.headRect(id(1, 2)), first);
        QCOMPARE(grid.headRect(id(0, 0)), fourth);
        // What is painted there is that head's picture.
        const QImage shot = grid.viewport()->grab().toImage();
        const QRect at = grid.headRect(id(0, 1)).translated(-grid.viewport()->pos());
        QCOMPARE(shot.pixel(at.left() + 4, at.bottom() - 4), viridis()[40]);
        QSignalSpy chosen(&grid, &HeadGrid::headSelected);
        grid.setFocus();
        QTest::keyClick(&grid, Qt::Key_Right);
        QVERIFY(grid.selected() == id(0, 1));
        QTest::keyClick(&grid, Qt::Key_Down);
        QVERIFY(grid.selected() == id(1, 1));
        QTest::keyClick(&grid, Qt::Key_End);
        QVERIFY(grid.selected() == id(0, 2));
        QCOMPARE(chosen.count(), 3);
        QSignalSpy picked(&grid, &HeadGrid::pickUpRequested);
        const QPoint on = grid.viewport()->mapFrom(&grid, grid.headRect(id(1, 0)).center());
        QTest::mousePress(grid.viewport(), Qt::LeftButton, {}, on);
        QVERIFY(grid.selected() == id(1, 0));
        drag(grid.viewport(), on + QPoint(QApplication::startDragDistance() + 1, 0));
        QCOMPARE(picked.at(0).at(0).value<Payload>(), (Payload{headTarget(1, 0), std::nullopt, false}));
        QTest::mouseRelease(grid.viewport(), Qt::LeftButton, {}, on);
        // No order but a whole one.
        grid.setOrder({id(0, 0), id(0, 0), id(1, 0), id(0, 1), id(1, 1), id(0, 2)});
        grid.setOrder({id(0, 0)});
        QVERIFY(grid.order() == order);
        grid.setOrder({});
        QCOMPARE(grid.headRect(id(0, 0)), first);
    }

    /// The margin bar stands at the left of its picture, in grey, as long as the share it stands for.
    void marginBarsTellWhatIsFolded() {
        HeadGrid grid;
        grid.setShape(1, 2, true);
        grid.setTiles({flat(0), flat(0)}, MapKind::Absolute);
        grid.setMarginBars({0.5F, 1.0F}, {QStringLiteral("50 % on first token"), QString()});
        grid.resize(500, 160);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        const QImage shot = grid.viewport()->grab().toImage();
        const auto greyIn = [&](HeadId head) {
            const QRect thumb = grid.headRect(head).translated(-grid.viewport()->pos());
            int grey = 0;
            for (int y = thumb.top(); y <= thumb.bottom(); ++y)
                grey += shot.pixelColor(thumb.left() - 5, y).rgb() == colours().mute.rgb();
            return std::pair(grey, thumb.height());
        };
        const auto [half, height] = greyIn(id(0, 0));
        QVERIFY(std::abs(half - height / 2) <= 1);
        QCOMPARE(greyIn(id(0, 1)).first, height);
        grid.setSelected(id(0, 0));
        QVERIFY(grid.accessibleDescription().contains(QStringLiteral("50 % on first token")));
    }

    /// New tiles repaint only the thumbnails that differ.
    void onlyChangedHeadsRepaint() {
        HeadGrid grid;
        grid.setShape(4, 8, true);
        std::vector<Tile> tiles(32, flat(10));
        grid.setTiles(tiles, MapKind::Absolute);
        grid.resize(1000, 520);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        QCoreApplication::processEvents();
        PaintSpy spy(grid.viewport());
        grid.setTiles(tiles, MapKind::Absolute);
        QCoreApplication::processEvents();
        QVERIFY(spy.region.isEmpty());
        tiles[8 * 2 + 3] = flat(200);
        grid.setTiles(tiles, MapKind::Absolute);
        QTRY_VERIFY(!spy.region.isEmpty());
        const QRect head = grid.headRect(id(2, 3)).translated(-grid.viewport()->pos());
        QVERIFY(spy.region.contains(head.center()));
        QVERIFY(!spy.region.contains(head.translated(head.width() + 30, 0).center()));
        QVERIFY(!spy.region.contains(head.translated(0, head.height() + 30).center()));
        // And what is painted is the new tile: the diagonal cell's colour (the upper triangle is sunk).
        const QImage shot = grid.viewport()->grab().toImage();
        QCOMPARE(shot.pixel(head.left() + 4, head.bottom() - 4), viridis()[200]);
    }

    void cutHeadsAreHatched() {
        HeadGrid grid;
        grid.setShape(1, 2, true);
        grid.setTiles({flat(255), flat(255)}, MapKind::Absolute);
        grid.resize(400, 160);
        const QRect left = grid.headRect(id(0, 0));
        const auto inked = [&](const QRect& rect) {
            const QImage shot = grid.grab().toImage();
            int other = 0;
            for (int y = rect.center().y(); y < rect.bottom(); ++y)
                for (int x = rect.left() + 1; x < rect.left() + rect.width() / 4; ++x)
                    other += shot.pixel(x, y) != viridis()[255];
            return other;
        };
        QCOMPARE(inked(left), 0);
        grid.setCutHeads({true, false});
        QVERIFY(inked(left) > 20);
        QCOMPARE(inked(grid.headRect(id(0, 1))), 0);
    }

    /// Few layers shrink into the height there is, so that nothing scrolls; many keep their size and scroll.
    void fewLayersFitTheHeight() {
        HeadGrid grid;
        grid.setShape(4, 8, true);
        grid.show();
        for (const QSize size : {QSize(1020, 520), QSize(1020, 400), QSize(700, 360)}) {
            grid.resize(size);
            QVERIFY(grid.rect().contains(grid.headRect(id(3, 7))));
            QCOMPARE(grid.verticalScrollBar()->maximum(), 0);
            QCOMPARE(grid.horizontalScrollBar()->maximum(), 0);
        }
        grid.resize(1020, 200);
        QVERIFY(grid.verticalScrollBar()->maximum() > 0);
        QVERIFY(grid.headRect(id(0, 0)).width() >= 90);
    }

    /// Every model's heads can be reached, however many they are, and stay large enough to hit.
    void manyHeads() {
        HeadGrid grid;
        grid.setShape(32, 32, true);
        grid.setTiles(std::vector<Tile>(1024, flat(5)), MapKind::Absolute);
        grid.resize(900, 500);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        grid.setSelected(id(31, 31));
        QVERIFY(grid.rect().contains(grid.headRect(id(31, 31))));
        QVERIFY(grid.headRect(id(31, 31)).width() >= 44);
        QSignalSpy chosen(&grid, &HeadGrid::headSelected);
        const QPoint at = grid.viewport()->mapFrom(&grid, grid.headRect(id(30, 30)).center());
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(chosen.count(), 1);
        QVERIFY(grid.selected() == id(30, 30));
    }

    /// What a slider's step costs here: 144 new tiles of 84 × 84 cells, scaled, coloured and painted.
    void allHeadsChange() {
        HeadGrid grid;
        grid.setShape(12, 12, true);
        grid.resize(1100, 1000);
        const std::vector<Tile> frames[] = {
            std::vector<Tile>(144, Tile{84, 84, 0.0F, 1.0F, std::vector<std::uint8_t>(84 * 84, 20)}),
            std::vector<Tile>(144, Tile{84, 84, 0.0F, 1.0F, std::vector<std::uint8_t>(84 * 84, 90)})};
        QImage shot(grid.size(), QImage::Format_RGB32);
        std::size_t frame = 0;
        QBENCHMARK {
            grid.setTiles(frames[frame++ % 2], MapKind::Absolute);
            grid.render(&shot);
        }
        const QPoint corner = grid.headRect(id(11, 11)).bottomLeft() + QPoint(2, -2);
        if (grid.rect().contains(corner)) QCOMPARE(shot.pixel(corner), viridis()[frame % 2 == 1 ? 20 : 90]);
    }

    void wrongNumbersOfTilesAreIgnored() {
        HeadGrid grid;
        grid.setShape(2, 2, true);
        grid.setTiles(std::vector<Tile>(3, flat(1)), MapKind::Absolute);
        QVERIFY(grid.thumbnail(id(0, 0)).isNull());
        grid.setTiles(std::vector<Tile>(4, flat(1)), MapKind::Absolute);
        QVERIFY(!grid.thumbnail(id(1, 1)).isNull());
    }
};

QTEST_MAIN(TestHeadGrid)
#include "tst_head_grid.moc"
