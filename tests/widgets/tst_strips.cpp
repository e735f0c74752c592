// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/token_model.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/difference_view.h"
#include "widgets/views/elided_label.h"
#include "widgets/views/open_card.h"
#include "widgets/views/probability_bars.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/segmented_control.h"
#include "widgets/views/status_line.h"
#include "widgets/views/token_strip.h"
#include "widgets/views/word_button.h"

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

std::vector<TokenChip> manyChips(int count) {
    std::vector<TokenChip> out;
    for (int i = 0; i < count; ++i) {
        TokenChip chip;
        chip.text = QStringLiteral("·tok%1").arg(i);
        out.push_back(chip);
    }
    return out;
}

AnswerStripState answered() {
    AnswerStripState state;
    state.answer = QStringLiteral(" Mary");
    state.wrong = QStringLiteral(" John");
    state.uncutDiff = 3.24;
    state.answerProbUncut = 0.85;
    return state;
}

} // namespace

class TestStrips : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answerSaysWordsAndNumbers() {
        AnswerStrip strip;
        AnswerStripState state = answered();
        strip.setState(state);
        const auto words = strip.findChildren<WordButton*>();
        QCOMPARE(words.size(), 2);
        QCOMPARE(words.at(0)->text(), QStringLiteral("Mary"));
        const auto* difference = strip.findChild<DifferenceView*>();
        QVERIFY(difference->accessibleName().contains(QStringLiteral("+3.24")));
        QVERIFY(!difference->accessibleName().contains(QStringLiteral("cut,")));
        state.hasCuts = true;
        state.cutDiff = -0.36;
        strip.setState(state);
        QVERIFY(difference->accessibleName().contains(QStringLiteral("−0.36")));
        state.mode = RunMode::Uncut;
        strip.setState(state);
        QVERIFY(!difference->accessibleName().contains(QStringLiteral("−0.36")));
        QCOMPARE(strip.height(), AnswerStrip::stripHeight);
    }

    void answerSpeaksWhenEmpty() {
        AnswerStrip strip;
        AnswerStripState state;
        state.empty = QStringLiteral("Opening demo …");
        strip.setState(state);
        strip.show();
        bool said = false;
        for (const QLabel* label : strip.findChildren<QLabel*>())
            if (label->isVisible()) {
                said = said || label->text() == state.empty;
                QCOMPARE(label->textFormat(), Qt::PlainText);
            }
        QVERIFY(said);
        state = answered();
        state.error = QStringLiteral("The prompt is longer than the model's context.");
        strip.setState(state);
        said = false;
        for (const QLabel* label : strip.findChildren<QLabel*>())
            said = said || label->text() == state.error;
        QVERIFY(said);
    }

    /// A cut that comes or goes moves no number; a narrow window gives up the note, then the bars, and
    /// nothing lies on anything else.
    void numbersStandStill() {
        AnswerStrip strip;
        strip.show();
        AnswerStripState state = answered();
        state.message = QStringLiteral("The model says Mary.\nWhich part decided that?");
        AnswerStripState cut = answered();
        cut.hasCuts = true;
        cut.cutDiff = -0.36;
        cut.answerProbCut = 0.31;
        const auto* difference = strip.findChild<DifferenceView*>();
        const auto* bars = strip.findChild<ProbabilityBars*>();
        for (const int width : {1600, 1280, 900}) {
            strip.resize(width, AnswerStrip::stripHeight);
            strip.setState(state);
            QCoreApplication::processEvents();
            const QRect before = difference->geometry();
            const QRect barsBefore = bars->geometry();
            strip.setState(cut);
            QCoreApplication::processEvents();
            QCOMPARE(difference->geometry().left(), before.left());
            if (bars->isVisible()) QCOMPARE(bars->geometry().left(), barsBefore.left());
            QList<QRect> shown;
            for (const QObject* child : strip.children())
                if (const auto* part = qobject_cast<const QWidget*>(child); part && part->isVisible()) {
                    for (const QRect& other : shown)
                        QVERIFY(!other.intersects(part->geometry()));
                    QVERIFY(part->width() >= part->minimumSizeHint().width());
                    shown << part->geometry();
                }
        }
        QVERIFY(!bars->isVisible()); // 900: no room
    }

    /// A text that finds no room ends in an ellipsis instead of widening the window.
    void longTextsGiveWay() {
        ElidedLabel label(Theme::Type::Caption);
        label.setLeast(60);
        label.setText(QString(500, QLatin1Char('m')));
        QVERIFY(label.sizeHint().width() > 2000);
        QCOMPARE(label.minimumSizeHint().width(), 60);
        label.setText(QStringLiteral("i"));
        QVERIFY(label.minimumSizeHint().width() < 20);
    }

    void choicesAreAskedFor() {
        AnswerStrip strip;
        strip.setState(answered());
        QSignalSpy answer(&strip, &AnswerStrip::answerChoiceRequested);
        QSignalSpy wrong(&strip, &AnswerStrip::wrongChoiceRequested);
        const auto words = strip.findChildren<WordButton*>();
        words.at(0)->click();
        QCOMPARE(answer.count() + wrong.count(), 1);
        words.at(1)->click();
        QCOMPARE(answer.count(), 1);
        QCOMPARE(wrong.count(), 1);
    }

    /// Without cuts there is nothing to switch to; with cuts the arrow keys reach all three.
    void modes() {
        AnswerStrip strip;
        AnswerStripState state = answered();
        state.mode = RunMode::Uncut;
        strip.setState(state);
        strip.show();
        auto* control = strip.findChild<SegmentedControl*>();
        QSignalSpy chosen(&strip, &AnswerStrip::modeChosen);
        QTest::keyClick(control, Qt::Key_Right);
        QCOMPARE(chosen.count(), 0);
        state.hasCuts = true;
        state.cutDiff = 1.0;
        strip.setState(state);
        QTest::keyClick(control, Qt::Key_Right);
        QTest::keyClick(control, Qt::Key_Right);
        QTest::keyClick(control, Qt::Key_Right);
        QCOMPARE(chosen.count(), 2);
        QCOMPARE(chosen.last().at(0).value<RunMode>(), RunMode::Change);
    }

    void cursorWalksAndScrolls() {
        TokenStrip strip;
        strip.resize(600, 44);
        strip.setChips(manyChips(1024));
        strip.show();
        QVERIFY(QTest::qWaitForWindowExposed(&strip));
        QSignalSpy moved(&strip, &TokenStrip::cursorMoved);
        strip.setTokenCursor(1023);
        QCOMPARE(moved.count(), 0); // the program's own moves are not the user's
        QTRY_VERIFY(strip.visualRect(strip.tokenModel()->index(1023)).right() <=
                    strip.viewport()->width() + 4);
        QTest::keyClick(&strip, Qt::Key_Right); // the end holds
        QCOMPARE(moved.count(), 0);
        QTest::keyClick(&strip, Qt::Key_Left);
        QCOMPARE(moved.last().at(0).toInt(), 1022);
        QTest::keyClick(&strip, Qt::Key_Home);
        QCOMPARE(strip.tokenCursor(), 0);
        QCOMPARE(strip.horizontalScrollBar()->value(), 0);
        QWheelEvent wheel(QPointF(300, 20), strip.mapToGlobal(QPointF(300, 20)), QPoint(), QPoint(0, -240),
                          Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(strip.viewport(), &wheel);
        QVERIFY(strip.horizontalScrollBar()->value() > 0);
        // Fewer tokens: the cursor stays on one of them.
        strip.setTokenCursor(500);
        strip.setChips(manyChips(10));
        QCOMPARE(strip.tokenCursor(), 9);
    }

    void chipsAreCarried() {
        TokenStrip strip;
        strip.resize(600, 44);
        strip.setChips(manyChips(5));
        strip.show();
        QVERIFY(QTest::qWaitForWindowExposed(&strip));
        QSignalSpy picked(&strip, &TokenStrip::pickUpRequested);
        const QPoint at = strip.visualRect(strip.tokenModel()->index(2)).center();
        for (const bool alt : {false, true}) {
            QTest::mousePress(strip.viewport(), Qt::LeftButton, alt ? Qt::AltModifier : Qt::NoModifier, at);
            const QPoint to = at + QPoint(0, QApplication::startDragDistance() + 1);
            QMouseEvent move(QEvent::MouseMove, to, strip.viewport()->mapToGlobal(to), Qt::NoButton,
                             Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(strip.viewport(), &move);
            const auto payload = picked.last().at(0).value<Payload>();
            QCOMPARE(payload.position.value_or(-1), 2);
            QCOMPARE(payload.hideChip, alt);
            QCOMPARE(payload.target.hook, HookKind::Embed);
        }
        QCOMPARE(picked.count(), 2);
    }

    /// What the user is typing is not overwritten by an answer that comes late.
    void promptIsTheUsers() {
        PromptBar bar;
        bar.show();
        QVERIFY(QTest::qWaitForWindowExposed(&bar));
        bar.setPrompt(QStringLiteral("one"));
        bar.activateWindow();
        bar.promptEdit()->setFocus();
        QTRY_VERIFY(bar.promptEdit()->hasFocus());
        QSignalSpy edited(&bar, &PromptBar::promptEdited);
        QSignalSpy committed(&bar, &PromptBar::promptCommitted);
        QTest::keyClicks(bar.promptEdit(), QStringLiteral("x"));
        QCOMPARE(edited.count(), 1);
        bar.setPrompt(QStringLiteral("late"));
        QVERIFY(bar.prompt().contains(QLatin1Char('x')));
        QTest::keyClick(bar.promptEdit(), Qt::Key_Return);
        QCOMPARE(committed.count(), 1);
        bar.setPrompt(QStringLiteral("after"));
        QCOMPARE(bar.prompt(), QStringLiteral("after"));
    }

    void statusStops() {
        StatusLine line;
        line.resize(900, 28);
        line.show();
        StatusLineState state;
        state.parts = QStringList{QStringLiteral("exact · 4 ms")};
        line.setState(state);
        auto* stop = line.findChild<QToolButton*>();
        QVERIFY(!stop->isVisible());
        state.work = QStringLiteral("opening");
        state.canStop = true;
        line.setState(state);
        QVERIFY(stop->isVisible());
        QVERIFY(line.rect().contains(stop->geometry()));
        QSignalSpy stopped(&line, &StatusLine::stopRequested);
        stop->click();
        QCOMPARE(stopped.count(), 1);
        QVERIFY(line.accessibleName().contains(QStringLiteral("opening")));
    }

    /// A card that is on screen when its model has opened shows every row whole.
    void openCardGrowsWithItsRows() {
        OpenCard card;
        OpenCardState state;
        state.name = QStringLiteral("gpt2");
        state.stage = QStringLiteral("reading weights");
        card.setState(state);
        card.show();
        QVERIFY(QTest::qWaitForWindowExposed(&card));
        ModelInfo info;
        info.family = "gpt2";
        info.hash = "0123456789abcdef0";
        state.stage.clear();
        state.info = info;
        card.setState(state);
        QCoreApplication::processEvents();
        int rows = 0;
        for (const QLabel* label : card.findChildren<QLabel*>())
            if (label->isVisible()) {
                ++rows;
                QVERIFY(label->height() >= label->heightForWidth(label->width()));
                QVERIFY(card.rect().contains(label->geometry()));
            }
        QVERIFY(rows > 6);
        state.info.reset();
        state.error = QStringLiteral("no config.json here");
        card.setState(state);
        bool said = false;
        for (const QLabel* label : card.findChildren<QLabel*>())
            said = said || (label->isVisible() && label->text() == state.error);
        QVERIFY(said);
    }

    /// Names from files stay text, whatever they hold.
    void cardsShowPlainText() {
        OpenCard card;
        OpenCardState state;
        state.name = QStringLiteral("<img src=x>\u202Eevil");
        ModelInfo info;
        info.family = "gpt2";
        info.tensorsUnused = {"<b>x</b>", "y"};
        info.warnings = {"7 tensors unused"};
        state.info = info;
        card.setState(state);
        for (const QLabel* label : card.findChildren<QLabel*>()) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
            QVERIFY(!label->text().contains(QChar(0x202E)));
        }
        QSignalSpy closed(&card, &OpenCard::closed);
        QTest::keyClick(&card, Qt::Key_Escape);
        QCOMPARE(closed.count(), 1);
    }
};

QTEST_MAIN(TestStrips)
#include "tst_strips.moc"
