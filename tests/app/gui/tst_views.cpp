// SPDX-License-Identifier: GPL-3.0-or-later
// The tabs and the waterfall in the real window, over an engine with made-up numbers.
#include "app/gui/attribution_view.h"
#include "app/gui/drag_controller.h"
#include "app/gui/inside_tab.h"
#include "app/gui/lens_view.h"
#include "app/gui/neurons_view.h"
#include "app/gui/present_analysis.h"
#include "app/gui/sweep_controller.h"
#include "app/gui/sweep_view.h"
#include "core/types/cut_text.h"
#include "tests/support/example_traits.h"
#include "tests/support/test_window.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/inside_view.h"

#include <QMenu>
#include <QTabBar>
#include <QTest>
#include <QToolButton>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

namespace {

double sumOf(const ContributionBarsState& state) {
    double sum = 0.0;
    for (const ContributionBar& bar : state.bars)
        sum += bar.value;
    return sum;
}

const ContributionBar* barNamed(const ContributionBarsState& state, const char* name) {
    for (const ContributionBar& bar : state.bars)
        if (bar.name == QLatin1String(name)) return &bar;
    return nullptr;
}

} // namespace

class TestViews : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void lensShowsEveryLayerAndPosition();
    void aLensCellIsCutAtItsPosition();
    void columnLabelsMoveTheCursor();
    void barsSumToTheDifference();
    void theWaterfallComesAndGoesWithTheCuts();
    void insideReadsTheSelectedHead();
    void neuronsFollowTheLayer();
    void everySweepCellComes();
    void keysChangeTabs();
    void hiddenViewsAskForNothing();
    void cutsCoverTheirParts();

private:
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    LensView* lens() const { return qobject_cast<LensView*>(m_window->view("lens")); }
    AttributionView* attribution() const {
        return qobject_cast<AttributionView*>(m_window->view("attribution"));
    }
    void cutHead(int layer, int head) {
        Cut cut;
        cut.targets = {headTarget(layer, head)};
        m_window->document().addCut(cut);
        settle();
    }

    QTemporaryDir m_home;
    std::unique_ptr<MainWindow> m_window;
};

void TestViews::initTestCase() {
    tests::prepareApplication(m_home);
}

void TestViews::init() {
    m_window = tests::openWindow(m_home, std::make_shared<FakeEngine::Control>());
    QVERIFY(m_window);
    settle();
}

void TestViews::lensShowsEveryLayerAndPosition() {
    m_window->showTab("lens");
    settle();
    const CellGridState& state = lens()->grid()->state();
    const int layers = tests::gptTraits().nLayers;
    QCOMPARE(state.rows.size(), layers + 1);
    QCOMPARE(state.rows.first(), QStringLiteral("embed"));
    QCOMPARE(state.cols.size(), 5);
    QCOMPARE(state.cells.size(), std::size_t(5 * (layers + 1)));
    QVERIFY(state.bottomUp);
    QCOMPARE(state.cells.back().text, QStringLiteral("·t0")); // the last layer is the output
    QVERIFY(state.message.isEmpty() && !state.stale);
}

void TestViews::aLensCellIsCutAtItsPosition() {
    m_window->showTab("lens");
    settle();
    CellGrid* grid = lens()->grid();
    QWidget* port = grid->viewport();
    const auto at = [&](int row, int col) { return port->mapFrom(grid, grid->cellRect(row, col).center()); };
    QTest::mousePress(port, Qt::LeftButton, {}, at(2, 3));
    const QPoint beyond = at(2, 3) + QPoint(QApplication::startDragDistance() + 2, 0);
    QMouseEvent moved(QEvent::MouseMove, beyond, port->mapToGlobal(beyond), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(port, &moved);
    QVERIFY(m_window->drag().carrying());
    const DropSheet* sheet = m_window->drag().sheet();
    const QPoint zero = port->mapFromGlobal(sheet->mapToGlobal(sheet->offerRect(1).center()));
    QMouseEvent over(QEvent::MouseMove, zero, port->mapToGlobal(zero), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(port, &over);
    QTest::mouseRelease(port, Qt::LeftButton, {}, zero);
    const auto& cards = m_window->document().session().shelf().cards;
    QCOMPARE(cards.size(), std::size_t(1));
    QCOMPARE(printCut(cards.front().cut), std::string("zero:blocks.1.hook_resid_post@3"));
}

void TestViews::columnLabelsMoveTheCursor() {
    m_window->showTab("lens");
    settle();
    CellGrid* grid = lens()->grid();
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, {},
                      grid->viewport()->mapFrom(grid, grid->columnLabelPoint(1)));
    QCOMPARE(m_window->document().session().cursor(), 1);
    QTRY_COMPARE(grid->state().currentCol, 1);
}

void TestViews::barsSumToTheDifference() {
    m_window->showTab("attribution");
    settle();
    const Picture* picture = m_window->scheduler().shown();
    const ContributionBarsState& state = attribution()->bars()->state();
    QVERIFY(std::abs(sumOf(state) - picture->result.main.diffs.back()) < 1e-9);
    QVERIFY(barNamed(state, "L0H1")->payload.has_value());
    QCOMPARE(barNamed(state, "L0H1")->payload->position, std::optional<int>(4)); // where it was read
}

void TestViews::theWaterfallComesAndGoesWithTheCuts() {
    QVERIFY(!m_window->why()->isVisible());
    cutHead(0, 1);
    QTRY_VERIFY(m_window->why()->isVisible());
    const Picture* picture = m_window->scheduler().shown();
    const double change = picture->result.main.diffs.back() - picture->uncutSide().diffs.back();
    QVERIFY(change < 0.0);
    const ContributionBarsState& state = m_window->why()->state();
    QVERIFY(std::abs(sumOf(state) - change) < 1e-9);
    QVERIFY(barNamed(state, "L0H1")->cut);
    QCOMPARE(barNamed(state, "L0H1")->note, QStringLiteral("cut"));
    QCOMPARE(barNamed(state, "L1H0")->note, QStringLiteral("followed"));
    m_window->document().undoStack().undo();
    QTRY_VERIFY(!m_window->why()->isVisible());
}

void TestViews::insideReadsTheSelectedHead() {
    m_window->showTab("inside");
    settle();
    auto* tab = qobject_cast<InsideTab*>(m_window->view("inside"));
    session::View look = m_window->document().session().view();
    look.layer = 1;
    look.head = 2;
    m_window->document().setView(look);
    settle();
    const HeadReading& reading = tab->view()->state().reading;
    QCOMPARE(reading.layer, 1);
    QCOMPARE(reading.head, 2);
    QCOMPARE(reading.query, 4); // the cursor
    QVERIFY(tab->view()->state().message.isEmpty());
}

void TestViews::neuronsFollowTheLayer() {
    m_window->showTab("neurons");
    settle();
    auto* tab = qobject_cast<NeuronsView*>(m_window->view("neurons"));
    QVERIFY(!tab->bars()->state().bars.empty());
    auto* up = tab->findChild<QToolButton*>(QStringLiteral("layerAbove"));
    const int before = m_window->document().session().view().layer;
    QTest::mouseClick(up, Qt::LeftButton);
    settle();
    QCOMPARE(m_window->document().session().view().layer, before + 1);
    QVERIFY(tab->bars()->state().bars.front().name.startsWith(QStringLiteral("L%1N").arg(before + 1)));
}

void TestViews::everySweepCellComes() {
    m_window->showTab("sweep");
    QTRY_VERIFY(!m_window->sweeps().running() && !m_window->sweeps().result().rows.empty());
    auto* tab = qobject_cast<SweepView*>(m_window->view("sweep"));
    const ModelTraits traits = tests::gptTraits();
    const CellGridState& state = tab->grid()->state();
    QCOMPARE(state.cells.size(), std::size_t(traits.nLayers * traits.nHeads));
    for (const GridCell& cell : state.cells)
        QVERIFY(std::isfinite(cell.value) && cell.payload && cell.payload->target.kind == TargetKind::Head);
    QTest::mouseClick(tab->grid()->viewport(), Qt::LeftButton, {},
                      tab->grid()->viewport()->mapFrom(tab->grid(), tab->grid()->cellRect(1, 2).center()));
    QCOMPARE(m_window->document().session().view().layer, 1); // the same head in every view
    QCOMPARE(m_window->document().session().view().head, 2);
    const std::string key = m_window->sweeps().key();
    cutHead(0, 1); // another run: another sweep, by itself
    QTRY_VERIFY(m_window->sweeps().key() != key && !m_window->sweeps().running());
}

void TestViews::keysChangeTabs() {
    QTest::keyClick(m_window.get(), Qt::Key_3, Qt::AltModifier);
    QCOMPARE(m_window->document().session().view().tab, std::string("lens"));
    QVERIFY(lens()->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_1, Qt::AltModifier);
    QVERIFY(!lens()->isVisible());
    QCOMPARE(m_window->document().undoStack().count(), 0); // looking is no edit
}

void TestViews::hiddenViewsAskForNothing() {
    QVERIFY(!m_window->scheduler().shown()->has({PartKind::Lens, Shown::Uncut}));
    m_window->showTab("lens");
    settle();
    QVERIFY(m_window->scheduler().shown()->has({PartKind::Lens, Shown::Uncut}));
}

void TestViews::cutsCoverTheirParts() {
    const auto parsed = [](const char* text) {
        return parseCut(std::string("zero:") + text)->targets.front();
    };
    session::Session session;
    ModelInfo info;
    info.traits = tests::gptTraits();
    session.setModel(info);
    session.setLength(5);
    const auto holds = [&](const char* cut, const char* part) {
        session.exchange(session::withCut({}, *parseCut(std::string("zero:") + cut)));
        return isCut(parsed(part), session);
    };
    QVERIFY(holds("L0H1", "L0H1"));
    QVERIFY(!holds("L0H1", "L0H2"));
    QVERIFY(!holds("L0H1", "L1H1"));
    QVERIFY(holds("L0", "L0H2") && holds("L0", "L0.mlp"));
    QVERIFY(holds("L0.attn", "L0H2") && !holds("L0.attn", "L0.mlp"));
    QVERIFY(holds("L*H1", "L1H1") && holds("L0H1[3<-2]", "L0H1"));
}

QTEST_MAIN(TestViews)
#include "tst_views.moc"
