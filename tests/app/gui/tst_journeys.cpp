// SPDX-License-Identifier: GPL-3.0-or-later
// Whole ways through the real window with mouse and keys, over an engine with made-up numbers.
#include "app/gui/attention_view.h"
#include "app/gui/drag_controller.h"
#include "app/gui/model_opener.h"
#include "core/types/cut_text.h"
#include "tests/support/test_window.h"
#include "widgets/models/token_model.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/notice_bar.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

namespace {

const HeadId l1h2{LayerIndex(1), HeadIndex(2)};

/// The longest the event loop stood still.
class Watchdog : public QObject {
public:
    Watchdog() {
        m_clock.start();
        connect(&m_timer, &QTimer::timeout, this,
                [this] { m_longest = std::max(m_longest, m_clock.restart()); });
        m_timer.start(5);
    }
    qint64 longest() const { return m_longest; }

private:
    QTimer m_timer;
    QElapsedTimer m_clock;
    qint64 m_longest = 0;
};

} // namespace

class TestJourneys : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void dragAHeadToAZone();
    void dropOnTheShelf();
    void dropOnACardGroups();
    void escLeavesNoTrace();
    void droppingBesideIsNothing();
    void shiftMeansHere();
    void undoIsAtOnce();
    void sameOffersByKeyAndMenu();
    void spaceArrowsEnter();
    void directKeys();
    void aKeyChangesTheKindJustDropped();
    void sliderIsOneStep();
    void altChipHides();
    void edgeFromTheLargeHead();
    void treeRowsCanBeDragged();
    void stepAndBack();
    void typingRuns();
    void bypassKey();
    void pickingUpAChipMovesNoCursor();
    void cardsChangeTheirPositions();
    void failedOpeningKeepsTheModel();
    void aModelThatLeavesTheGpuIsTold();
    void loopNeverStalls();
    void itemModels();

private:
    QPoint inGrid(HeadId head) const { return m_window->attention()->grid()->headRect(head).center(); }
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    /// Presses on a head and carries it over the window to a global point; the button stays down.
    void carry(HeadId head, const QPoint& to, Qt::KeyboardModifiers keys = {}) {
        QWidget* view = m_window->attention()->grid()->viewport();
        const QPoint from = inGrid(head);
        QTest::mousePress(view, Qt::LeftButton, keys, from);
        tests::drag(view, from + QPoint(QApplication::startDragDistance() + 2, 0), keys);
        QVERIFY(m_window->drag().carrying());
        tests::drag(view, view->mapFromGlobal(to), keys);
    }
    void carryToRow(HeadId head, int row, Qt::KeyboardModifiers keys = {}) {
        carry(head, m_window->mapToGlobal(QPoint(700, 400)), keys); // now the rows are there
        QWidget* view = m_window->attention()->grid()->viewport();
        tests::drag(view, view->mapFromGlobal(zone(row)), keys);
    }
    void release(const QPoint& global, Qt::KeyboardModifiers keys = {}) {
        QWidget* view = m_window->attention()->grid()->viewport();
        QTest::mouseRelease(view, Qt::LeftButton, keys, view->mapFromGlobal(global));
    }
    QPoint zone(int row) const {
        DropSheet* sheet = m_window->drag().sheet();
        return sheet->mapToGlobal(sheet->offerRect(row).center());
    }
    QStringList cuts() const { return tests::cutTexts(*m_window); }

    QTemporaryDir m_home;
    std::shared_ptr<FakeEngine::Control> m_control;
    std::unique_ptr<MainWindow> m_window;
};

void TestJourneys::initTestCase() {
    tests::prepareApplication(m_home);
}

void TestJourneys::init() {
    m_control = std::make_shared<FakeEngine::Control>();
    m_window = tests::openWindow(m_home, m_control, {});
    QVERIFY(m_window);
    settle();
}

void TestJourneys::cleanup() {
    m_window.reset();
}

void TestJourneys::dragAHeadToAZone() {
    const double before = *m_window->strip()->state().uncutDiff;
    carryToRow(l1h2, 0);
    QVERIFY(m_window->drag().sheet()->isVisible());
    QCOMPARE(m_window->drag().sheet()->current(), 0);
    release(zone(0));
    QVERIFY(!m_window->drag().carrying() && !m_window->drag().sheet()->isVisible());
    QCOMPARE(cuts(), QStringList("mean:L1H2"));
    QTRY_VERIFY(m_window->strip()->state().cutDiff.has_value());
    QCOMPARE(*m_window->strip()->state().uncutDiff, before);
    QCOMPARE(*m_window->strip()->state().cutDiff, before - 2.0);
}

void TestJourneys::dropOnTheShelf() {
    const QPoint shelf = m_window->shelf()->mapToGlobal(m_window->shelf()->dropRect().center());
    carry(l1h2, shelf);
    release(shelf);
    QCOMPARE(cuts(), QStringList("mean:L1H2"));
}

void TestJourneys::dropOnACardGroups() {
    m_window->document().addCut(*parseCut("zero:L0H1"));
    settle();
    QWidget* card = m_window->shelf()->card(m_window->document().session().shelf().cards.front().id);
    const QPoint at = card->mapToGlobal(card->rect().center());
    carry(l1h2, at);
    release(at);
    QCOMPARE(cuts(), QStringList("zero:{L0H1,L1H2}"));
}

void TestJourneys::escLeavesNoTrace() {
    const int runs = m_control->runs;
    const QImage before = m_window->grab().toImage();
    carryToRow(l1h2, 2);
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QVERIFY(!m_window->drag().carrying());
    QVERIFY(cuts().isEmpty());
    QCOMPARE(m_window->document().undoStack().count(), 0);
    QVERIFY(QApplication::overrideCursor() == nullptr);
    release(zone(2)); // the button comes up later
    QVERIFY(cuts().isEmpty());
    QCOMPARE(m_control->runs.load(), runs);
    m_window->attention()->grid()->setSelected(HeadId{LayerIndex(0), HeadIndex(0)});
    QCOMPARE(m_window->grab().size(), before.size());
}

void TestJourneys::droppingBesideIsNothing() {
    const QPoint beside = m_window->mapToGlobal(QPoint(20, 20));
    carry(l1h2, beside);
    release(beside);
    QVERIFY(cuts().isEmpty());
    QVERIFY(!m_window->drag().carrying());
}

void TestJourneys::shiftMeansHere() {
    m_window->chips()->setFocus();
    QTest::keyClick(m_window->chips(), Qt::Key_Left);
    QCOMPARE(m_window->document().session().cursor(), 3);
    carryToRow(l1h2, 1, Qt::ShiftModifier);
    release(zone(1), Qt::ShiftModifier);
    QCOMPARE(cuts(), QStringList("zero:L1H2@3"));
}

void TestJourneys::undoIsAtOnce() {
    carryToRow(l1h2, 0);
    release(zone(0));
    settle();
    QVERIFY(m_window->strip()->state().hasCuts);
    const int runs = m_control->runs;
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(cuts().isEmpty());
    QVERIFY(!m_window->strip()->state().hasCuts); // no wait in between
    QCOMPARE(m_control->runs.load(), runs);
    QVERIFY(m_window->attention()->grid()->hasFocus()); // its card had it
    QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(cuts(), QStringList("mean:L1H2"));
    QVERIFY(m_window->strip()->state().hasCuts);
}

void TestJourneys::sameOffersByKeyAndMenu() {
    carryToRow(l1h2, 0);
    const std::vector<Offer> dragged = m_window->drag().rows();
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    release(zone(0));
    const std::unique_ptr<QMenu> menu(m_window->offerMenu(Payload{headTarget(1, 2), std::nullopt, false}));
    QStringList ids;
    for (const QAction* action : menu->actions())
        if (!action->objectName().isEmpty()) {
            ids << action->objectName();
            const auto same = std::find_if(dragged.begin(), dragged.end(), [&](const Offer& offer) {
                return offer.id == action->objectName().toStdString();
            });
            QVERIFY(same != dragged.end());
            QCOMPARE(action->isEnabled(), same->allowed);
        }
    QCOMPARE(ids.size(), static_cast<qsizetype>(dragged.size()));
    m_window->attention()->grid()->setFocus();
    QTest::keyClick(m_window->attention()->grid(), Qt::Key_Space);
    QVERIFY(m_window->drag().carrying());
    QCOMPARE(m_window->drag().rows().size(), dragged.size());
    for (std::size_t i = 0; i < dragged.size(); ++i)
        QVERIFY(m_window->drag().rows()[i] == dragged[i]);
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    menu->actions().at(2)->trigger();
    QCOMPARE(cuts(), QStringList("mean:L1H2"));
}

void TestJourneys::spaceArrowsEnter() {
    HeadGrid* grid = m_window->attention()->grid();
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_Right);
    QTest::keyClick(grid, Qt::Key_Space);
    for (int i = 0; i < 3; ++i)
        QTest::keyClick(m_window.get(), Qt::Key_Down);
    QTest::keyClick(m_window.get(), Qt::Key_Return);
    QCOMPARE(cuts(), QStringList("resample:L0H1"));
}

void TestJourneys::directKeys() {
    HeadGrid* grid = m_window->attention()->grid();
    const std::pair<const char*, const char*> keys[] = {{"X", "mean:L0H0"},
                                                        {"0", "zero:L0H0"},
                                                        {"R", "resample:L0H0"},
                                                        {"S", "scale(0.5):L0H0"},
                                                        {"F", "freeze:blocks.0.attn.hook_pattern[0]"}};
    for (const auto& [key, text] : keys) {
        grid->setFocus();
        QTest::keyClicks(grid, key);
        QCOMPARE(cuts(), QStringList(text));
        m_window->document().undoStack().undo();
    }
    grid->setFocus();
    QTest::keyClicks(grid, "X");
    const int id = m_window->document().session().shelf().cards.front().id;
    QTest::keyClick(m_window.get(), Qt::Key_BracketLeft);
    QCOMPARE(m_window->document().session().card(id)->cut.strength, 0.95);
    QTest::keyClick(m_window.get(), Qt::Key_Delete);
    QVERIFY(cuts().isEmpty());
}

void TestJourneys::aKeyChangesTheKindJustDropped() {
    carryToRow(l1h2, 0);
    release(zone(0));
    QVERIFY(QApplication::focusWidget());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_0);
    QCOMPARE(cuts(), QStringList("zero:L1H2"));
    QCOMPARE(m_window->document().undoStack().count(), 2);
}

void TestJourneys::sliderIsOneStep() {
    const int id = m_window->document().addCut(*parseCut("mean:L1H2"));
    settle();
    ShelfView* shelf = m_window->shelf();
    for (const double w : {0.8, 0.6, 0.4})
        Q_EMIT shelf->strengthChanging(id, w);
    Q_EMIT shelf->strengthCommitted(id, 0.4);
    settle();
    QCOMPARE(m_window->document().undoStack().count(), 2);
    QCOMPARE(*m_window->strip()->state().cutDiff, *m_window->strip()->state().uncutDiff - 0.8);
}

void TestJourneys::altChipHides() {
    TokenStrip* chips = m_window->chips();
    QWidget* view = chips->viewport();
    const QPoint from = chips->visualRect(chips->model()->index(1, 0)).center();
    QTest::mousePress(view, Qt::LeftButton, Qt::AltModifier, from);
    tests::drag(view, from + QPoint(QApplication::startDragDistance() + 2, 0), Qt::AltModifier);
    QVERIFY(m_window->drag().carrying());
    QCOMPARE(m_window->drag().rows().front().id, std::string("hide"));
    tests::drag(view, view->mapFromGlobal(zone(0)), Qt::AltModifier);
    QTest::mouseRelease(view, Qt::LeftButton, Qt::AltModifier, view->mapFromGlobal(zone(0)));
    QCOMPARE(cuts(), QStringList("zero:L*H*[*<-1]"));
    QTRY_VERIFY(chips->tokenModel()->chips()[1].hidden);
}

void TestJourneys::edgeFromTheLargeHead() {
    HeadView* view = m_window->attention()->panel()->view();
    const QRect map = view->mapRect();
    const QPoint from(map.left() + map.width() / 10,
                      map.bottom() - map.height() / 10); // last query, first key
    QTest::mousePress(view, Qt::LeftButton, {}, from);
    tests::drag(view, from + QPoint(QApplication::startDragDistance() + 2, 0));
    QVERIFY(m_window->drag().carrying());
    tests::drag(view, view->mapFromGlobal(zone(1)));
    QTest::mouseRelease(view, Qt::LeftButton, {}, view->mapFromGlobal(zone(1)));
    QCOMPARE(cuts(), QStringList("zero:L0H0[4<-0]"));
}

void TestJourneys::treeRowsCanBeDragged() {
    ModelTree* tree = m_window->tree();
    const QPoint from = tree->visualRect(tree->treeModel()->indexOf(headTarget(2, 1))).center();
    QTest::mousePress(tree->viewport(), Qt::LeftButton, {}, from);
    tests::drag(tree->viewport(), from + QPoint(0, QApplication::startDragDistance() + 2));
    QVERIFY(m_window->drag().carrying());
    tests::drag(tree->viewport(), tree->viewport()->mapFromGlobal(zone(4)));
    QTest::mouseRelease(tree->viewport(), Qt::LeftButton, {}, tree->viewport()->mapFromGlobal(zone(4)));
    QCOMPARE(cuts(), QStringList("scale(0.5):L2H1"));
}

void TestJourneys::stepAndBack() {
    const auto length = [this] { return m_window->chips()->model()->rowCount(); };
    QCOMPARE(length(), 5);
    Q_EMIT m_window->promptBar()->stepForward();
    QTRY_COMPARE(length(), 6);
    settle();
    QVERIFY(m_window->chips()->tokenModel()->chips().back().generated);
    QVERIFY(m_window->promptBar()->prompt().endsWith(" t0"));
    Q_EMIT m_window->promptBar()->toEnd();
    QTRY_COMPARE(length(), 9);
    settle();
    Q_EMIT m_window->promptBar()->stepBack();
    QTRY_COMPARE(length(), 8);
    Q_EMIT m_window->promptBar()->toStart();
    QTRY_COMPARE(length(), 5);
    QCOMPARE(m_window->promptBar()->prompt(), QString("When Mary and John went"));
}

void TestJourneys::typingRuns() {
    QLineEdit* line = m_window->promptBar()->promptEdit();
    line->setFocus();
    line->selectAll();
    QTest::keyClicks(line, "X 0 R"); // letters are letters here
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_COMPARE(m_window->chips()->model()->rowCount(), 3);
    QVERIFY(cuts().isEmpty());
    QCOMPARE(m_window->document().undoStack().count(), 1);
}

void TestJourneys::pickingUpAChipMovesNoCursor() {
    TokenStrip* chips = m_window->chips();
    QWidget* port = chips->viewport();
    const QPoint from = chips->visualRect(chips->model()->index(1, 0)).center();
    QTest::mousePress(port, Qt::LeftButton, {}, from);
    tests::drag(port, from + QPoint(QApplication::startDragDistance() + 2, 0));
    QVERIFY(m_window->drag().carrying());
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QTest::mouseRelease(port, Qt::LeftButton, {}, from);
    QCOMPARE(m_window->document().session().cursor(), 4);
    QTest::mouseClick(port, Qt::LeftButton, {}, from); // a click does
    QCOMPARE(m_window->document().session().cursor(), 1);
}

void TestJourneys::cardsChangeTheirPositions() {
    m_window->document().addCut(*parseCut("zero:L1H2"));
    settle();
    const int id = m_window->document().session().shelf().cards.front().id;
    ShelfCard* card = m_window->shelf()->card(id);
    QCOMPARE(card->state().places.size(), std::size_t(2)); // everywhere, and at the cursor
    Q_EMIT card->placeChosen(card->state().places.back().id);
    QCOMPARE(cuts(), QStringList("zero:L1H2@4"));
    Q_EMIT card->placeChosen(QStringLiteral("all"));
    QCOMPARE(cuts(), QStringList("zero:L1H2"));
    Q_EMIT card->placeChosen(QStringLiteral("nowhere"));
    QCOMPARE(cuts(), QStringList("zero:L1H2"));
    QVERIFY(!m_window->strip()->state().error.isEmpty());
}

void TestJourneys::bypassKey() {
    m_window->document().addCut(*parseCut("mean:L1H2"));
    settle();
    m_window->attention()->grid()->setFocus();
    QTest::keyPress(m_window->attention()->grid(), Qt::Key_Backslash);
    QCOMPARE(m_window->strip()->state().mode, RunMode::Uncut);
    QTest::keyRelease(m_window->attention()->grid(), Qt::Key_Backslash);
    QCOMPARE(m_window->strip()->state().mode, RunMode::Cut);
}

void TestJourneys::failedOpeningKeepsTheModel() {
    m_window->document().addCut(*parseCut("mean:L1H2"));
    settle();
    m_control->failOpen = true;
    QSignalSpy failed(&m_window->opener(), &ModelOpener::failed);
    m_window->opener().open("/nowhere", false);
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(failed.front().front().toString().endsWith("this folder holds no model"));
    settle();
    QCOMPARE(cuts(), QStringList("mean:L1H2"));
    QVERIFY(!m_window->document().session().model().name.empty());
    m_control->failOpen = false;
    m_window->opener().open("/elsewhere", false);
    QTRY_COMPARE(m_window->document().session().model().name, std::string("elsewhere"));
    settle();
    QCOMPARE(cuts(), QStringList("mean:L1H2")); // the shelf stays
}

// Where the memory of the GPU runs out the model goes on on the CPU: a banner once, and what is shown says
// so.
void TestJourneys::aModelThatLeavesTheGpuIsTold() {
    m_window = tests::openWindow(m_home, m_control, {{TokenId(0)}, {TokenId(3)}}, "cuda:0");
    QVERIFY(m_window);
    settle();
    const auto box = [this] {
        const QList<QLabel*> labels = m_window->findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(), [](QLabel* label) {
            return label->isVisible() && label->text().startsWith("cuda:0");
        });
    };
    QVERIFY(box());
    QVERIFY(m_window->notices()->notices().empty());
    m_control->movedToCpu = true;
    m_window->document().addCut(*parseCut("mean:L1H2"));
    QTRY_VERIFY(!m_window->notices()->notices().empty());
    QVERIFY(m_window->notices()->notices().front().text.contains("moved to the CPU"));
    QTRY_VERIFY(!box());
    m_window->notices()->withdraw("device");
    m_window->document().addCut(*parseCut("mean:L1H3"));
    settle();
    QVERIFY(m_window->notices()->notices().empty()); // once
}

void TestJourneys::loopNeverStalls() {
    m_control->runMilliseconds = 300;
    const Watchdog watchdog;
    m_window->document().addCut(*parseCut("mean:L1H2"));
    QTest::qWait(20);
    settle();
    QVERIFY2(watchdog.longest() < 280, qPrintable(QString::number(watchdog.longest())));
}

void TestJourneys::itemModels() {
    QAbstractItemModelTester tree(m_window->tree()->treeModel());
    QAbstractItemModelTester chips(m_window->chips()->tokenModel());
    m_window->document().addCut(*parseCut("mean:L1H2"));
    m_window->document().setPrompt("another one");
    settle();
    m_window->opener().open("/elsewhere", true);
    QTRY_COMPARE(m_window->document().session().model().name, std::string("elsewhere"));
    settle();
}

QTEST_MAIN(TestJourneys)
#include "tst_journeys.moc"
