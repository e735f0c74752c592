// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/theme.h"
#include "widgets/views/inside_view.h"
#include "widgets/views/segmented_control.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <limits>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

/// q is all ones, so q·k is the sum of k; key `k` has k in dim 0 and nothing else.
InsideViewState state(int keys, int query) {
    InsideViewState out;
    out.answer = QStringLiteral("Mary");
    out.wrong = QStringLiteral("John");
    HeadReading& r = out.reading;
    r.layer = 3;
    r.head = 5;
    r.query = query;
    r.q = {1.0F, 1.0F, 1.0F, 1.0F};
    r.scale = 0.5;
    r.z = {0.0F, 0.0F, 0.0F};
    double sum = 0;
    for (int key = 0; key < keys; ++key) {
        const auto value = static_cast<float>((key * 7) % keys) / static_cast<float>(keys) * 4.0F;
        const bool masked = key > query;
        r.keys.push_back({value, 0.0F, 0.0F, 0.0F});
        r.values.push_back({1.0F, -1.0F, static_cast<float>(key)});
        r.scores.push_back(masked ? -std::numeric_limits<float>::infinity() : value * 0.5F);
        r.pattern.push_back(masked ? 0.0F : std::exp(r.scores.back()));
        sum += static_cast<double>(r.pattern.back());
        out.tokens << QStringLiteral("·t%1").arg(key);
    }
    for (int key = 0; key < keys; ++key) {
        const auto k = static_cast<std::size_t>(key);
        r.pattern[k] /= static_cast<float>(sum);
        r.written.push_back(r.pattern[k] * 2.0F);
        r.towards.push_back(r.pattern[k] * (key % 2 ? -1.0F : 1.0F));
        r.total += static_cast<double>(r.towards.back());
    }
    r.outNorm = 1.25;
    Prediction mary;
    mary.text = " Mary";
    mary.logit = 1.5;
    r.raised = {mary};
    return out;
}

void move(InsideView& view, const QPoint& to, Qt::MouseButtons held = Qt::NoButton) {
    QWidget* port = view.viewport();
    const QPoint at = port->mapFrom(&view, to);
    QMouseEvent event(QEvent::MouseMove, at, port->mapToGlobal(at), Qt::NoButton, held, Qt::NoModifier);
    QApplication::sendEvent(port, &event);
}

void click(InsideView& view, const QPoint& at) {
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.viewport()->mapFrom(&view, at));
}

Payload edge(int query, int key) {
    Payload out{headTarget(3, 5), std::nullopt, false};
    out.target.kind = TargetKind::Edge;
    out.target.query = query;
    out.target.key = key;
    return out;
}

} // namespace

class TestInsideView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rowsByShareOrInOrder() {
        const InsideViewState some = state(5, 3);
        const InsideRows strongest = insideRows(some.reading, true, 16);
        QCOMPARE(strongest.masked, 1);
        QCOMPARE(strongest.keys.size(), std::size_t(4));
        for (std::size_t i = 1; i < strongest.keys.size(); ++i)
            QVERIFY(some.reading.pattern[static_cast<std::size_t>(strongest.keys[i - 1])] >=
                    some.reading.pattern[static_cast<std::size_t>(strongest.keys[i])]);
        QCOMPARE(strongest.best, strongest.keys.front());
        const InsideRows ordered = insideRows(some.reading, false, 16);
        QCOMPARE(ordered.keys, (std::vector<int>{0, 1, 2, 3}));
        QCOMPARE(ordered.best, strongest.best);
    }

    /// What is folded keeps its share: listed and folded sum to the pattern's 1 and to the total.
    void foldedKeysStayInTheSum() {
        const InsideViewState some = state(40, 39);
        for (const int most : {1, 7, 16, 39}) {
            const InsideRows rows = insideRows(some.reading, true, most);
            QCOMPARE(static_cast<int>(rows.keys.size()) + rows.folded, 40);
            double share = rows.foldedPattern;
            double towards = rows.foldedTowards;
            for (const int key : rows.keys) {
                share += static_cast<double>(some.reading.pattern[static_cast<std::size_t>(key)]);
                towards += static_cast<double>(some.reading.towards[static_cast<std::size_t>(key)]);
            }
            QVERIFY(std::abs(share - 1.0) < 1e-5); // float sums of 40
            QVERIFY(std::abs(towards - some.reading.total) < 1e-5);
        }
    }

    void sentencesSayTheNumbers() {
        const InsideViewState some = state(4, 3); // k sums: 0, 3, 2, 1
        const InsideRows rows = insideRows(some.reading, true, 16);
        QCOMPARE(rows.best, 1);
        const QString best = spokenText(keySentence(some, rows, 1));
        QVERIFY2(best.startsWith(
                     QStringLiteral("The query at ·t3 (3) matches ·t1 (1) best: q·k = 3.0, × 1/√4 = 1.5, "
                                    "which softmax turns into 0.46; its value adds −0.46 logits to Mary "
                                    "rather than John.")),
                 qPrintable(best));
        QVERIFY(spokenText(keySentence(some, rows, 2)).contains(QStringLiteral("meets ·t2 (2): q·k = 2.0")));
        QCOMPARE(keySentence(some, rows, 9), QString());
        QCOMPARE(scaleText(0.125, 64), QStringLiteral("1/√64"));
        QCOMPARE(scaleText(0.25, 64), QStringLiteral("0.250"));
        QVERIFY(dimSentence(some, InsideColumn::Key, 1, 0)
                    .contains(QStringLiteral("q 1.00 × k 3.00 = +3.00, of q·k = 3.0")));
        QCOMPARE(dimSentence(some, InsideColumn::Key, 1, 4), QString());
        QVERIFY(dimSentence(some, InsideColumn::Value, 1, 1).contains(QStringLiteral("= −0.455")));
        InsideViewState odd = state(4, 3);
        odd.tokens[1] = QStringLiteral("`"); // would turn mono round for the rest of the sentence
        QCOMPARE(keyName(odd, 1).count(QLatin1Char('`')), 2);
    }

    void hoverSpeaks() {
        InsideView view;
        view.resize(1020, 640);
        view.setState(state(6, 5));
        QSignalSpy hovered(&view, &InsideView::keyHovered);
        const QString best = view.sentence();
        QVERIFY(best.contains(QStringLiteral("best")));
        for (const int key : {2, 4}) {
            move(view, view.keyRect(key, InsideColumn::Pattern).center());
            QCOMPARE(hovered.last().at(0).toInt(), key);
            QVERIFY(view.sentence().contains(QStringLiteral("·t%1 (%1)").arg(key)));
        }
        QStringList said;
        for (const InsideColumn column :
             {InsideColumn::Token, InsideColumn::Key, InsideColumn::Score, InsideColumn::Pattern,
              InsideColumn::Value, InsideColumn::Written, InsideColumn::Towards}) {
            move(view, view.headRect(column).center());
            QVERIFY(!view.sentence().isEmpty());
            said << view.sentence();
        }
        said.removeDuplicates();
        QCOMPARE(said.size(), 7);
        QCOMPARE(hovered.last().at(0).toInt(), -1);
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(&view, &leave);
        QCOMPARE(view.sentence(), best);
    }

    void clickSelectsAndDragPicksUpTheEdge() {
        InsideView view;
        view.resize(1020, 640);
        view.setState(state(6, 5));
        QSignalSpy chosen(&view, &InsideView::keySelected);
        QSignalSpy opened(&view, &InsideView::keyActivated);
        QSignalSpy picked(&view, &InsideView::pickUpRequested);
        const QPoint at = view.keyRect(3, InsideColumn::Score).center();
        const QPoint inPort = view.viewport()->mapFrom(&view, at);
        QTest::mousePress(view.viewport(), Qt::LeftButton, {}, inPort);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.at(0).at(0).toInt(), 3);
        QCOMPARE(view.selectedPayload(), std::optional(edge(5, 3)));
        move(view, at + QPoint(1, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 0);
        move(view, at + QPoint(QApplication::startDragDistance() + 1, 0), Qt::LeftButton);
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.at(0).at(0).value<Payload>(), edge(5, 3));
        QVERIFY(!picked.at(0).at(2).value<QPixmap>().isNull());
        QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, inPort);
        QTest::mouseDClick(view.viewport(), Qt::LeftButton, {}, inPort);
        QCOMPARE(opened.count(), 1);
        QSignalSpy offers(&view, &InsideView::offersRequested);
        const QPoint other = view.viewport()->mapFrom(&view, view.keyRect(1, InsideColumn::Token).center());
        QContextMenuEvent menu(QContextMenuEvent::Mouse, other, view.viewport()->mapToGlobal(other));
        QApplication::sendEvent(view.viewport(), &menu);
        QCOMPARE(offers.count(), 1);
        QCOMPARE(offers.at(0).at(0).value<Payload>(), edge(5, 1));
    }

    /// Keys walk over every key, on into what is folded.
    void keysWalk() {
        InsideView view;
        view.resize(1020, 300);
        view.setState(state(30, 29));
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QVERIFY(!view.foldRect().isEmpty());
        QCOMPARE(view.rows().keys.size(), std::size_t(16));
        QSignalSpy chosen(&view, &InsideView::keySelected);
        for (int i = 0; i < 30; ++i)
            QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(chosen.count(), 30);
        QVERIFY(view.unfolded());
        QCOMPARE(view.selectedKey(), view.rows().keys.back());
        QVERIFY(view.rect().contains(view.keyRect(view.selectedKey(), InsideColumn::Token)));
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("(%1)").arg(view.selectedKey())));
        QVERIFY(!view.accessibleName().isEmpty());
        QTest::keyClick(&view, Qt::Key_Home);
        QCOMPARE(view.selectedKey(), view.rows().best);
        QVERIFY(view.rect().contains(view.keyRect(view.selectedKey(), InsideColumn::Token)));
    }

    void foldAndOrder() {
        InsideView view;
        view.resize(1020, 640);
        view.setState(state(30, 29));
        click(view, view.foldRect().center());
        QVERIFY(view.unfolded());
        QCOMPARE(view.rows().keys.size(), std::size_t(30));
        view.verticalScrollBar()->setValue(view.verticalScrollBar()->maximum());
        click(view, view.foldRect().center());
        QVERIFY(!view.unfolded());
        auto* order = view.findChild<SegmentedControl*>();
        QVERIFY(order);
        view.show();
        QTest::keyClick(order, Qt::Key_Right);
        QVERIFY(std::is_sorted(view.rows().keys.begin(), view.rows().keys.end()));
        QCOMPARE(view.rows().keys.size(), std::size_t(16));
        // One key more than are listed has a row of its own.
        view.setState(state(17, 16));
        QCOMPARE(view.rows().keys.size(), std::size_t(17));
        QVERIFY(view.foldRect().isEmpty());
    }

    /// Sixteen keys and a fold fit the width they are made for; narrower, everything can be scrolled to.
    void fitsAndScrolls() {
        InsideView view;
        view.resize(1020, 640);
        view.setState(state(15, 14));
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QCOMPARE(view.verticalScrollBar()->maximum(), 0);
        QCOMPARE(view.horizontalScrollBar()->maximum(), 0);
        for (const InsideColumn column : {InsideColumn::Token, InsideColumn::Value, InsideColumn::Towards})
            QVERIFY(view.rect().contains(view.keyRect(0, column)));
        view.resize(500, 300);
        QVERIFY(view.verticalScrollBar()->maximum() > 0);
        QVERIFY(view.horizontalScrollBar()->maximum() > 0);
        view.horizontalScrollBar()->setValue(view.horizontalScrollBar()->maximum());
        QVERIFY(view.keyRect(0, InsideColumn::Towards).right() <= view.width());
    }

    /// Without an answer there is no column towards it.
    void noAnswerNoTowards() {
        InsideView view;
        view.resize(1020, 640);
        InsideViewState some = state(6, 5);
        some.reading.towards.clear();
        view.setState(some);
        QCOMPARE(view.keyRect(2, InsideColumn::Towards).width(), 0);
        QVERIFY(view.keyRect(2, InsideColumn::Written).right() <= view.width());
        QVERIFY(!view.sentence().contains(QStringLiteral("logits")));
        QVERIFY(!view.grab().isNull());
    }

    /// Readings whose parts do not fit each other, and messages, show a sentence and cannot be hit.
    void brokenReadingsShowNothing() {
        QVERIFY(isWhole(state(6, 5).reading));
        for (int part = 0; part < 6; ++part) {
            InsideViewState broken = state(6, 5);
            HeadReading& r = broken.reading;
            if (part == 0) r.scores.pop_back();
            if (part == 1) r.keys[3].pop_back();
            if (part == 2) r.values.pop_back();
            if (part == 3) r.q.clear();
            if (part == 4) r.towards.pop_back();
            if (part == 5) broken.message = QStringLiteral("The run was stopped.");
            QCOMPARE(isWhole(r), part == 5);
            InsideView view;
            view.resize(1020, 640);
            view.setState(broken);
            QSignalSpy chosen(&view, &InsideView::keySelected);
            QTest::keyClick(&view, Qt::Key_Down);
            click(view, QPoint(60, 250));
            QCOMPARE(chosen.count(), 0);
            QVERIFY(!view.grab().isNull());
            if (part == 5) QCOMPARE(view.accessibleDescription(), broken.message);
        }
    }

    /// A key's value strip is its value times its share: blank where the share is 0, strong where it is all.
    void valueStripsFadeWithTheShare() {
        InsideView view;
        view.resize(1020, 640);
        InsideViewState some = state(3, 2);
        some.reading.pattern = {1.0F, 0.0F, 0.0F};
        some.reading.values = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
        some.reading.z = {1, 1, 1};
        view.setState(some);
        const QImage shot = view.grab().toImage();
        QCOMPARE(QColor(shot.pixel(view.keyRect(0, InsideColumn::Value).center())), colours().positive);
        QCOMPARE(QColor(shot.pixel(view.keyRect(1, InsideColumn::Value).center())), colours().page);
        some.stale = true;
        view.setState(some);
        QVERIFY(QColor(view.grab().toImage().pixel(view.keyRect(0, InsideColumn::Value).center())) !=
                colours().positive);
    }
};

QTEST_MAIN(TestInsideView)
#include "tst_inside_view.moc"
