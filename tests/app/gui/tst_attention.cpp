// SPDX-License-Identifier: GPL-3.0-or-later
// How Attention shows its heads, what is worked out in pauses, and presenting, in the real window over an
// engine with made-up numbers.
#include "app/gui/attention_tools.h"
#include "app/gui/attention_view.h"
#include "app/gui/idle_figures.h"
#include "app/gui/lens_view.h"
#include "app/gui/main_window.h"
#include "app/gui/run_scheduler.h"
#include "tests/support/example_traits.h"
#include "tests/support/fake_engine.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/plot/head_grid.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/row_bars.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/prompt_bar.h"

#include <QDockWidget>
#include <QMenu>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using session::Folding;
using session::HeadSort;
using tests::FakeEngine;

class TestAttention : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void sortingKeepsTheSelection();
    void theOrderIsThatOfTheUncutRun();
    void foldingAsksForOtherTilesAndBack();
    void weightedSaysItsUnit();
    void effectsComeInPauses();
    void effectsFollowTheCursor();
    void cutsDoNotMoveTheEffects();
    void heavyModelsWait();
    void theLensKnowsHowFarToTrust();
    void presentingHidesAndComesBack();

private:
    HeadGrid* grid() const { return m_window->attention()->grid(); }
    const session::View& view() const { return m_window->document().session().view(); }
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    void settleFigures() { QTRY_VERIFY(m_window->scheduler().complete() && m_window->figures().settled()); }
    void cutHead(int layer, int head) {
        Cut cut;
        cut.targets = {headTarget(layer, head)};
        m_window->document().addCut(cut);
        settle();
    }
    QVariant effect(int layer, int head) const {
        const ModelTreeModel* tree = m_window->tree()->treeModel();
        return tree->data(tree->indexOf(headTarget(layer, head)), ModelTreeModel::EffectRole);
    }

    QTemporaryDir m_home;
    std::shared_ptr<FakeEngine::Control> m_control;
    std::unique_ptr<MainWindow> m_window;
};

void TestAttention::initTestCase() {
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    QCoreApplication::setOrganizationName("CutawayTest");
    Theme::instance().setMotion(false);
    Theme::instance().setScheme(Theme::Scheme::Light);
    Theme::instance().apply(*qApp);
}

void TestAttention::init() {
    Options options;
    options.model = m_home.path();
    options.prompt = "When Mary and John went";
    options.screenshot = "none.png"; // nothing remembered
    options.answer = {TokenId(0)};
    options.wrong = {TokenId(3)};
    m_control = std::make_shared<FakeEngine::Control>();
    m_window = std::make_unique<MainWindow>(
        [control = m_control]() -> Result<std::unique_ptr<engine::Engine>> {
            return std::make_unique<FakeEngine>(control);
        },
        options);
    m_window->resize(1400, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->start();
    settle();
}

/// The fake's heads give more to the first token the higher their layer and number.
void TestAttention::sortingKeepsTheSelection() {
    const HeadId chosen{LayerIndex(1), HeadIndex(2)};
    m_window->attention()->grid()->setSelected(chosen);
    AttentionTools* tools = m_window->attention()->tools();
    QVERIFY(tools->isVisible());
    Q_EMIT tools->sortChosen(HeadSort::First);
    settle();
    const int last = tests::gptTraits().nLayers - 1, heads = tests::gptTraits().nHeads;
    QVERIFY(grid()->order().front() == (HeadId{LayerIndex(last), HeadIndex(heads - 1)}));
    QVERIFY(tools->sort()->text().contains(QStringLiteral("first token")));
    // The keys walk over places: the head right of the best one is the second best.
    grid()->setFocus();
    QTest::keyClick(grid(), Qt::Key_PageUp);
    QTest::keyClick(grid(), Qt::Key_Home);
    QTest::keyClick(grid(), Qt::Key_Right);
    QVERIFY(grid()->selected() == grid()->order().at(1));
    QCOMPARE(view().layer, grid()->order().at(1).layer.value);
    QCOMPARE(m_window->document().undoStack().count(), 0); // how one looks is no edit
    Q_EMIT tools->sortChosen(HeadSort::Layer);
    QVERIFY(grid()->order().empty());
    m_window->showTab("lens");
    QVERIFY(!tools->isVisible());
}

void TestAttention::theOrderIsThatOfTheUncutRun() {
    Q_EMIT m_window->attention()->tools()->sortChosen(HeadSort::Previous);
    settle();
    const auto order = grid()->order();
    QVERIFY(!order.empty());
    cutHead(0, 1);
    QVERIFY(grid()->order() == order);
    m_window->document().setPrompt("Another one"); // read again in another prompt
    settle();
    QVERIFY(!grid()->order().empty());
}

void TestAttention::foldingAsksForOtherTilesAndBack() {
    AttentionView* attention = m_window->attention();
    QVERIFY(!attention->folded(m_window->document().session())); // no BOS here
    QTest::mouseClick(attention->tools()->fold(), Qt::LeftButton);
    settle();
    QVERIFY(view().folding == Folding::On);
    QVERIFY(attention->panel()->view()->state().folded);
    QVERIFY(!attention->panel()->view()->marginRect().isEmpty());
    PartWish wish{PartKind::Tiles, Shown::Uncut};
    wish.folded = true;
    const auto* tiles = m_window->scheduler().shown()->part<engine::Tiles>(wish);
    QVERIFY(tiles);
    QCOMPARE(tiles->tiles.front().cols, m_window->scheduler().shown()->length() - 1);
    // One click on the line that tells its share unfolds it.
    RowBars* bars = attention->panel()->bars();
    QVERIFY(bars->note().contains(QStringLiteral("50 %")));
    QTest::mouseClick(bars, Qt::LeftButton, {}, bars->noteRect().center());
    settle();
    QVERIFY(view().folding == Folding::Off);
    QVERIFY(attention->panel()->view()->marginRect().isEmpty());
}

void TestAttention::weightedSaysItsUnit() {
    Q_EMIT m_window->attention()->tools()->weightedChosen(true);
    settle();
    const HeadPanel* panel = m_window->attention()->panel();
    QVERIFY(panel->view()->state().weighted);
    QVERIFY(panel->bars()->note().contains(QStringLiteral("‖A·v·W_O‖")));
    QVERIFY(panel->bars()->note().contains(QStringLiteral("0.50"))); // what the strongest colour stands for
    PartWish wish{PartKind::Tiles, Shown::Uncut};
    wish.weighted = true;
    QVERIFY(m_window->scheduler().shown()->part<engine::Tiles>(wish));
}

/// The fake takes a tenth of row + col + 1 from every cell.
void TestAttention::effectsComeInPauses() {
    settleFigures();
    QVERIFY(m_window->figures().state() == IdleFigures::State::Known);
    QVERIFY(std::abs(effect(2, 3).toDouble() + 0.6) < 1e-9);
    QVERIFY(m_window->figures().effects().kind == CutKind::Mean); // there is a reference set
    const ModelTreeModel* tree = m_window->tree()->treeModel();
    const QModelIndex layer = tree->index(2, 0); // layer 1
    QVERIFY(std::abs(tree->data(layer, ModelTreeModel::EffectRole).toDouble() + 0.2) < 1e-9);
    Q_EMIT m_window->attention()->tools()->sortChosen(HeadSort::Effect);
    QVERIFY(grid()->order().front() == (HeadId{LayerIndex(2), HeadIndex(3)}));
    // The menu offers it, now that it is known.
    QMenu* menu = m_window->attention()->tools()->sort()->menu();
    Q_EMIT menu->aboutToShow();
    QVERIFY(menu->actions().at(5)->isEnabled());
}

void TestAttention::effectsFollowTheCursor() {
    settleFigures();
    session::View view = m_window->document().session().view();
    view.cursor = 2;
    m_window->document().setView(view);
    QVERIFY(m_window->figures().stale());
    QVERIFY(m_window->tree()
                ->treeModel()
                ->data(m_window->tree()->treeModel()->index(1, 0), ModelTreeModel::EffectStaleRole)
                .toBool());
    QVERIFY(effect(0, 0).isValid()); // faded, not gone
    settleFigures();
    QVERIFY(!m_window->figures().stale());
}

void TestAttention::cutsDoNotMoveTheEffects() {
    settleFigures();
    cutHead(1, 1);
    QVERIFY(!m_window->figures().stale());
    const ModelTreeModel* tree = m_window->tree()->treeModel();
    QVERIFY(tree->data(tree->indexOf(headTarget(1, 1)), ModelTreeModel::CutRole).toBool());
    QVERIFY(effect(1, 1).isValid());
}

/// Where a sweep would take too long it is offered, with the reason, and runs when it is asked for.
void TestAttention::heavyModelsWait() {
    settleFigures();
    Picture heavy;
    heavy.result.computed = "full";
    heavy.result.milliseconds = 1e6;
    heavy.result.tokens = {1, 2, 3};
    RunRequest request = m_window->scheduler().shown()->request;
    request.input.value = std::vector<TokenId>{1, 2, 3};
    IdleFigures& figures = m_window->figures();
    figures.look(request, 1);
    figures.rest(heavy);
    QTRY_VERIFY(figures.state() == IdleFigures::State::Costly);
    QVERIFY(figures.predictedMs() > IdleFigures::longestMs);
    figures.sweepNow();
    QTRY_VERIFY(figures.state() == IdleFigures::State::Known);
}

void TestAttention::theLensKnowsHowFarToTrust() {
    settleFigures();
    m_window->showTab("lens");
    settleFigures();
    const CellGridState& state = qobject_cast<LensView*>(m_window->view("lens"))->grid()->state();
    QCOMPARE(state.rowNotes.first(), QStringLiteral("25 %"));
    QCOMPARE(state.rowNotes.last(), QStringLiteral("100 %"));
    QVERIFY(state.cells.front().faded);
    QVERIFY(!state.cells.back().faded);
    QVERIFY(state.cells.front().tip.contains(QStringLiteral("50 %"))); // from where on it fades
    QCOMPARE(m_control->calibrations.load(), 1);
    m_window->document().setPrompt("Another one");
    settleFigures();
    QCOMPARE(m_control->calibrations.load(), 1); // of the model, not of the prompt
}

void TestAttention::presentingHidesAndComesBack() {
    const int before = m_window->strip()->height();
    const auto shownDocks = [this] {
        int shown = 0;
        for (const QDockWidget* dock : m_window->findChildren<QDockWidget*>())
            shown += dock->isVisible() ? 1 : 0;
        return shown;
    };
    QCOMPARE(shownDocks(), 2);
    QTest::keyClick(m_window.get(), Qt::Key_F5);
    QVERIFY(Theme::instance().presenting());
    QCOMPARE(shownDocks(), 0);
    QVERIFY(!m_window->promptBar()->isVisible());
    QTRY_VERIFY(m_window->strip()->height() > before);
    // The keys still work.
    grid()->setFocus();
    grid()->setSelected(HeadId{LayerIndex(0), HeadIndex(0)});
    QTest::keyClick(grid(), Qt::Key_X);
    QCOMPARE(m_window->document().session().shelf().cards.size(), std::size_t(1));
    QTest::keyClick(grid(), Qt::Key_Escape);
    QVERIFY(!Theme::instance().presenting());
    QCOMPARE(shownDocks(), 2);
    QTRY_COMPARE(m_window->strip()->height(), before);
    QTest::keyClick(m_window.get(), Qt::Key_F5);
    QTest::keyClick(m_window.get(), Qt::Key_F5);
    QVERIFY(!Theme::instance().presenting());
}

QTEST_MAIN(TestAttention)
#include "tst_attention.moc"
