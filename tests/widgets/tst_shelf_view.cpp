// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/theme.h"
#include "widgets/views/shelf_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>

using namespace cutaway::widgets;

namespace {

ShelfCardState cardState(int id, double strength = 1.0) {
    ShelfCardState state;
    state.id = id;
    state.title = QStringLiteral("L%1H0").arg(id);
    state.kind = QStringLiteral("mean");
    state.positions = QStringLiteral("all positions");
    state.strength = strength;
    state.text = QStringLiteral("mean:L%1H0").arg(id);
    return state;
}

QSlider* slider(ShelfView& shelf, int id) {
    return shelf.card(id)->findChild<QSlider*>();
}

} // namespace

class TestShelfView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A card's widget lives as long as its id is shown, wherever it moves to.
    void cardsKeepTheirWidgets() {
        ShelfView shelf;
        shelf.resize(372, 600);
        shelf.show();
        shelf.setCards({cardState(1), cardState(2), cardState(3)});
        ShelfCard* second = shelf.card(2);
        shelf.setCards({cardState(3), cardState(2)});
        QCOMPARE(shelf.card(2), second);
        QVERIFY(!shelf.card(1));
        QVERIFY(QTest::qWaitForWindowExposed(&shelf));
        QTRY_VERIFY(shelf.card(3)->mapTo(&shelf, QPoint()).y() < second->mapTo(&shelf, QPoint()).y());
        QCOMPARE(shelf.cardAt(second->mapToGlobal(second->rect().center())), 2);
        QCOMPARE(shelf.cardAt(shelf.mapToGlobal(shelf.dropRect().center())), -1);
        QVERIFY(shelf.dropRect().top() > second->mapTo(&shelf, QPoint()).y());
    }

    /// The slider is live: each move tells, letting go ends the gesture, and answers that come meanwhile do
    /// not pull it from under the hand.
    void strengthIsLive() {
        ShelfView shelf;
        shelf.resize(372, 600);
        shelf.show();
        shelf.setCards({cardState(1)});
        QVERIFY(QTest::qWaitForWindowExposed(&shelf));
        QSignalSpy changing(&shelf, &ShelfView::strengthChanging);
        QSignalSpy committed(&shelf, &ShelfView::strengthCommitted);
        QSlider* held = slider(shelf, 1);
        held->setSliderDown(true);
        held->setValue(60);
        held->setValue(40);
        QCOMPARE(changing.count(), 2);
        QCOMPARE(changing.last().at(0).toInt(), 1);
        QCOMPARE(changing.last().at(1).toDouble(), 0.4);
        shelf.setCards({cardState(1, 0.6)}); // a late answer to the first move
        QCOMPARE(held->value(), 40);
        QCOMPARE(committed.count(), 0);
        held->setSliderDown(false);
        QCOMPARE(committed.count(), 1);
        QCOMPARE(committed.last().at(1).toDouble(), 0.4);
        shelf.setCards({cardState(1, 0.25)});
        QCOMPARE(held->value(), 25);
        QCOMPARE(changing.count(), 2); // what the session says is not an edit
    }

    void keysDoWhatTheMouseDoes() {
        ShelfView shelf;
        shelf.resize(372, 600);
        shelf.show();
        shelf.setCards({cardState(7, 0.5)});
        QVERIFY(QTest::qWaitForWindowExposed(&shelf));
        QSignalSpy committed(&shelf, &ShelfView::strengthCommitted);
        QSignalSpy deleted(&shelf, &ShelfView::deleteRequested);
        QTest::keyClick(shelf.card(7), Qt::Key_BracketLeft);
        QCOMPARE(committed.count(), 1);
        QCOMPARE(committed.last().at(1).toDouble(), 0.45);
        QTest::keyClick(shelf.card(7), Qt::Key_Delete);
        QCOMPARE(deleted.count(), 1);
        QCOMPARE(deleted.last().at(0).toInt(), 7);
    }

    void pausedCardsSayWhy() {
        ShelfView shelf;
        ShelfCardState state = cardState(1);
        state.paused = QStringLiteral("Its token is gone.");
        state.fix = QStringLiteral("Use all positions");
        shelf.setCards({state});
        QVERIFY(shelf.card(1)->accessibleName().contains(state.paused));
        QVERIFY(!slider(shelf, 1)->isEnabled());
        QSignalSpy fixed(&shelf, &ShelfView::fixRequested);
        for (QToolButton* button : shelf.card(1)->findChildren<QToolButton*>())
            if (button->text() == state.fix) button->click();
        QCOMPARE(fixed.count(), 1);
    }

    /// New cards while something is carried (a run came back) leave the drop place lit.
    void dropLookOutlivesNewCards() {
        ShelfView shelf;
        shelf.resize(372, 400);
        shelf.show();
        QVERIFY(QTest::qWaitForWindowExposed(&shelf));
        shelf.setCards({cardState(1)});
        shelf.setDrop(ShelfView::Drop::Over);
        const auto ground = [&] {
            const QRect slot = shelf.dropRect();
            return shelf.grab().toImage().pixelColor(slot.left() + 20, slot.top() + 6);
        };
        QCOMPARE(ground(), colours().accentGround);
        shelf.setCards({cardState(1, 0.5)});
        QCOMPARE(ground(), colours().accentGround);
        shelf.setDrop(ShelfView::Drop::None);
        QVERIFY(ground() != colours().accentGround);
    }

    void textIsCopied() {
        ShelfView shelf;
        shelf.setCards({cardState(4)});
        QSignalSpy copied(&shelf, &ShelfView::textCopied);
        for (QToolButton* button : shelf.card(4)->findChildren<QToolButton*>())
            if (button->accessibleName().startsWith(QStringLiteral("Copy"))) button->click();
        QCOMPARE(copied.count(), 1);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("mean:L4H0"));
    }

    void everyControlHasAName() {
        ShelfView shelf;
        shelf.setCards({cardState(1)});
        for (const QToolButton* button : shelf.findChildren<QToolButton*>())
            QVERIFY(!button->accessibleName().isEmpty() || !button->text().isEmpty() || button->isHidden());
        QVERIFY(!slider(shelf, 1)->accessibleName().isEmpty());
    }
};

QTEST_MAIN(TestShelfView)
#include "tst_shelf_view.moc"
