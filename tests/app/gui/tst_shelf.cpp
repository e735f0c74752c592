// SPDX-License-Identifier: GPL-3.0-or-later
// Cards alone and together, the runs that were and the baseline, in the real window over made-up numbers.
#include "app/gui/attention_view.h"
#include "app/gui/card_effects.h"
#include "app/gui/present_history.h"
#include "core/types/cut_text.h"
#include "tests/support/test_window.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/history_panel.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/shelf_card.h"
#include "widgets/views/shelf_view.h"

#include <QApplication>
#include <QEventLoop>
#include <QListView>
#include <QMenu>
#include <QPointer>
#include <QTest>
#include <QTimer>
#include <QToolButton>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using session::RunHistory;
using session::RunRecord;
using tests::FakeEngine;

class TestShelf : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_window.reset(); }
    void aloneAndWithoutIt();
    void relations_data();
    void relations();
    void soloAndMute();
    void cardGoesWithItsMenuOpen();
    void duplicateSplitAndMove();
    void historyKeepsWhatRan();
    void returningIsOneStep();
    void baselineIsComparedWith();
    void historyRules();

private:
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    const session::Session& session() const { return m_window->document().session(); }
    const AnswerStripState& strip() const { return m_window->strip()->state(); }
    ShelfCardState card(int id) const { return m_window->shelf()->card(id)->state(); }
    int add(const char* cut) {
        const int id = m_window->document().addCut(*parseCut(cut));
        settle();
        return id;
    }
    QStringList cuts() const { return tests::cutTexts(*m_window); }

    QTemporaryDir m_home;
    std::shared_ptr<FakeEngine::Control> m_control;
    std::unique_ptr<MainWindow> m_window;
};

void TestShelf::initTestCase() {
    tests::prepareApplication(m_home);
}

void TestShelf::init() {
    m_control = std::make_shared<FakeEngine::Control>();
    m_window = tests::openWindow(m_home, m_control);
    QVERIFY(m_window);
    settle();
}

// The fake engine's cuts add up: each takes 2 × its strength, so alone equals without it.
void TestShelf::aloneAndWithoutIt() {
    const int first = add("zero:L0H1");
    QTest::qWait(50);
    QVERIFY(card(first).effect.isEmpty()); // one card: the strip says it
    const int second = add("mean(w=0.5):L1H2");
    QTRY_COMPARE(card(first).effect, QString("alone −2.00 · without it −2.00"));
    QCOMPARE(card(second).effect, QString("alone −1.00 · without it −1.00"));
    QVERIFY(card(first).effectWord.isEmpty());
    const int shown = m_control->runs;
    m_window->document().undoStack().undo();
    settle();
    m_window->document().undoStack().redo();
    settle();
    QCOMPARE(m_window->effects().missing(), 0); // nothing is run again
    QCOMPARE(card(second).effect, QString("alone −1.00 · without it −1.00"));
    QCOMPARE(m_control->runs.load(), shown);
    // Of another state: faded until the new one is known, and gone with the second card.
    m_window->document().setStrength(second, 0.25, 0);
    QVERIFY(card(second).effectStale && !card(second).effect.isEmpty());
    QTRY_COMPARE(card(second).effect, QString("alone −0.50 · without it −0.50"));
    QVERIFY(!card(second).effectStale);
    m_window->document().setEnabled(first, false);
    settle();
    QVERIFY(card(second).effect.isEmpty());
}

void TestShelf::relations_data() {
    QTest::addColumn<double>("alone");
    QTest::addColumn<double>("without");
    QTest::addColumn<int>("relation");
    const auto is = [](CardRelation relation) { return static_cast<int>(relation); };
    QTest::newRow("equal") << -2.0 << -2.1 << is(CardRelation::Independent);
    QTest::newRow("small") << 0.01 << 0.15 << is(CardRelation::Independent);
    QTest::newRow("covered for") << -0.4 << -2.1 << is(CardRelation::Backup);
    QTest::newRow("one mechanism") << -2.9 << -0.3 << is(CardRelation::Synergy);
    QTest::newRow("turned round") << -0.5 << 0.6 << is(CardRelation::Reversal);
    QTest::newRow("hardly turned round") << -2.1 << 0.05 << is(CardRelation::Synergy);
}

void TestShelf::relations() {
    QFETCH(double, alone);
    QFETCH(double, without);
    QTEST(static_cast<int>(relationOf({alone, without})), "relation");
}

void TestShelf::soloAndMute() {
    const int first = add("zero:L0H1"), second = add("mean(w=0.5):L1H2");
    QVERIFY(std::abs(*strip().cutDiff - 0.0) < 1e-9); // 3 − 2 − 1
    const auto press = [&](int id, const char* name) {
        for (QToolButton* button : m_window->shelf()->card(id)->findChildren<QToolButton*>())
            if (button->accessibleName() == QLatin1String(name)) return button->click();
        QFAIL(name);
    };
    press(first, "Solo");
    settle();
    QVERIFY(std::abs(*strip().cutDiff - 1.0) < 1e-9);
    QVERIFY(card(second).silenced && !card(first).silenced);
    QVERIFY(!session().inForce(*session().card(second)));
    press(first, "Mute"); // a muted solo silences nobody
    settle();
    QVERIFY(std::abs(*strip().cutDiff - 2.0) < 1e-9);
    m_window->shelf()->card(second)->setFocus();
    QTest::keyClick(m_window->shelf()->card(second), Qt::Key_M);
    settle();
    QVERIFY(!strip().cutDiff);
    QTest::keyClick(m_window->shelf()->card(second), Qt::Key_M, Qt::ShiftModifier);
    QVERIFY(session().card(second)->solo);
    while (m_window->document().undoStack().count() > 2 && m_window->document().undoStack().index() > 2)
        m_window->document().undoStack().undo();
    settle();
    QVERIFY(std::abs(*strip().cutDiff - 0.0) < 1e-9);
    m_window->document().muteAll();
    settle();
    QVERIFY(!strip().cutDiff);
    m_window->document().muteAll();
    settle();
    QVERIFY(strip().cutDiff.has_value());
}

/// An answer, a session or an undo may take a card away whose menu is open: pressed on, it is gone before the
/// press has returned.
void TestShelf::cardGoesWithItsMenuOpen() {
    const int id = add("zero:L0H1");
    QPointer<ShelfCard> gone = m_window->shelf()->card(id);
    QPointer<QToolButton> pressed;
    for (QToolButton* button : gone->findChildren<QToolButton*>())
        if (button->property("role") == "kind") pressed = button;
    QVERIFY(pressed);
    bool opened = false;
    QTimer::singleShot(0, m_window.get(), [&] {
        opened = QApplication::activePopupWidget() == pressed->menu();
        QEventLoop deeper; // what is let go in it goes when it ends, in the loop of the menu
        QTimer::singleShot(0, &deeper, [&] {
            m_window->document().removeCard(id);
            deeper.quit();
        });
        deeper.exec();
        QTimer::singleShot(50, m_window.get(), [] {
            if (QWidget* still = QApplication::activePopupWidget()) still->close();
        });
    });
    QTest::mousePress(pressed, Qt::LeftButton);
    QVERIFY(opened);
    QVERIFY(!pressed && !gone);
    settle();
    QVERIFY(cuts().isEmpty());
    QVERIFY(!QApplication::activePopupWidget());
}

void TestShelf::duplicateSplitAndMove() {
    const int id = add("mean:{L0H1,L1H2}");
    QVERIFY(card(id).canSplit && !card(id).canMove);
    m_window->document().split(id);
    settle();
    QCOMPARE(cuts(), (QStringList{"mean:L0H1", "mean:L1H2"}));
    m_window->shelf()->card(id)->setFocus();
    QTest::keyClick(m_window->shelf()->card(id), Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    settle();
    QCOMPARE(cuts(), (QStringList{"mean:L0H1", "mean:L0H1", "mean:L1H2"}));
    const int copy = session().shelf().cards[1].id;
    QVERIFY(copy != id && card(copy).canMove);
    m_window->document().setStrength(copy, 0.5, 0);
    m_window->document().move(copy, -1);
    settle();
    QCOMPARE(cuts(), (QStringList{"mean(w=0.5):L0H1", "mean:L0H1", "mean:L1H2"}));
    m_window->document().move(copy, -1); // nothing before it
    QCOMPARE(cuts().front(), QString("mean(w=0.5):L0H1"));
    while (m_window->document().undoStack().index() > 1)
        m_window->document().undoStack().undo();
    QCOMPARE(cuts(), QStringList("mean:{L0H1,L1H2}"));
}

void TestShelf::historyKeepsWhatRan() {
    QTRY_COMPARE(m_window->history().runs().size(), std::size_t(1));
    add("zero:L0H1");
    QTRY_COMPARE(m_window->history().runs().size(), std::size_t(2));
    QCOMPARE(m_window->history().runs().front().cuts, std::vector<std::string>{"zero:L0H1"});
    QCOMPARE(*m_window->history().runs().front().uncut, 3.0);
    QCOMPARE(*m_window->history().runs().front().cut, 1.0);
    m_window->document().undoStack().undo();
    settle();
    QTRY_COMPARE(m_window->history().runs().front().cuts.size(), std::size_t(0)); // moved up, not twice
    QCOMPARE(m_window->history().runs().size(), std::size_t(2));
    QTest::keyClick(m_window.get(), Qt::Key_H, Qt::ControlModifier);
    QVERIFY(m_window->historyPanel()->isVisible());
    QCOMPARE(m_window->historyPanel()->count(), 2);
    QTest::keyClick(m_window->historyPanel()->list(), Qt::Key_Down);
    QTest::keyClick(m_window->historyPanel()->list(), Qt::Key_Return);
    settle();
    QCOMPARE(cuts(), QStringList("zero:L0H1"));
}

void TestShelf::returningIsOneStep() {
    add("zero:L0H1");
    QTRY_COMPARE(m_window->history().runs().size(), std::size_t(2));
    const int first = m_window->history().runs().front().id;
    m_window->document().setPrompt("Another prompt");
    add("mean:L1H2");
    m_window->document().setChoice({{TokenId(1)}, {TokenId(2)}}, "choose");
    settle();
    const int steps = m_window->document().undoStack().count();
    Q_EMIT m_window->historyPanel()->returnRequested(first);
    settle();
    QCOMPARE(m_window->document().undoStack().count(), steps + 1);
    QCOMPARE(session().sequence().text, std::string("When Mary and John went"));
    QCOMPARE(cuts(), QStringList("zero:L0H1"));
    QVERIFY(session().choice().answer == TokenSet{TokenId(0)});
    m_window->document().undoStack().undo();
    settle();
    QCOMPARE(session().sequence().text, std::string("Another prompt"));
    QCOMPARE(cuts(), (QStringList{"zero:L0H1", "mean:L1H2"}));
    QVERIFY(session().choice().answer == TokenSet{TokenId(1)});
}

void TestShelf::baselineIsComparedWith() {
    add("zero:L0H1");
    QTRY_COMPARE(m_window->history().runs().size(), std::size_t(2));
    Q_EMIT m_window->historyPanel()->pinRequested(m_window->history().runs().front().id);
    add("mean(w=0.5):L1H2");
    QCOMPARE(strip().baseline, QString("zero:L0H1"));
    QCOMPARE(*strip().uncutDiff, 1.0); // the pinned run's
    QVERIFY(std::abs(*strip().cutDiff) < 1e-9);
    m_window->document().setPrompt("Another prompt");
    settle();
    QCOMPARE(strip().baseline, QString("zero:L0H1 on “When Mary and John went”"));
    QCOMPARE(strip().baselineNote, QString("other prompt"));
    m_window->document().setChoice({{TokenId(1)}, {TokenId(3)}}, "choose");
    settle();
    QVERIFY(strip().baseline.isEmpty() && strip().baselineNote.endsWith("not compared"));
    QCOMPARE(*strip().uncutDiff, 2.0); // this run's own, uncut
    m_window->document().undoStack().undo();
    settle();
    QCOMPARE(*strip().uncutDiff, 1.0);
    m_window->document().muteAll();
    settle();
    QCOMPARE(*strip().cutDiff, 3.0); // without cuts it is this run that is compared
    Q_EMIT m_window->strip()->baselineReleased();
    QVERIFY(strip().baseline.isEmpty());
    QCOMPARE(*strip().uncutDiff, 3.0);
}

void TestShelf::historyRules() {
    RunHistory history;
    const auto record = [](const char* text, std::vector<std::string> cuts) {
        RunRecord made;
        made.sequence.text = text;
        made.cuts = std::move(cuts);
        made.cut = made.uncut = 1.0;
        return made;
    };
    const int a = history.add(record("a", {}));
    const int b = history.add(record("b", {"zero:L0H1"}));
    QCOMPARE(history.add(record("a", {})), a);
    QCOMPARE(history.runs().front().id, a);
    QCOMPARE(history.runs().size(), std::size_t(2));
    history.pin(b);
    for (std::size_t i = 0; i < 2 * RunHistory::most; ++i)
        history.add(record(std::to_string(i).c_str(), {}));
    QCOMPARE(history.runs().size(), RunHistory::most);
    QVERIFY(history.pinned() && history.pinned()->id == b);
    QVERIFY(!history.find(a));
    history.pin(99999);
    QVERIFY(!history.pinned());
    // A lane B that no cut borrows from makes no other run.
    RunHistory lanes;
    RunRecord with = record("a", {"zero:L0H1"});
    lanes.add(with);
    with.donor.present = true;
    lanes.add(with);
    QCOMPARE(lanes.runs().size(), std::size_t(1));
    with.cuts = {"patch:L0H1"};
    lanes.add(with);
    with.donor.sequence.text = "b";
    lanes.add(with);
    QCOMPARE(lanes.runs().size(), std::size_t(3));
    QCOMPARE(presentHistory(lanes, lanes.runs().front().id).front().shown, true);
}

QTEST_MAIN(TestShelf)
#include "tst_shelf.moc"
