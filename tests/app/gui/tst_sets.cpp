// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of prompts in the real window, over an engine with made-up numbers.
#include "app/gui/prompt_set_controller.h"
#include "app/gui/set_band.h"
#include "core/types/cut_text.h"
#include "tests/support/test_window.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/shelf_view.h"

#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QTest>
#include <QToolButton>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

class TestSets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_window.reset(); }
    void fileIsRunWithTheShelf();
    void steppingIsNoEdit();
    void editingLeavesTheSet();
    void positionsCountOnlyForEqualLengths();
    void badFilesChangeNothing();
    void likeItSwapsAndRuns();
    void theUserGoesFirst();

private:
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    void settleSet(int size) {
        settle();
        QTRY_COMPARE(m_window->sets().done(), size);
    }
    const session::Session& session() const { return m_window->document().session(); }
    const AnswerStripState& strip() const { return m_window->strip()->state(); }
    QString write(const char* name, const QByteArray& text) {
        QFile file(m_home.filePath(QString::fromLatin1(name)));
        if (!file.open(QIODevice::WriteOnly)) qFatal("no file");
        file.write(text);
        return file.fileName();
    }
    void openThree() {
        m_window->sets().openFile(write("three.csv",
                                        "prompt,answer,wrong\nWhen Mary went,#0,#3\nThen John left,#0,#2\n"
                                        "A longer one than these two,#1,#2\n"));
    }

    QTemporaryDir m_home;
    std::shared_ptr<FakeEngine::Control> m_control;
    std::unique_ptr<MainWindow> m_window;
};

void TestSets::initTestCase() {
    tests::prepareApplication(m_home);
}

void TestSets::init() {
    m_control = std::make_shared<FakeEngine::Control>();
    m_window = tests::openWindow(m_home, m_control);
    QVERIFY(m_window);
    settle();
}

// Logit of token i is −i, a cut takes 2 from token 0: differences 3, 2 and 1, changes −2, −2 and 0.
void TestSets::fileIsRunWithTheShelf() {
    openThree();
    settleSet(3);
    QVERIFY(m_window->band()->isVisible());
    QCOMPARE(m_window->band()->state().place, QString("1 / 3"));
    QCOMPARE(m_window->sets().means().first, std::optional(2.0));
    QVERIFY(!m_window->sets().means().second);
    QCOMPARE(m_window->band()->state().figure, QString("mean +2.00"));
    QCOMPARE(strip().prompts, 3);
    m_window->document().addCut(*parseCut("zero:L0H1"));
    settleSet(3);
    const analysis::Summary summary = m_window->sets().summary();
    QCOMPARE(summary.n, 3);
    QVERIFY(std::abs(summary.mean - -4.0 / 3.0) < 1e-9);
    QCOMPARE(summary.median, -2.0);
    QCOMPARE(summary.fell, 2);
    QVERIFY(summary.interval);
    QCOMPARE(strip().share, QString("mean change −1.33, n = 3"));
    QCOMPARE(m_window->band()->state().dots.dots.size(), std::size_t(3));
    // Undone, the former figures are there without a run.
    m_control->failRun = true;
    m_window->document().undoStack().undo();
    QCOMPARE(m_window->sets().done(), 3);
    m_control->failRun = false;
    m_window->document().undoStack().undo();
    settle();
    QVERIFY(!session().promptSet().open() && !m_window->band()->isVisible());
    QCOMPARE(m_window->promptBar()->prompt(), QString("When Mary and John went"));
    QCOMPARE(strip().prompts, 1);
}

void TestSets::steppingIsNoEdit() {
    openThree();
    settleSet(3);
    const int steps = m_window->document().undoStack().count();
    QTest::keyClick(m_window.get(), Qt::Key_Right, Qt::AltModifier);
    settle();
    QCOMPARE(m_window->promptBar()->prompt(), QString("Then John left"));
    QCOMPARE(*strip().uncutDiff, 2.0); // its own answer and wrong
    Q_EMIT m_window->band()->promptChosen(2);
    settle();
    QCOMPARE(*strip().uncutDiff, 1.0);
    QTest::keyClick(m_window.get(), Qt::Key_Right, Qt::AltModifier); // round
    QCOMPARE(session().promptSet().current, 0);
    QCOMPARE(m_window->document().undoStack().count(), steps);
}

void TestSets::editingLeavesTheSet() {
    openThree();
    settleSet(3);
    m_window->document().showPrompt(1);
    settle();
    m_window->document().setPrompt("Then John left late");
    settle();
    QVERIFY(!session().promptSet().open());
    QVERIFY(session().choice().wrong == TokenSet{TokenId(2)}); // the prompt's own stays with it
    m_window->document().undoStack().undo();
    settle();
    QVERIFY(session().promptSet().open());
    QCOMPARE(session().promptSet().current, 1);
    Q_EMIT m_window->band()->closeRequested();
    settle();
    QVERIFY(!session().promptSet().open());
    QCOMPARE(session().sequence().text, std::string("Then John left")); // what was looked at stays
}

void TestSets::positionsCountOnlyForEqualLengths() {
    openThree();
    settleSet(3);
    m_window->document().addCut(*parseCut("zero:L0H1@1"));
    settleSet(3);
    QCOMPARE(m_window->sets().summary().n, 2);
    QVERIFY(m_window->sets().outcomes()[2].skipped.contains("6 tokens"));
    QVERIFY(m_window->band()->state().count.contains("1 do not count"));
}

void TestSets::badFilesChangeNothing() {
    m_window->sets().openFile(write("bad.csv", "text\nx\n"));
    QVERIFY(strip().error.contains("'prompt'"));
    QVERIFY(!session().promptSet().open());
    QCOMPARE(m_window->document().undoStack().count(), 0);
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(write("one.jsonl", "{\"prompt\": \"x y\"}\n{\"prompt\": 1}\n"))});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &mime, Qt::LeftButton, {});
    QApplication::sendEvent(m_window.get(), &enter);
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &mime, Qt::LeftButton, {});
    QApplication::sendEvent(m_window.get(), &drop);
    QVERIFY(session().promptSet().open());
    QVERIFY(m_window->band()->state().problems.contains("line 2"));
}

void TestSets::likeItSwapsAndRuns() {
    const QString words =
        write("words.json", R"({"names": ["Mary", "John", "Anna", "Peter", "Ruth", "Adam"]})");
    m_window->sets().tryLike(12, words, {{std::string("#0")}, {std::string("#3")}});
    QTRY_VERIFY(session().promptSet().open());
    QCOMPARE(session().promptSet().size(), 12);
    QCOMPARE(session().sequence().text,
             std::string("When Mary and John went")); // the first is the prompt itself
    settleSet(12);
    QCOMPARE(m_window->sets().summary().n, 12);
    m_window->document().undoStack().undo();
    QVERIFY(!session().promptSet().open());
    m_window->document().setPrompt("nothing to swap");
    settle();
    m_window->sets().tryLike(12, words, {});
    QVERIFY(strip().error.contains("no name, place or thing"));
}

// While a run of the user's waits, the set does not stand in its way.
void TestSets::theUserGoesFirst() {
    QByteArray many = "prompt,answer,wrong\n";
    for (int i = 0; i < 200; ++i)
        many += "Prompt number " + QByteArray::number(i) + ",#0,#1\n";
    m_control->runMilliseconds = 20; // 200 of them take 4 s
    m_window->sets().openFile(write("many.csv", many));
    settle();
    QTRY_VERIFY(m_window->sets().running());
    QElapsedTimer clock;
    clock.start();
    m_window->document().addCut(*parseCut("zero:L0H1"));
    settle();
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(m_window->sets().done() < 200);
    QTRY_VERIFY(m_window->sets().running()); // it goes on by itself
    Q_EMIT m_window->band()->stopRequested();
    QTRY_VERIFY(!m_window->sets().running());
    const int done = m_window->sets().done();
    QTest::qWait(60);
    QCOMPARE(m_window->sets().done(), done);
    QVERIFY(m_window->band()->state().count.contains("stopped"));
}

QTEST_MAIN(TestSets)
#include "tst_sets.moc"
