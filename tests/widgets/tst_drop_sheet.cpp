// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/pick_up.h"
#include "widgets/util/theme.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/ghost.h"

#include <QSignalSpy>
#include <QTest>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

std::vector<Offer> offers(int count) {
    std::vector<Offer> out;
    for (int i = 0; i < count; ++i) {
        Offer offer;
        offer.id = "offer" + std::to_string(i);
        offer.label = "Label " + std::to_string(i);
        offer.detail =
            i % 2 == 0 ? "short" : std::string(150, 'w') + " and words that need a second line to be read";
        offer.cut.targets = {headTarget(3, 5)};
        offer.allowed = i != 1;
        offer.reason = "no lane B yet";
        out.push_back(offer);
    }
    return out;
}

} // namespace

class TestDropSheet : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { Theme::instance().setMotion(false); }

    /// Whatever row is current (and has grown), the middle of each row finds that row and rows do not
    /// overlap.
    void everyRowIsFound() {
        QWidget window;
        window.resize(1600, 1000);
        DropSheet sheet(&window);
        sheet.setOffers(offers(6));
        window.show();
        sheet.slideIn(QRect(206, 132, 1022, 840));
        for (int current = -1; current < 6; ++current) {
            sheet.setCurrent(current);
            for (int row = 0; row < 6; ++row) {
                QCOMPARE(sheet.offerAt(sheet.mapToGlobal(sheet.offerRect(row).center())), row);
                if (row > 0) QVERIFY(!sheet.offerRect(row).intersects(sheet.offerRect(row - 1)));
                if (row != current && current >= 0 && row % 2 == current % 2)
                    QVERIFY(sheet.offerRect(row).height() < sheet.offerRect(current).height());
            }
        }
        QCOMPARE(sheet.offerAt(window.mapToGlobal(QPoint(300, 500))), -1);
    }

    void standsAtTheAreasRightEdge() {
        QWidget window;
        window.resize(1600, 1000);
        window.show();
        DropSheet sheet(&window);
        const QRect area(206, 132, 1022, 840);
        sheet.slideIn(area);
        QVERIFY(sheet.isVisible());
        QCOMPARE(sheet.geometry().right(), area.right());
        QCOMPARE(sheet.geometry().top(), area.top());
        QCOMPARE(sheet.geometry().height(), area.height());
        sheet.slideOut();
        QVERIFY(!sheet.isVisible());
    }

    void movedInTime() {
        Theme::instance().setMotion(true);
        QWidget window;
        window.resize(1600, 1000);
        window.show();
        DropSheet sheet(&window);
        const QRect area(206, 132, 1022, 840);
        sheet.slideIn(area);
        QVERIFY(sheet.geometry().left() > area.right() - 20); // not yet in
        QTRY_COMPARE(sheet.geometry().right(), area.right());
        sheet.slideOut();
        QTRY_VERIFY(!sheet.isVisible());
        Theme::instance().setMotion(false);
    }

    /// The mouse goes through both to what lies below: the drag controller holds it.
    void letTheMouseThrough() {
        QWidget window;
        DropSheet sheet(&window);
        Ghost ghost(&window);
        QVERIFY(sheet.testAttribute(Qt::WA_TransparentForMouseEvents));
        QVERIFY(ghost.testAttribute(Qt::WA_TransparentForMouseEvents));
    }

    void readersHearTheRow() {
        QWidget window;
        DropSheet sheet(&window);
        sheet.setOffers(offers(3));
        QSignalSpy told(&sheet, &DropSheet::currentChanged);
        sheet.setCurrent(1);
        QCOMPARE(told.count(), 1);
        QVERIFY(sheet.accessibleDescription().contains(QStringLiteral("no lane B yet")));
        sheet.setCurrent(1);
        QCOMPARE(told.count(), 1);
    }

    void ghostStaysInTheWindow() {
        QWidget window;
        window.resize(800, 600);
        Ghost ghost(&window);
        QPixmap thumbnail(72, 72);
        thumbnail.fill(colours().accent);
        ghost.setThing(thumbnail, QStringLiteral("L4H2 · all"));
        for (const QPoint& at : {QPoint(-50, -50), QPoint(400, 300), QPoint(799, 599), QPoint(2000, 10)}) {
            ghost.follow(at);
            QVERIFY(window.rect().adjusted(-12, -12, 12, 12).contains(ghost.geometry()));
        }
    }
};

QTEST_MAIN(TestDropSheet)
#include "tst_drop_sheet.moc"
