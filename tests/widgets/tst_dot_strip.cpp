// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/dot_strip.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <random>

using namespace cutaway::widgets;

namespace {

DotStripState state(const std::vector<double>& values) {
    DotStripState out;
    out.title = QStringLiteral("prompts like it");
    out.unit = QStringLiteral("logits");
    for (const double value : values)
        out.dots.push_back({value, {}, false});
    return out;
}

std::vector<double> drawn(int count) {
    std::mt19937 random(4);
    std::normal_distribution<double> noise(-2.0, 1.0);
    std::vector<double> out;
    for (int i = 0; i < count; ++i)
        out.push_back(noise(random));
    return out;
}

void move(QWidget& widget, const QPointF& to) {
    QMouseEvent event(QEvent::MouseMove, to, widget.mapToGlobal(to), Qt::NoButton, Qt::NoButton,
                      Qt::NoModifier);
    QApplication::sendEvent(&widget, &event);
}

} // namespace

class TestDotStrip : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsSigns() {
        QCOMPARE(signCount(state({-1, -2, 3, 0}).dots), QStringLiteral("2 of 4 fell"));
        QCOMPARE(signCount(state({1, 2, -3}).dots), QStringLiteral("2 of 3 rose"));
        QCOMPARE(signCount({}), QString());
        DotStripState some = state({-1, -2, std::nan(""), -4});
        some.dots[3].faint = true;
        QCOMPARE(signCount(some.dots), QStringLiteral("2 of 2 fell"));
        QCOMPARE(medianOf(some.dots), -1.5);
        QCOMPARE(medianOf(state({5, 1, 3}).dots), 3.0);
        QVERIFY(std::isnan(medianOf({})));
    }

    /// Dots stand by value, do not cover each other where there is room, and stand the same way every time.
    void dotsStandApart() {
        DotStrip strip;
        strip.resize(372, 150);
        const std::vector<double> values = drawn(64);
        strip.setState(state(values));
        QVERIFY(strip.dotRadius() >= 3.0); // 64 are still dots one can hit
        for (int a = 0; a < 64; ++a) {
            QVERIFY(QRectF(strip.rect()).contains(strip.dotPoint(a)));
            for (int b = 0; b < a; ++b) {
                const QPointF way = strip.dotPoint(a) - strip.dotPoint(b);
                QVERIFY(std::hypot(way.x(), way.y()) > 2 * strip.dotRadius());
                const bool less = values[static_cast<std::size_t>(a)] < values[static_cast<std::size_t>(b)];
                QCOMPARE(strip.dotPoint(a).x() < strip.dotPoint(b).x(), less);
            }
        }
        DotStrip again;
        again.resize(372, 150);
        again.setState(state(values));
        for (int a = 0; a < 64; ++a)
            QCOMPARE(again.dotPoint(a), strip.dotPoint(a));
        // More than fit still stay inside.
        strip.setState(state(drawn(3000)));
        for (int a = 0; a < 3000; ++a)
            QVERIFY(QRectF(strip.rect()).contains(strip.dotPoint(a)));
    }

    void hoverAndClick() {
        DotStrip strip;
        strip.resize(372, 150);
        strip.setState(state(drawn(64)));
        QSignalSpy hovered(&strip, &DotStrip::dotHovered);
        QSignalSpy chosen(&strip, &DotStrip::dotChosen);
        for (const int index : {0, 17, 63}) {
            move(strip, strip.dotPoint(index));
            QCOMPARE(hovered.last().at(0).toInt(), index);
            QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.dotPoint(index).toPoint());
            QCOMPARE(chosen.last().at(0).toInt(), index);
        }
        QCOMPARE(chosen.count(), 3);
        move(strip, QPointF(3, 3));
        QCOMPARE(hovered.last().at(0).toInt(), -1);
        QTest::mouseClick(&strip, Qt::LeftButton, {}, QPoint(3, 3));
        QCOMPARE(chosen.count(), 3);
    }

    void keysGoByValue() {
        DotStrip strip;
        strip.resize(372, 150);
        strip.setState(state({0.5, -3, std::nan(""), 2, -1}));
        strip.show();
        QSignalSpy hovered(&strip, &DotStrip::dotHovered);
        QSignalSpy chosen(&strip, &DotStrip::dotChosen);
        QList<int> way;
        for (int i = 0; i < 5; ++i) {
            QTest::keyClick(&strip, Qt::Key_Right);
            way << hovered.last().at(0).toInt();
        }
        QCOMPARE(way, (QList<int>{1, 4, 0, 3, 3}));
        QVERIFY(strip.accessibleDescription().contains(QStringLiteral("prompt 4: +2.00 logits")));
        QCOMPARE(strip.accessibleName(), QStringLiteral("prompts like it"));
        QTest::keyClick(&strip, Qt::Key_Home);
        QTest::keyClick(&strip, Qt::Key_Return);
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen.at(0).at(0).toInt(), 1);
        // From the open prompt on, where the pointer is nowhere.
        move(strip, QPointF(3, 3));
        strip.setCurrent(0);
        QTest::keyClick(&strip, Qt::Key_Left);
        QCOMPARE(hovered.last().at(0).toInt(), 4);
    }

    /// The open prompt has a ring in the accent, which nothing else here has.
    void currentIsRinged() {
        DotStrip strip;
        strip.resize(372, 150);
        strip.setState(state({-2, -1, 1}));
        const auto ring = [&] {
            QImage shot(strip.size(), QImage::Format_RGB32);
            shot.fill(colours().panel);
            strip.render(&shot, {}, {}, QWidget::DrawChildren);
            int count = 0;
            for (int y = 0; y < shot.height(); ++y)
                for (int x = 0; x < shot.width(); ++x)
                    count += shot.pixel(x, y) == colours().accent.rgb();
            return count;
        };
        QCOMPARE(ring(), 0);
        strip.setCurrent(1);
        QVERIFY(ring() > 4);
        strip.setCurrent(9); // no such dot
        QCOMPARE(ring(), 0);
    }

    void messagesTakeThePlace() {
        DotStrip strip;
        strip.resize(372, 150);
        DotStripState said = state({-2, -1});
        said.message = QStringLiteral("One prompt says little: try 64 like it.");
        strip.setState(said);
        QSignalSpy chosen(&strip, &DotStrip::dotChosen);
        QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.dotPoint(0).toPoint());
        QTest::keyClick(&strip, Qt::Key_Right);
        QTest::keyClick(&strip, Qt::Key_Return);
        QCOMPARE(chosen.count(), 0);
        QCOMPARE(strip.accessibleDescription(), said.message);
        strip.setState(state({std::nan("")})); // nothing has come yet
        QTest::keyClick(&strip, Qt::Key_Right);
        QVERIFY(!strip.grab().isNull());
        strip.setState(state({0, 0, 0})); // an idle cut
        QVERIFY(!strip.grab().isNull());
    }
};

QTEST_MAIN(TestDotStrip)
#include "tst_dot_strip.moc"
