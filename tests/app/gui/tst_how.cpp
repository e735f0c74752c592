// SPDX-License-Identifier: GPL-3.0-or-later
// Where numbers come from: the card by mouse, key and menu in the real window, over an engine with made-up
// numbers.
#include "app/gui/attention_view.h"
#include "app/gui/attribution_view.h"
#include "app/gui/how_controller.h"
#include "app/gui/inside_tab.h"
#include "app/gui/lens_view.h"
#include "app/gui/main_window.h"
#include "app/gui/neurons_view.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/shown_request.h"
#include "app/gui/sweep_controller.h"
#include "app/gui/sweep_view.h"
#include "core/types/cut_text.h"
#include "core/types/json_codec.h"
#include "core/types/json_front.h"
#include "tests/support/fake_engine.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_grid.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/difference_view.h"
#include "widgets/views/how_popover.h"
#include "widgets/views/inside_view.h"
#include "widgets/views/probability_bars.h"
#include "widgets/views/shelf_card.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QClipboard>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

class TestHow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_window.reset(); }
    void theStripByMouse();
    void theStripByKey();
    void cellsByAltAndClick();
    void everyViewByKey();
    void everyMenuHasTheRow();
    void escGivesTheFocusBack();
    void aPressElsewhereCloses();
    void keysOfTheWindowStayOut();
    void whatIsCopiedRuns();
    void thePositionIsTheCursors();
    void uncutLeavesTheCutsOut();
    void restingCutsAreLeftOut();
    void termsByF1();
    void cardsSayWhatTheyAre();
    void placing_data();
    void placing();

private:
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    void cut(const char* text) {
        m_window->document().addCut(*parseCut(text));
        settle();
    }
    HowPopover* card() const { return m_window->how().popover(); }
    QString row(const QString& name) const {
        for (const HowRow& each : card()->text().rows)
            if (each.label == name) return each.text;
        return {};
    }
    /// The card without its shadow, global.
    QRect cardRect() const {
        const QRect body = card()->rect().adjusted(12, 12, -12, -12);
        return {card()->mapToGlobal(body.topLeft()), body.size()};
    }
    static QRect global(const QWidget* widget) { return {widget->mapToGlobal(QPoint()), widget->size()}; }
    /// The request on the card, read as a line of --prompts is.
    RunRequest request() const {
        const auto document = parseJson(card()->text().request.toStdString(), {}, "test");
        return document ? runRequestFromJson(*document).value_or(RunRequest()) : RunRequest();
    }

    QTemporaryDir m_home;
    std::unique_ptr<MainWindow> m_window;
};

void TestHow::initTestCase() {
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    QCoreApplication::setOrganizationName("CutawayTest");
    Theme::instance().setMotion(false);
    Theme::instance().setScheme(Theme::Scheme::Light);
    Theme::instance().apply(*qApp);
}

void TestHow::init() {
    Options options;
    options.model = m_home.path();
    options.prompt = "When Mary and John went";
    options.screenshot = "none.png"; // nothing remembered
    options.answer = {TokenId(0)};
    options.wrong = {TokenId(3)};
    m_window = std::make_unique<MainWindow>(
        []() -> Result<std::unique_ptr<engine::Engine>> {
            return std::make_unique<FakeEngine>(std::make_shared<FakeEngine::Control>());
        },
        options);
    m_window->resize(1400, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->start();
    settle();
}

void TestHow::theStripByMouse() {
    cut("mean:L1H2");
    auto* number = m_window->strip()->findChild<DifferenceView*>();
    QTest::mouseClick(number, Qt::LeftButton, {}, QPoint(30, number->height() / 2));
    QVERIFY(card()->isVisible() && card()->hasFocus());
    const AnswerStripState& strip = m_window->strip()->state();
    QCOMPARE(
        card()->text().value,
        QStringLiteral("%1 → %2 logits").arg(formatSigned(*strip.uncutDiff), formatSigned(*strip.cutDiff)));
    QVERIFY(!card()->text().formula.isEmpty() && !card()->text().plain.isEmpty());
    QCOMPARE(row("Cuts"), QStringLiteral("mean:L1H2"));
    QCOMPARE(row("Reference set"), QStringLiteral("shipped, 8 prompts"));
    QVERIFY(row("Weights").contains("raw") && row("Weights").contains("f32"));
    QCOMPARE(row("BOS"), QStringLiteral("no"));
    QVERIFY(row("Computed").startsWith("exact · full"));
    QVERIFY(!row("Model").isEmpty() && !row("n").isEmpty());
    QVERIFY(card()->accessibleDescription().contains(card()->text().value));
    QVERIFY2(!cardRect().intersects(global(number)), "it covers what it explains");
    QVERIFY(
        m_window->rect().contains(QRect(m_window->mapFromGlobal(cardRect().topLeft()), cardRect().size())));
    QTest::keyClick(card(), Qt::Key_Escape);
    auto* bars = m_window->strip()->findChild<ProbabilityBars*>();
    QTest::mouseClick(bars, Qt::LeftButton);
    QVERIFY(card()->isVisible());
    QCOMPARE(card()->text().title, QStringLiteral("Probability"));
}

void TestHow::theStripByKey() {
    auto* number = m_window->strip()->findChild<DifferenceView*>();
    number->setFocus();
    QTest::keyClick(number, Qt::Key_Return);
    QVERIFY(card()->isVisible());
    QCOMPARE(card()->text().title, QStringLiteral("Logit difference"));
}

void TestHow::cellsByAltAndClick() {
    m_window->showTab("lens");
    settle();
    CellGrid* grid = qobject_cast<LensView*>(m_window->view("lens"))->grid();
    QWidget* port = grid->viewport();
    QTest::mouseClick(port, Qt::LeftButton, Qt::AltModifier,
                      port->mapFrom(grid, grid->cellRect(2, 3).center()));
    QVERIFY(card()->isVisible());
    QVERIFY(grid->selected() == std::pair(2, 3));
    QCOMPARE(card()->text().title, QStringLiteral("Logit lens"));
    QVERIFY(row("Position").contains("(position 3)"));
    const QRect cell(grid->mapToGlobal(grid->cellRect(2, 3).topLeft()), grid->cellRect(2, 3).size());
    QVERIFY(!cardRect().intersects(cell));
    QVERIFY(card()->text().command.startsWith("cutaway-cli lens "));
}

void TestHow::everyViewByKey() {
    cut("zero:L0H1");
    const auto ask = [&](QWidget* focus) {
        focus->setFocus();
        QTest::keyClick(focus, Qt::Key_Question);
        const HowText said = card()->isVisible() ? card()->text() : HowText();
        card()->close();
        return said;
    };
    m_window->chips()->setTokenCursor(3);
    QCOMPARE(ask(m_window->chips()).title, QStringLiteral("Probability of this token"));
    // attention: a thumbnail, an edge
    QCOMPARE(ask(m_window->attention()->grid()).title, QStringLiteral("Attention pattern"));
    HeadView* large = m_window->attention()->panel()->view();
    large->setSelectedEdge(std::pair(3, 1));
    const HowText edge = ask(large);
    QVERIFY(edge.command.contains("hook_pattern[") && edge.command.contains("--save"));
    const auto& pattern = large->state().pattern;
    const float there = pattern.values[3 * std::size_t(pattern.shape[1]) + 1];
    QCOMPARE(edge.value, formatNumber(double(there), 4));
    // weighed by value it is another number, and says so
    session::View view = m_window->document().session().view();
    view.weighted = true;
    m_window->document().setView(view);
    settle();
    large->setSelectedEdge(std::pair(3, 1));
    const HowText weighed = ask(large);
    QCOMPARE(weighed.title, QStringLiteral("Value-weighted attention"));
    QCOMPARE(weighed.value,
             formatNumber(double(large->state().pattern.values[3 * std::size_t(pattern.shape[1]) + 1]), 4));
    QVERIFY(weighed.command.contains("hook_v["));
    view.weighted = false;
    m_window->document().setView(view);
    settle();
    // the waterfall
    m_window->why()->setSelected(0);
    QCOMPARE(ask(m_window->why()).title, QStringLiteral("Why it changed"));
    QVERIFY(ask(m_window->why()).command.startsWith("cutaway-cli waterfall "));
    // the tabs
    m_window->showTab("attribution");
    settle();
    ContributionBars* bars = qobject_cast<AttributionView*>(m_window->view("attribution"))->bars();
    bars->setSelected(1);
    const HowText attribution = ask(bars);
    QCOMPARE(attribution.title, QStringLiteral("Direct logit attribution"));
    QVERIFY(attribution.value.startsWith(bars->state().bars[1].name));
    m_window->showTab("neurons");
    settle();
    ContributionBars* neurons = qobject_cast<NeuronsView*>(m_window->view("neurons"))->bars();
    neurons->setSelected(0);
    QCOMPARE(ask(neurons).title, QStringLiteral("What a neuron adds"));
    QVERIFY(ask(neurons).command.contains("mlp.hook_post["));
    m_window->showTab("inside");
    settle();
    InsideView* inside = qobject_cast<InsideTab*>(m_window->view("inside"))->view();
    inside->setSelectedKey(1);
    QCOMPARE(ask(inside).title, QStringLiteral("Inside a head"));
    m_window->showTab("sweep");
    QTRY_VERIFY(!m_window->sweeps().running() && !m_window->sweeps().result().rows.empty());
    CellGrid* grid = qobject_cast<SweepView*>(m_window->view("sweep"))->grid();
    grid->setSelected(std::pair(1, 2));
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_Question);
    QCOMPARE(card()->text().title, QStringLiteral("Sweep"));
    // The request is the run of that one cell.
    QCOMPARE(request().cuts.size(), std::size_t(2));
    QCOMPARE(printCut(request().cuts.back()), std::string("zero:L1H2"));
}

void TestHow::everyMenuHasTheRow() {
    m_window->showTab("lens");
    settle();
    CellGrid* grid = qobject_cast<LensView*>(m_window->view("lens"))->grid();
    Q_EMIT grid->offersRequested(*grid->state().cells[7].payload,
                                 grid->mapToGlobal(grid->cellRect(1, 2).center()));
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu);
    QAction* how = nullptr;
    for (QAction* action : menu->actions())
        if (action->text().startsWith("How was this computed?")) how = action;
    QVERIFY(how);
    how->trigger();
    menu->close();
    QVERIFY(card()->isVisible());
    QVERIFY(row("Position").contains("(position 2)"));
}

void TestHow::escGivesTheFocusBack() {
    m_window->chips()->setFocus();
    m_window->chips()->setTokenCursor(2);
    QTest::keyClick(m_window->chips(), Qt::Key_Question);
    QVERIFY(card()->hasFocus());
    QTest::keyClick(card(), Qt::Key_Escape);
    QVERIFY(!card()->isVisible());
    QVERIFY(m_window->chips()->hasFocus());
}

void TestHow::aPressElsewhereCloses() {
    m_window->how().explainFocused();
    QVERIFY(card()->isVisible());
    QTest::mouseClick(card(), Qt::LeftButton, {}, card()->rect().center());
    QVERIFY(card()->isVisible());
    QTest::mouseClick(m_window->strip(), Qt::LeftButton, {}, QPoint(3, 3));
    QVERIFY(!card()->isVisible());
}

void TestHow::keysOfTheWindowStayOut() {
    m_window->how().explainFocused();
    QTest::keyClick(card(), Qt::Key_X);
    QTest::keyClick(card(), Qt::Key_Question);
    QVERIFY(m_window->document().session().shelf().cards.empty());
    QVERIFY(card()->isVisible());
}

void TestHow::whatIsCopiedRuns() {
    cut("zero:L0H1@2");
    m_window->how().explain({{HowKind::Difference}, global(m_window->strip())});
    const QList<QPushButton*> buttons = card()->findChildren<QPushButton*>();
    QCOMPARE(buttons.size(), 2);
    QTest::mouseClick(buttons[0], Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), card()->text().request);
    QTest::mouseClick(buttons[1], Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), card()->text().command);
    QVERIFY(card()->text().command.contains("--cut zero:L0H1@2"));
    QVERIFY(card()->text().command.contains("--answer '#0' --wrong '#3'"));
    // The same run as the window's, but one position and nothing kept.
    const RunRequest shown = m_window->scheduler().shown()->request;
    QVERIFY(request().input == shown.input && request().cuts == shown.cuts);
    QVERIFY(request().answer == shown.answer && request().wrong == shown.wrong);
    QVERIFY(!request().allPositions && request().position == -1);
}

void TestHow::thePositionIsTheCursors() {
    QTest::keyClick(m_window->chips(), Qt::Key_Left);
    QCOMPARE(m_window->document().session().cursor(), 3);
    settle();
    m_window->how().explain({{HowKind::Difference}, global(m_window->strip())});
    QCOMPARE(request().position, 3);
    QVERIFY(card()->text().command.contains("--position=3"));
}

void TestHow::uncutLeavesTheCutsOut() {
    cut("zero:L0H1");
    session::View view = m_window->document().session().view();
    view.mode = session::ViewMode::Uncut;
    m_window->document().setView(view);
    settle();
    m_window->how().explain({{HowKind::Difference}, global(m_window->strip())});
    QVERIFY(request().cuts.empty());
    QCOMPARE(row("Cuts"), QStringLiteral("none"));
    QVERIFY(!card()->text().value.contains(QStringLiteral("→")));
}

void TestHow::restingCutsAreLeftOut() {
    cut("zero:L0H1");
    cut("zero:L0H2@40"); // this prompt has no such position
    const RunRequest shown = shownRequest(m_window->document().session(), *m_window->scheduler().shown());
    QCOMPARE(shown.cuts.size(), std::size_t(1));
    QCOMPARE(printCut(shown.cuts.front()), std::string("zero:L0H1"));
}

void TestHow::termsByF1() {
    m_window->chips()->setFocus();
    m_window->chips()->setTokenCursor(2);
    QTest::keyClick(m_window->chips(), Qt::Key_F1);
    QVERIFY(card()->isVisible());
    QCOMPARE(card()->text().title, QStringLiteral("Probability of this token"));
    QVERIFY(card()->text().request.isEmpty()); // the term, not the number
    QCOMPARE(row("See also"), QStringLiteral("probability, loss, token"));
}

void TestHow::cardsSayWhatTheyAre() {
    cut("mean(w=0.5):L1H2");
    const int id = m_window->document().session().shelf().cards.front().id;
    m_window->shelf()->focusCard(id);
    QWidget* focus = QApplication::focusWidget();
    QTest::keyClick(focus, Qt::Key_Question);
    QVERIFY(card()->isVisible());
    QCOMPARE(card()->text().title, QStringLiteral("Mean"));
    QCOMPARE(card()->text().value, QStringLiteral("mean(w=0.5):L1H2"));
    QCOMPARE(row("Strength"), QStringLiteral("0.5"));
    QCOMPARE(request().cuts.size(), std::size_t(1));
    QVERIFY(!cardRect().intersects(global(m_window->shelf()->card(id))));
    card()->close();
    QTest::keyClick(focus, Qt::Key_F1);
    QCOMPARE(card()->text().title, QStringLiteral("Mean"));
    QVERIFY(card()->text().request.isEmpty());
}

void TestHow::placing_data() {
    QTest::addColumn<QRect>("anchor");
    QTest::addColumn<QString>("where");
    QTest::newRow("top") << QRect(100, 20, 80, 30) << "below";
    QTest::newRow("bottom") << QRect(100, 750, 80, 30) << "above";
    QTest::newRow("tall, left") << QRect(20, 50, 80, 700) << "right";
    QTest::newRow("tall, right") << QRect(900, 50, 80, 700) << "left";
    QTest::newRow("far right") << QRect(950, 20, 60, 30) << "below";
    QTest::newRow("everywhere") << QRect(300, 300, 400, 200) << "some";
}

void TestHow::placing() {
    QFETCH(QRect, anchor);
    QFETCH(QString, where);
    const QRect within(0, 0, 1000, 800);
    const QRect place = HowPopover::placeBeside({440, 400}, anchor, within);
    QVERIFY(within.contains(place));
    QVERIFY(!place.intersects(anchor));
    if (where == "below") QVERIFY(place.top() > anchor.bottom());
    if (where == "above") QVERIFY(place.bottom() < anchor.top());
    if (where == "right") QVERIFY(place.left() > anchor.right());
    if (where == "left") QVERIFY(place.right() < anchor.left());
    if (where != "some") QCOMPARE(place.size(), QSize(440, 400));
}

QTEST_MAIN(TestHow)
#include "tst_how.moc"
