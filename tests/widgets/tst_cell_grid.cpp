// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/cell_grid.h"
#include "widgets/plot/marks.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTextDocument>

#include <cmath>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

Payload payloadOf(int row, int col) {
    Payload out{headTarget(row, 0), col, false};
    return out;
}

/// Values grow with the row, so that a cell's colour tells which it is.
CellGridState state(int rows, int cols) {
    CellGridState out;
    out.name = QStringLiteral("Lens");
    for (int row = 0; row < rows; ++row)
        out.rows << QStringLiteral("L%1").arg(row);
    for (int col = 0; col < cols; ++col)
        out.cols << QStringLiteral("t%1").arg(col);
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col) {
            GridCell cell;
            cell.value = rows > 1 ? static_cast<double>(row) / (rows - 1) : 0.0;
            cell.payload = payloadOf(row, col);
            out.cells.push_back(cell);
        }
    return out;
}

void move(CellGrid& grid, const QPoint& to, Qt::MouseButtons held = Qt::NoButton) {
    QWidget* port = grid.viewport();
    QMouseEvent event(QEvent::MouseMove, to, port->mapToGlobal(to), Qt::NoButton, held, Qt::NoModifier);
    QApplication::sendEvent(port, &event);
}

QPoint middle(const CellGrid& grid, int row, int col) {
    return grid.viewport()->mapFrom(&grid, grid.cellRect(row, col).center());
}

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

double luminance(const QColor& c) {
    const auto part = [](double v) { return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * part(c.redF()) + 0.7152 * part(c.greenF()) + 0.0722 * part(c.blueF());
}

} // namespace

class TestCellGrid : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void clickSelectsAndDragPicksUp() {
        CellGrid grid;
        grid.resize(700, 400);
        grid.setState(state(5, 9));
        QSignalSpy chosen(&grid, &CellGrid::cellSelected);
        QSignalSpy opened(&grid, &CellGrid::cellActivated);
        QSignalSpy picked(&grid, &CellGrid::pickUpRequested);
        const QPoint at = middle(grid, 3, 7);
        QTest::mousePress(grid.viewport(), Qt::LeftButton, {}, at);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.at(0).at(0).toInt(), 3);
        QCOMPARE(chosen.at(0).at(1).toInt(), 7);
        QCOMPARE(grid.selectedPayload(), std::optional(payloadOf(3, 7)));
        move(grid, at + QPoint(1, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 0);
        move(grid, at + QPoint(QApplication::startDragDistance() + 1, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.at(0).at(0).value<Payload>(), payloadOf(3, 7));
        QVERIFY(!picked.at(0).at(2).value<QPixmap>().isNull());
        QTest::mouseRelease(grid.viewport(), Qt::LeftButton, {}, at);
        QTest::mouseDClick(grid.viewport(), Qt::LeftButton, {}, middle(grid, 1, 2));
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened.at(0).at(0).toInt(), 1);
        QCOMPARE(opened.at(0).at(1).toInt(), 2);
    }

    /// The lens has its last layer at the top; keys and colours follow what is seen.
    void bottomUpTurnsRowsOver() {
        CellGrid grid;
        grid.resize(700, 400);
        CellGridState upward = state(4, 6);
        grid.setState(upward);
        QVERIFY(grid.cellRect(0, 0).top() < grid.cellRect(3, 0).top());
        upward.bottomUp = true;
        grid.setState(upward);
        QVERIFY(grid.cellRect(0, 0).top() > grid.cellRect(3, 0).top());
        const QImage shot = grid.viewport()->grab().toImage();
        QCOMPARE(shot.pixel(middle(grid, 3, 2)), viridis()[255]);
        QCOMPARE(shot.pixel(middle(grid, 0, 2)), viridis()[0]);
        grid.setSelected(std::pair(1, 1));
        QSignalSpy chosen(&grid, &CellGrid::cellSelected);
        QTest::keyClick(&grid, Qt::Key_Up);
        QCOMPARE(grid.selected()->first, 2);
        QTest::keyClick(&grid, Qt::Key_PageDown);
        QCOMPARE(grid.selected()->first, 0);
        QTest::keyClick(&grid, Qt::Key_Down); // the edge holds
        QCOMPARE(chosen.count(), 2);
    }

    void keysWalkAndReveal() {
        CellGrid grid;
        grid.resize(300, 200);
        CellGridState many = state(40, 60);
        many.currentCol = 3;
        grid.setState(many);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        QTest::keyClick(&grid, Qt::Key_Right); // nothing selected: the current column's first
        QCOMPARE(*grid.selected(), std::pair(0, 3));
        QTest::keyClick(&grid, Qt::Key_End);
        QCOMPARE(*grid.selected(), std::pair(0, 59));
        for (int i = 0; i < 40; ++i)
            QTest::keyClick(&grid, Qt::Key_Down);
        QCOMPARE(*grid.selected(), std::pair(39, 59));
        QVERIFY(grid.rect().contains(grid.cellRect(39, 59)));
        QVERIFY(grid.accessibleDescription().contains(QStringLiteral("L39")));
        QVERIFY(grid.accessibleDescription().contains(QStringLiteral("t59")));
        QSignalSpy opened(&grid, &CellGrid::cellActivated);
        QTest::keyClick(&grid, Qt::Key_Return);
        QCOMPARE(opened.count(), 1);
        QTest::keyClick(&grid, Qt::Key_Home);
        QVERIFY(grid.rect().contains(grid.cellRect(39, 0)));
        QCOMPARE(grid.accessibleName(), QStringLiteral("Lens"));
    }

    /// A cell half scrolled under a label is not hit through the label.
    void labelsAreNotCells() {
        CellGrid grid;
        grid.resize(420, 220);
        CellGridState many = state(40, 60);
        many.cols.replaceInStrings(QStringLiteral("t"), QStringLiteral("token"));
        grid.setState(many);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        QVERIFY(grid.horizontalScrollBar()->maximum() > 0);
        QVERIFY(grid.verticalScrollBar()->maximum() > 0);
        grid.verticalScrollBar()->setValue(8);
        QSignalSpy chosen(&grid, &CellGrid::cellSelected);
        QSignalSpy column(&grid, &CellGrid::columnChosen);
        for (const int col : {0, 4, 9}) {
            column.clear();
            QTest::mouseClick(grid.viewport(), Qt::LeftButton, {},
                              grid.viewport()->mapFrom(&grid, grid.columnLabelPoint(col)));
            QCOMPARE(column.count(), 1);
            QCOMPARE(column.at(0).at(0).toInt(), col);
        }
        QCOMPARE(chosen.count(), 0);
        // Labels lean by 50°: their far ends stand over the next columns and still are theirs.
        const QPoint along(16, -19);
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, {},
                          grid.viewport()->mapFrom(&grid, grid.columnLabelPoint(4) + along));
        QCOMPARE(column.last().at(0).toInt(), 4);
        grid.horizontalScrollBar()->setValue(5 * grid.cellRect(0, 0).width());
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, {},
                          grid.viewport()->mapFrom(&grid, grid.columnLabelPoint(7)));
        QCOMPARE(column.last().at(0).toInt(), 7);
    }

    void hoverTellsAndLeaves() {
        CellGrid grid;
        grid.resize(700, 400);
        grid.setState(state(3, 4));
        QSignalSpy hovered(&grid, &CellGrid::cellHovered);
        for (int row = 0; row < 3; ++row)
            for (int col = 0; col < 4; ++col) {
                move(grid, middle(grid, row, col));
                QCOMPARE(hovered.last().at(0).toInt(), row);
                QCOMPARE(hovered.last().at(1).toInt(), col);
            }
        QCOMPARE(hovered.count(), 12);
        move(grid, QPoint(1, 1));
        QCOMPARE(hovered.last().at(0).toInt(), -1);
        QCOMPARE(hovered.last().at(1).toInt(), -1);
    }

    void menusCarryTheCell() {
        CellGrid grid;
        grid.resize(700, 400);
        CellGridState some = state(3, 4);
        some.cells[5].payload.reset(); // (1, 1)
        grid.setState(some);
        QSignalSpy offers(&grid, &CellGrid::offersRequested);
        const auto menuAt = [&](int row, int col) {
            const QPoint at = middle(grid, row, col);
            QContextMenuEvent event(QContextMenuEvent::Mouse, at, grid.viewport()->mapToGlobal(at));
            QApplication::sendEvent(grid.viewport(), &event);
        };
        menuAt(1, 1);
        QCOMPARE(offers.count(), 0);
        menuAt(2, 3);
        QCOMPARE(offers.count(), 1);
        QCOMPARE(offers.at(0).at(0).value<Payload>(), payloadOf(2, 3));
    }

    /// A cell that streams in repaints itself alone, and shows.
    void oneCellComes() {
        CellGrid grid;
        grid.resize(700, 400);
        CellGridState waiting = state(4, 6);
        for (GridCell& cell : waiting.cells)
            cell.value = std::nan("");
        grid.setState(waiting);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        QCoreApplication::processEvents();
        const QPoint at = middle(grid, 2, 4);
        QCOMPARE(QColor(grid.viewport()->grab().toImage().pixel(at)), colours().page);
        PaintSpy spy(grid.viewport());
        GridCell come;
        come.value = 1.0;
        grid.setCell(2, 4, come);
        QTRY_VERIFY(!spy.region.isEmpty());
        QVERIFY(spy.region.contains(at));
        QVERIFY(!spy.region.contains(middle(grid, 0, 0)));
        QCOMPARE(grid.viewport()->grab().toImage().pixel(at), viridis()[255]);
        grid.setCell(9, 9, come); // no such place
        grid.setCell(-1, 0, come);
    }

    void cutStaleAndFadedShow() {
        CellGrid grid;
        grid.resize(700, 400);
        CellGridState marked = state(2, 4);
        for (GridCell& cell : marked.cells)
            cell.value = 1.0;
        marked.cells[1].cut = true;
        marked.cells[2].faded = true;
        grid.setState(marked);
        const auto others = [&](int col) {
            const QImage shot = grid.viewport()->grab().toImage();
            const QRect at = grid.cellRect(0, col).adjusted(4, 4, -4, -4);
            int count = 0;
            for (int y = at.top(); y < at.bottom(); ++y)
                for (int x = at.left(); x < at.right(); ++x)
                    count += shot.pixel(x, y) != viridis()[255];
            return count;
        };
        QCOMPARE(others(0), 0);
        QVERIFY(others(1) > 20);
        const QRect second = grid.cellRect(0, 2).adjusted(4, 4, -4, -4);
        QVERIFY(others(2) >= (second.width() - 1) * (second.height() - 1));
        grid.setStale(true);
        QVERIFY(others(0) > 0);
    }

    /// A message stands in place of cells; nothing can be hit or walked.
    void messagesTakeThePlace() {
        CellGrid grid;
        grid.resize(500, 300);
        CellGridState said = state(3, 3);
        said.message = QStringLiteral("The run was stopped.");
        grid.setState(said);
        QSignalSpy chosen(&grid, &CellGrid::cellSelected);
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, {}, QPoint(100, 60));
        QTest::keyClick(&grid, Qt::Key_Down);
        QCOMPARE(chosen.count(), 0);
        QCOMPARE(grid.accessibleDescription(), said.message);
        const QImage shot = grid.viewport()->grab().toImage();
        bool ink = false;
        for (int x = 0; x < shot.width() && !ink; ++x)
            for (int y = shot.height() / 3; y < shot.height() * 2 / 3; ++y)
                ink = ink || QColor(shot.pixel(x, y)).lightness() < colours().page.lightness() - 60;
        QVERIFY(ink);
        CellGridState broken = state(3, 3);
        broken.cells.pop_back(); // a count that does not fit shows nothing rather than the wrong place
        grid.setState(broken);
        QTest::keyClick(&grid, Qt::Key_Down);
        QCOMPARE(chosen.count(), 0);
    }

    void textReadsOnEveryColour() {
        for (const Theme::Scheme scheme : {Theme::Scheme::Light, Theme::Scheme::Dark}) {
            Theme::instance().setScheme(scheme);
            for (const MapKind kind : {MapKind::Absolute, MapKind::Change})
                for (const QRgb rgb : colourTable(kind)) {
                    const double a = luminance(QColor(rgb)) + 0.05;
                    const double b = luminance(readableOn(QColor(rgb))) + 0.05;
                    QVERIFY(std::max(a, b) / std::min(a, b) >= 3.7);
                }
        }
        Theme::instance().setScheme(Theme::Scheme::Light);
    }

    /// Text from a file neither acts as markup in a tip nor shows its escapes.
    void tipsArePlain() {
        for (const QString& text : {QStringLiteral("a & <b>b</b>"), QString(200, QLatin1Char('&'))}) {
            QVERIFY(Qt::mightBeRichText(tipText(text)));
            QTextDocument shown;
            shown.setHtml(tipText(text));
            QCOMPARE(shown.toPlainText(), text);
        }
    }

    /// 1,024 × 128 cells cost what is visible of them: about as much as the 80 × 50 that fill the window.
    void manyCellsCostWhatIsVisible() {
        CellGrid many, few;
        many.setState(state(128, 1024));
        few.setState(state(50, 80));
        QImage shot(QSize(1400, 900), QImage::Format_RGB32);
        double best[] = {1e9, 1e9};
        QElapsedTimer clock;
        for (CellGrid* grid : {&many, &few}) {
            grid->resize(shot.size());
            grid->render(&shot); // lays it out
        }
        many.horizontalScrollBar()->setValue(4000);
        // In turns, since a machine's pace drifts.
        for (int i = 0; i < 10; ++i)
            for (const int which : {0, 1}) {
                clock.start();
                (which == 0 ? many : few).render(&shot);
                best[which] = std::min(best[which], static_cast<double>(clock.nsecsElapsed()) / 1e6);
            }
        qInfo("%.2f ms, %.2f ms", best[0], best[1]);
        QVERIFY2(best[0] < 4.0 * best[1], qPrintable(QString::number(best[0] / best[1])));
    }
};

QTEST_MAIN(TestCellGrid)
#include "tst_cell_grid.moc"
