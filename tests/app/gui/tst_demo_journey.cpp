// SPDX-License-Identifier: GPL-3.0-or-later
// What a researcher does, in the real window over the shipped model: find the head that moves the name,
// borrow from a second prompt, undo to the start. The event loop is watched all along.
#include "app/gui/attention_view.h"
#include "app/gui/attribution_view.h"
#include "app/gui/card_effects.h"
#include "app/gui/drag_controller.h"
#include "app/gui/engine_host.h"
#include "app/gui/lane_controller.h"
#include "app/gui/prompt_set_controller.h"
#include "app/gui/resources.h"
#include "app/gui/sweep_controller.h"
#include "app/gui/sweep_view.h"
#include "core/types/cut_text.h"
#include "tests/support/test_window.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/history_panel.h"
#include "widgets/views/lanes.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QElapsedTimer>
#include <QLineEdit>
#include <QSlider>
#include <QTest>
#include <QTimer>

#include <cmath>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;

namespace {

/// The longest that the event loop stood still, and in which step.
class Watchdog : public QObject {
public:
    Watchdog() {
        m_clock.start();
        connect(&m_timer, &QTimer::timeout, this, [this] {
            const qint64 stood = m_clock.restart();
            if (stood <= m_longest) return;
            m_longest = stood;
            m_where = m_step;
        });
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.start(2);
    }
    void step(const char* name) { m_step = QString::fromLatin1(name); }
    qint64 longest() const { return m_longest; }
    const QString& where() const { return m_where; }
    void forget() {
        m_longest = 0;
        m_clock.restart();
    }

private:
    QTimer m_timer;
    QElapsedTimer m_clock;
    QString m_step, m_where;
    qint64 m_longest = 0;
};

/// Says the longest stall. A quarter of a second is more than any machine needs to paint, and less than a run
/// that the window would wait for; 50 ms is what is meant, and asked for where nothing else runs.
void checkStalls(const Watchdog& watchdog) {
    qInfo("longest stall %lld ms, in “%s”", static_cast<long long>(watchdog.longest()),
          qPrintable(watchdog.where()));
    const qint64 most = qEnvironmentVariableIsSet("CUTAWAY_STRICT_TIMES") ? 50 : 250;
    QVERIFY2(watchdog.longest() <= most, qPrintable(watchdog.where()));
}

} // namespace

class TestDemoJourney : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void nameMoverPatchUndo();
    void cardsAloneAndRuns();
    void viewsFollowTheCursor();
    void sixtyFourLikeIt();

private:
    void settle() {
        QTRY_VERIFY_WITH_TIMEOUT(m_window->scheduler().complete() && !m_window->sweeps().running(), 30000);
    }
    void settleDonor() { QTRY_VERIFY_WITH_TIMEOUT(m_window->laneController().difference(), 30000); }
    const session::Session& session() const { return m_window->document().session(); }
    const AnswerStripState& strip() const { return m_window->strip()->state(); }
    QPoint zone(const char* id) const { return tests::zoneOf(*m_window, id); }

    QTemporaryDir m_home;
    std::unique_ptr<MainWindow> m_window;
};

void TestDemoJourney::initTestCase() {
    tests::prepareApplication(m_home);
    if (demoModelPath().isEmpty()) QSKIP("the shipped model is not here");
    if (!QFileInfo(engineProgram().program).isExecutable())
        QSKIP("built without libtorch: no engine to drive");
    Options options;
    options.prompt = "When Mary and John went to the store, John gave a drink to";
    options.answer = {std::string(" Mary")};
    options.wrong = {std::string(" John")};
    options.screenshot = "none.png"; // nothing remembered
    m_window = std::make_unique<MainWindow>(engineProgram(), options);
    m_window->resize(1600, 1000);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->start();
    settle();
    QTest::qWait(300); // what is done in the first pause
    settle();
}

void TestDemoJourney::nameMoverPatchUndo() {
    Watchdog watchdog;
    QVERIFY(strip().uncutDiff.value_or(0.0) > 1.0);
    const double uncut = *strip().uncutDiff;

    watchdog.step("attribution");
    m_window->showTab("attribution");
    settle();
    auto* attribution = qobject_cast<AttributionView*>(m_window->view("attribution"));
    QVERIFY(attribution);
    ContributionBars* bars = attribution->bars();
    // The bar that says Mary most of all heads.
    int most = -1;
    for (std::size_t i = 0; i < bars->state().bars.size(); ++i) {
        const ContributionBar& bar = bars->state().bars[i];
        const bool head = bar.payload && bar.payload->target.kind == TargetKind::Head;
        if (head && (most < 0 || bar.value > bars->state().bars[static_cast<std::size_t>(most)].value))
            most = static_cast<int>(i);
    }
    QVERIFY(most >= 0);
    const Target mover = bars->state().bars[static_cast<std::size_t>(most)].payload->target;

    watchdog.step("carry the bar onto zero");
    const auto row = std::find(bars->order().begin(), bars->order().end(), most) - bars->order().begin();
    const QPoint from = bars->rowRect(static_cast<int>(row)).center();
    QTest::mousePress(bars, Qt::LeftButton, {}, from);
    tests::drag(bars, from + QPoint(0, QApplication::startDragDistance() + 2));
    QVERIFY(m_window->drag().carrying());
    tests::drag(bars, bars->mapFromGlobal(zone("zero")));
    QTRY_VERIFY(!m_window->drag().sheet()->preview().isEmpty());
    const double previewed = strip().preview.value_or(uncut);
    QTest::mouseRelease(bars, Qt::LeftButton, {}, bars->mapFromGlobal(zone("zero")));
    settle();
    QCOMPARE(session().shelf().cards.size(), std::size_t(1));
    QVERIFY(session().shelf().cards.front().cut.targets.front() == mover);
    QVERIFY(std::abs(*strip().cutDiff - previewed) < 1e-5 * std::max(1.0, std::abs(previewed))); // exact

    watchdog.step("sweep");
    m_window->showTab("sweep");
    settle();
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->sweeps().running() && m_window->sweeps().done() > 0, 30000);

    watchdog.step("lane B");
    m_window->document().undoStack().undo();
    settle();
    QTest::keyClick(m_window.get(), Qt::Key_D, Qt::ControlModifier);
    QLineEdit* line = m_window->lanes()->donorEdit();
    line->setText("When Mary and John went to the store, Mary gave a drink to");
    QTest::keyClick(line, Qt::Key_Return);
    settleDonor();
    QVERIFY(*m_window->laneController().difference() < uncut); // it says John there
    settle();

    watchdog.step("patch the residual stream from B");
    m_window->showTab("attention");
    settle();
    m_window->document().addCut(*parseCut("patch:blocks.0.hook_resid_post@last"));
    m_window->document().addCut(*parseCut("patch:hook_embed"));
    settle();
    // All of the embedding from B: A says what B says.
    QVERIFY(std::abs(*strip().cutDiff - *m_window->laneController().difference()) < 1e-3);
    QCOMPARE(strip().share, QString("removes 100 % of the gap to B"));

    watchdog.step("undo to the start");
    while (m_window->document().undoStack().canUndo())
        m_window->document().undoStack().undo();
    settle();
    QVERIFY(session().shelf().cards.empty() && !session().donor().present);
    QVERIFY(std::abs(*strip().uncutDiff - uncut) < 1e-6);
    QVERIFY(!strip().cutDiff);
    checkStalls(watchdog);
}

// Cards by themselves and together, against runs of the same cuts; a run to return to; a baseline.
void TestDemoJourney::cardsAloneAndRuns() {
    Watchdog watchdog;
    m_window->showTab("attention");
    settle();
    const double uncut = *strip().uncutDiff;
    const auto known = [this] {
        settle();
        QTRY_COMPARE_WITH_TIMEOUT(m_window->effects().missing(), 0, 30000);
    };
    watchdog.step("two cards");
    const int first = m_window->document().addCut(*parseCut("mean:L0H6"));
    known();
    const double withFirst = *strip().cutDiff;
    QVERIFY(!m_window->effects().effect(first)); // a single card says nothing twice
    const int second = m_window->document().addCut(*parseCut("mean(w=0.5):L2.mlp"));
    known();
    const double both = *strip().cutDiff;
    const auto effect = m_window->effects().effect(second);
    QVERIFY(effect);
    // A run that shares its prefix with another may round otherwise.
    const double rounding = 1e-3;
    QVERIFY(std::abs(effect->withoutIt - (both - withFirst)) < rounding);
    watchdog.step("solo");
    m_window->document().setSolo(second, true);
    known();
    QVERIFY(std::abs(effect->alone - (*strip().cutDiff - uncut)) < rounding);
    m_window->document().undoStack().undo();
    settle();
    QCOMPARE(m_window->effects().missing(), 0); // nothing is run again

    watchdog.step("drag a strength with eight cards");
    for (const char* cut : {"zero:L1H0", "mean:L1H1", "mean:L2H4", "zero:L3H5", "mean:L3H1", "mean:L2H7"})
        m_window->document().addCut(*parseCut(cut));
    QElapsedTimer clock;
    clock.start();
    known();
    qInfo("8 cards alone and without it after %lld ms", static_cast<long long>(clock.elapsed()));
    auto* slider = m_window->shelf()->card(second)->findChild<QSlider*>();
    slider->setSliderDown(true);
    qint64 slowest = 0;
    for (int value = 50; value < 90; ++value) {
        clock.start();
        slider->setValue(value);
        slowest = std::max(slowest, clock.elapsed());
        QTest::qWait(10);
    }
    slider->setSliderDown(false);
    qInfo("a step of the slider takes %lld ms at most", static_cast<long long>(slowest));
    known();
    QCOMPARE(session().card(second)->cut.strength, 0.89);

    watchdog.step("return to a run");
    const auto& runs = m_window->history().runs();
    const auto two = std::find_if(runs.begin(), runs.end(), [](const session::RunRecord& run) {
        return run.cuts == std::vector<std::string>{"mean:L0H6", "mean(w=0.5):L2.mlp"};
    });
    QVERIFY(two != runs.end());
    const int id = two->id;
    Q_EMIT m_window->historyPanel()->returnRequested(id);
    known();
    QVERIFY(std::abs(*strip().cutDiff - both) < 1e-6);
    watchdog.step("baseline");
    Q_EMIT m_window->historyPanel()->pinRequested(id);
    m_window->document().removeCard(second);
    known();
    QVERIFY(std::abs(*strip().uncutDiff - both) < 1e-6);
    QVERIFY(std::abs(*strip().cutDiff - withFirst) < rounding);
    Q_EMIT m_window->strip()->baselineReleased();
    while (m_window->document().undoStack().canUndo())
        m_window->document().undoStack().undo();
    settle();
    QVERIFY(session().shelf().cards.empty());
    QVERIFY(std::abs(*strip().uncutDiff - uncut) < 1e-6);
    checkStalls(watchdog);
}

// Says how long each view needs to follow the cursor: from the key to the picture of it.
void TestDemoJourney::viewsFollowTheCursor() {
    Watchdog watchdog;
    TokenStrip* chips = m_window->chips();
    for (const char* tab : {"attention", "inside", "lens", "attribution", "sweep", "neurons"}) {
        m_window->showTab(tab);
        settle();
        watchdog.step(tab);
        QList<qint64> times;
        for (int i = 0; i < 8; ++i) {
            chips->setFocus();
            QElapsedTimer clock;
            clock.start();
            QTest::keyClick(chips, i % 2 == 0 ? Qt::Key_Left : Qt::Key_Right);
            while (!m_window->scheduler().complete() || m_window->sweeps().running())
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            m_window->repaint();
            times << clock.elapsed();
            QCoreApplication::processEvents(); // the watchdog is no part of what is timed
        }
        std::sort(times.begin(), times.end());
        qInfo("%s follows the cursor in %lld ms (median), %lld at most", tab,
              static_cast<long long>(times.at(4)), static_cast<long long>(times.last()));
        QVERIFY(session().view().tab == tab);
    }
    checkStalls(watchdog);
}

// The same cut on 64 prompts with other names and places, while the window stays at hand.
void TestDemoJourney::sixtyFourLikeIt() {
    m_window->showTab("attention");
    m_window->document().addCut(*parseCut("zero:L0H6"));
    settle();
    Watchdog watchdog;
    QElapsedTimer clock;
    clock.start();
    watchdog.step("making the set");
    Q_EMIT m_window->strip()->moreRequested();
    QTRY_VERIFY_WITH_TIMEOUT(session().promptSet().open(), 30000);
    const qint64 made = clock.elapsed();
    watchdog.step("running the set");
    QTRY_COMPARE_WITH_TIMEOUT(m_window->sets().done(), 64, 30000);
    qInfo("64 prompts made in %lld ms, run uncut and cut in %lld ms", static_cast<long long>(made),
          static_cast<long long>(clock.elapsed() - made));
    const analysis::Summary& summary = m_window->sets().summary();
    QCOMPARE(summary.n, 64);
    QVERIFY(summary.fell > 48); // it carries the name nearly everywhere
    QVERIFY(summary.interval && summary.interval->second < 0.0);
    // The prompt itself is one of them, with the strip's own figures.
    QVERIFY(std::abs(*m_window->sets().outcomes().front().cut - *strip().cutDiff) < 1e-4);
    watchdog.step("stepping through it");
    for (int i = 0; i < 5; ++i) {
        QTest::keyClick(m_window.get(), Qt::Key_Right, Qt::AltModifier);
        settle();
    }
    QCOMPARE(session().promptSet().current, 5);
    watchdog.step("undo");
    while (m_window->document().undoStack().canUndo())
        m_window->document().undoStack().undo();
    settle();
    QVERIFY(!session().promptSet().open());
    checkStalls(watchdog);
}

QTEST_MAIN(TestDemoJourney)
#include "tst_demo_journey.moc"
