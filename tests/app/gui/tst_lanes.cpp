// SPDX-License-Identifier: GPL-3.0-or-later
// Two lanes, previews, the palette and texts in the real window, over an engine with made-up numbers.
#include "app/gui/attention_view.h"
#include "app/gui/drag_controller.h"
#include "app/gui/lane_controller.h"
#include "app/gui/palette_items.h"
#include "core/types/cut_text.h"
#include "tests/support/test_window.h"
#include "widgets/models/token_model.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/command_palette.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/lane_ties.h"
#include "widgets/views/lanes.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QAccessible>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QTabBar>
#include <QTest>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

class TestLanes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void ctrlDCopiesAndEdits();
    void patchByKeyAndBack();
    void dropOnAChipPatchesThere();
    void lanesBChipGoesToItsTie();
    void tiesCanBeDragged();
    void swapIsOneStep();
    void closingTheLanePausesItsCards();
    void aWordIsEditedInPlace();
    void cardsFollowTheirTokens();
    void previewComesAndGoes();
    void aTabOpensWhenHeldOver();
    void textsComeIn();
    void paletteFinds();
    void paletteRowsAreTheOffers();
    void screenReadersFindTheOffers();
    void theSamePartIsLitEverywhere();
    void ownOrSharedScale();
    void share_data();
    void share();

private:
    void settle() {
        QTRY_VERIFY(m_window->scheduler().complete());
        if (session().donor().present) QTRY_VERIFY(m_window->laneController().result());
    }
    const session::Session& session() const { return m_window->document().session(); }
    /// Presses on a head and carries it to a global point; the button stays down.
    void carry(HeadId head, const QPoint& to) {
        QWidget* view = m_window->attention()->grid()->viewport();
        const QPoint from = m_window->attention()->grid()->headRect(head).center();
        QTest::mousePress(view, Qt::LeftButton, {}, from);
        tests::drag(view, from + QPoint(QApplication::startDragDistance() + 2, 0));
        QVERIFY(m_window->drag().carrying());
        tests::drag(view, view->mapFromGlobal(to));
    }
    void release(const QPoint& global) {
        QWidget* view = m_window->attention()->grid()->viewport();
        QTest::mouseRelease(view, Qt::LeftButton, {}, view->mapFromGlobal(global));
    }
    QPoint chip(TokenStrip* strip, int position) const {
        return strip->viewport()->mapToGlobal(strip->chipRect(position).center());
    }
    QPoint zone(const char* id) const { return tests::zoneOf(*m_window, id); }
    QStringList cuts() const { return tests::cutTexts(*m_window); }
    void openDonor(const QString& text) {
        m_window->document().setDonor(text);
        settle();
    }

    QTemporaryDir m_home;
    std::shared_ptr<FakeEngine::Control> m_control;
    std::unique_ptr<MainWindow> m_window;
};

void TestLanes::initTestCase() {
    tests::prepareApplication(m_home);
}

void TestLanes::init() {
    m_control = std::make_shared<FakeEngine::Control>();
    m_window = tests::openWindow(m_home, m_control);
    QVERIFY(m_window);
    settle();
}

void TestLanes::cleanup() {
    m_window.reset();
}

void TestLanes::ctrlDCopiesAndEdits() {
    QVERIFY(!session().donor().present);
    QTest::keyClick(m_window.get(), Qt::Key_D, Qt::ControlModifier);
    QVERIFY(session().donor().present);
    QVERIFY(m_window->lanes()->editing());
    QCOMPARE(m_window->lanes()->donorEdit()->text(), QString("When Mary and John went"));
    QTest::keyClicks(m_window->lanes()->donorEdit(), "When Anna and John went"); // all of it was selected
    QTest::keyClick(m_window->lanes()->donorEdit(), Qt::Key_Return);
    QVERIFY(!m_window->lanes()->editing());
    settle();
    QTRY_COMPARE(m_window->lanes()->donor()->model()->rowCount(), 5);
    QCOMPARE(m_window->lanes()->state().ties, (std::vector<int>{0, 1, 2, 3, 4}));
    QCOMPARE(m_window->lanes()->state().changed, (std::vector<bool>{false, true, false, false, false}));
    m_window->document().undoStack().undo();
    QCOMPARE(session().donor().sequence.text, std::string("When Mary and John went"));
    m_window->document().undoStack().undo();
    QVERIFY(!session().donor().present);
    QVERIFY(!m_window->lanes()->donor()->isVisible());
}

void TestLanes::patchByKeyAndBack() {
    m_window->attention()->grid()->setFocus();
    QTest::keyClick(m_window->attention()->grid(), Qt::Key_P);
    QVERIFY(cuts().isEmpty());
    QVERIFY(m_window->strip()->state().error.contains("no lane B yet: Ctrl+D"));
    openDonor("When Anna and John went");
    m_window->attention()->grid()->setFocus();
    QTest::keyClick(m_window->attention()->grid(), Qt::Key_P);
    QCOMPARE(cuts(), QStringList("patch:L0H0"));
    settle();
    QCOMPARE(m_control->lastCuts.load(), std::size_t(1));
    QCOMPARE(m_window->scheduler().shown()->request.donors.count("B"), std::size_t(1));
    while (m_window->document().undoStack().canUndo())
        m_window->document().undoStack().undo();
    settle();
    QVERIFY(cuts().isEmpty() && !session().donor().present);
    QVERIFY(m_window->scheduler().shown()->request.donors.empty());
}

void TestLanes::dropOnAChipPatchesThere() {
    const HeadId head{LayerIndex(1), HeadIndex(2)};
    // Without a lane B, lane A takes nothing and changes no row.
    carry(head, chip(m_window->chips(), 3));
    QCOMPARE(m_window->drag().sheet()->current(), -1);
    release(chip(m_window->chips(), 3));
    QVERIFY(cuts().isEmpty());
    openDonor("When Anna and John went");
    carry(head, chip(m_window->chips(), 3));
    const auto& rows = m_window->drag().rows();
    QCOMPARE(rows.size(), std::size_t(6)); // all of them stay where they were
    QCOMPARE(rows[static_cast<std::size_t>(m_window->drag().sheet()->current())].id, std::string("patch"));
    release(chip(m_window->chips(), 3));
    QCOMPARE(cuts(), QStringList("patch:L1H2@3"));
}

void TestLanes::lanesBChipGoesToItsTie() {
    openDonor("Then When Anna and John went");
    QCOMPARE(m_window->lanes()->state().ties, (std::vector<int>{1, 2, 3, 4, 5}));
    TokenStrip* strip = m_window->lanes()->donor();
    QWidget* view = strip->viewport();
    const QPoint from = strip->chipRect(4).center();
    QTest::mousePress(view, Qt::LeftButton, {}, from);
    tests::drag(view, from + QPoint(QApplication::startDragDistance() + 2, 0));
    QVERIFY(m_window->drag().carrying());
    const QPoint to = chip(m_window->chips(), 0);
    tests::drag(view, view->mapFromGlobal(to));
    for (const Offer& offer : m_window->drag().rows())
        QCOMPARE(offer.allowed, offer.id == "patch");
    QTest::mouseRelease(view, Qt::LeftButton, {}, view->mapFromGlobal(to));
    QCOMPARE(cuts(), QStringList("patch(map=\"0-4>1-5\"):hook_embed@3"));
    settle();
}

void TestLanes::tiesCanBeDragged() {
    openDonor("Then When Anna and John went");
    LaneTies* ties = m_window->lanes()->ties();
    const QLineF line = ties->line(1, 1);
    QTest::mousePress(ties, Qt::LeftButton, {}, line.p1().toPoint());
    tests::drag(ties, line.p2().toPoint());
    QTest::mouseRelease(ties, Qt::LeftButton, {}, line.p2().toPoint());
    QCOMPARE(m_window->lanes()->state().ties, (std::vector<int>{-1, 1, 3, 4, 5}));
    QTest::mouseDClick(ties, Qt::LeftButton, {}, line.p1().toPoint());
    QCOMPARE(m_window->lanes()->state().ties, (std::vector<int>{-1, -1, 3, 4, 5}));
    m_window->document().undoStack().undo();
    m_window->document().undoStack().undo();
    QCOMPARE(m_window->lanes()->state().ties, (std::vector<int>{1, 2, 3, 4, 5}));
}

void TestLanes::swapIsOneStep() {
    openDonor("Then Anna went");
    const int before = m_window->document().undoStack().count();
    QTest::keyClick(m_window.get(), Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
    settle();
    QCOMPARE(session().sequence().text, std::string("Then Anna went"));
    QCOMPARE(session().donor().sequence.text, std::string("When Mary and John went"));
    QCOMPARE(m_window->promptBar()->prompt(), QString("Then Anna went"));
    QCOMPARE(m_window->document().undoStack().count(), before + 1);
    m_window->document().undoStack().undo();
    settle();
    QCOMPARE(session().sequence().text, std::string("When Mary and John went"));
}

void TestLanes::closingTheLanePausesItsCards() {
    openDonor("When Anna and John went");
    m_window->attention()->grid()->setFocus();
    QTest::keyClick(m_window->attention()->grid(), Qt::Key_P);
    settle();
    m_window->document().removeDonor();
    settle();
    const int id = session().shelf().cards.front().id;
    QVERIFY(m_window->shelf()->card(id)->state().paused.contains("there is none"));
    QVERIFY(m_window->scheduler().shown()->request.cuts.empty());
    m_window->document().undoStack().undo();
    settle();
    QVERIFY(m_window->shelf()->card(id)->state().paused.isEmpty());
}

void TestLanes::aWordIsEditedInPlace() {
    openDonor("When Mary and John went");
    TokenStrip* strip = m_window->lanes()->donor();
    QTest::mouseDClick(strip->viewport(), Qt::LeftButton, {}, strip->chipRect(1).center());
    auto* line = strip->findChild<QLineEdit*>();
    QVERIFY(line && line->isVisible());
    QCOMPARE(line->text(), QString(" Mary"));
    QTest::keyClicks(line, "Anna"); // the space before a word is meant
    QTest::keyClick(line, Qt::Key_Return);
    QCOMPARE(session().donor().sequence.text, std::string("When Anna and John went"));
    settle();
    m_window->chips()->editChip(4, " went");
    line = m_window->chips()->findChild<QLineEdit*>();
    QTest::keyClicks(line, " left");
    QTest::keyClick(line, Qt::Key_Escape);
    QCOMPARE(session().sequence().text, std::string("When Mary and John went"));
}

void TestLanes::cardsFollowTheirTokens() {
    m_window->document().addCut(*parseCut("zero:L0H1@3")); // " John"
    settle();
    m_window->document().setPrompt("When Mary and then John went");
    settle();
    QCOMPARE(cuts(), QStringList("zero:L0H1@4"));
    QCOMPARE(m_window->scheduler().shown()->request.cuts.front(), *parseCut("zero:L0H1@4"));
    m_window->document().setPrompt("When Mary went");
    settle();
    const int id = session().shelf().cards.front().id;
    QVERIFY(m_window->shelf()->card(id)->state().paused.contains("not in this prompt"));
    QCOMPARE(m_control->lastCuts.load(), std::size_t(0));
    m_window->document().undoStack().undo();
    m_window->document().undoStack().undo();
    settle();
    QCOMPARE(cuts(), QStringList("zero:L0H1@3"));
}

void TestLanes::previewComesAndGoes() {
    const HeadId head{LayerIndex(1), HeadIndex(2)};
    carry(head, m_window->mapToGlobal(QPoint(700, 500)));
    QWidget* view = m_window->attention()->grid()->viewport();
    tests::drag(view, view->mapFromGlobal(zone("zero")));
    QVERIFY(m_window->drag().sheet()->preview().isEmpty()); // not at once
    QTRY_VERIFY(!m_window->drag().sheet()->preview().isEmpty());
    // 3 logits uncut, each cut takes 2.
    QCOMPARE(m_window->drag().sheet()->preview(), QString("+1.00 (−2.00)"));
    QCOMPARE(m_window->strip()->state().preview, std::optional(1.0));
    const int runs = m_control->runs;
    tests::drag(view, view->mapFromGlobal(m_window->mapToGlobal(QPoint(700, 500))));
    QVERIFY(m_window->drag().sheet()->preview().isEmpty());
    QVERIFY(!m_window->strip()->state().preview);
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    release(m_window->mapToGlobal(QPoint(700, 500)));
    QVERIFY(cuts().isEmpty());
    QCOMPARE(m_window->document().undoStack().count(), 0);
    QCOMPARE(m_control->runs.load(), runs);
}

void TestLanes::aTabOpensWhenHeldOver() {
    auto* tabs = m_window->findChild<QTabBar*>();
    carry({LayerIndex(1), HeadIndex(2)}, m_window->mapToGlobal(QPoint(700, 500)));
    QWidget* view = m_window->attention()->grid()->viewport();
    const QPoint over = tabs->mapToGlobal(tabs->tabRect(2).center());
    tests::drag(view, view->mapFromGlobal(over));
    QCOMPARE(session().view().tab, std::string("attention"));
    QTRY_COMPARE(session().view().tab, std::string("lens"));
    QVERIFY(m_window->drag().carrying());
    tests::drag(view, view->mapFromGlobal(zone("zero")));
    release(zone("zero"));
    QCOMPARE(cuts(), QStringList("zero:L1H2"));
}

void TestLanes::textsComeIn() {
    const auto dropText = [this](const QString& text) {
        QMimeData mime;
        mime.setText(text);
        QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &mime, Qt::LeftButton, {});
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent event(QPointF(10, 10), Qt::CopyAction, &mime, Qt::LeftButton, {});
        QApplication::sendEvent(m_window.get(), &event);
    };
    dropText("zero:L1H2\nmean(w=0.5):L0H1@2\n");
    QCOMPARE(cuts(), (QStringList{"mean(w=0.5):L0H1@2", "zero:L1H2"})); // in the order of the model
    QCOMPARE(m_window->document().undoStack().count(), 1);
    dropText("Another prompt altogether");
    settle();
    QCOMPARE(session().sequence().text, std::string("Another prompt altogether"));
    QApplication::clipboard()->setText("scale(2):L2.mlp");
    m_window->attention()->grid()->setFocus();
    QTest::keyClick(m_window->attention()->grid(), Qt::Key_V, Qt::ControlModifier);
    QVERIFY(cuts().contains("scale(2):L2.mlp"));
    QApplication::clipboard()->setText("no cut at all");
    QTest::keyClick(m_window->attention()->grid(), Qt::Key_V, Qt::ControlModifier);
    QVERIFY(m_window->strip()->state().error.contains("is no cut"));
}

void TestLanes::paletteFinds() {
    CommandPalette* palette = m_window->palette();
    QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
    QVERIFY(palette->isVisible());
    QTest::keyClicks(palette->edit(), "zero l1h2");
    QCOMPARE(palette->current(), 0);
    QTest::keyClick(palette->edit(), Qt::Key_Return);
    QVERIFY(!palette->isVisible());
    QCOMPARE(cuts(), QStringList("zero:L1H2"));
    palette->open();
    QTest::keyClicks(palette->edit(), "Mary");
    QTest::keyClick(palette->edit(), Qt::Key_Return);
    QCOMPARE(session().cursor(), 1);
    palette->open();
    QTest::keyClicks(palette->edit(), "lens");
    QTest::keyClick(palette->edit(), Qt::Key_Return);
    QCOMPARE(session().view().tab, std::string("lens"));
    palette->open();
    QTest::keyClicks(palette->edit(), "mean(w=0.5):L0H3@2");
    QTest::keyClick(palette->edit(), Qt::Key_Return);
    QVERIFY(cuts().contains("mean(w=0.5):L0H3@2"));
    palette->open();
    QTest::keyClick(palette->edit(), Qt::Key_Escape);
    QVERIFY(!palette->isVisible());
}

void TestLanes::paletteRowsAreTheOffers() {
    PaletteSources sources;
    sources.session = &session();
    const std::vector<Offer> offered =
        offers({headTarget(2, 1), std::nullopt, false, false}, {}, session().sessionView());
    std::vector<Offer> found;
    for (const PaletteRow& row : paletteRows("L2H1", sources))
        if (const auto* offer = std::get_if<Offer>(&row.choice)) {
            found.push_back(*offer);
            QCOMPARE(row.item.enabled, offer->allowed);
            if (!offer->allowed) QCOMPARE(row.item.detail, QString::fromStdString(offer->reason));
        }
    QVERIFY(found == offered);
    QVERIFY(paletteRows("L99H1", sources).empty());
    QVERIFY(!paletteRows("zero:L99H1", sources).front().item.enabled); // says what there is
    QVERIFY(letterFit("stp", "Stop").has_value());
    QVERIFY(!letterFit("stpx", "Stop").has_value());
    QVERIFY(*letterFit("sto", "Stop") > *letterFit("sto", "as it was found"));
}

void TestLanes::screenReadersFindTheOffers() {
    HeadGrid* grid = m_window->attention()->grid();
    QAccessibleInterface* told = QAccessible::queryAccessibleInterface(grid);
    QVERIFY(told && told->actionInterface());
    const QStringList names = told->actionInterface()->actionNames();
    for (const Offer& offer :
         offers({headTarget(0, 0), std::nullopt, false, false}, {}, session().sessionView()))
        QVERIFY(names.contains(QString::fromStdString(offer.label)));
    QCOMPARE(told->actionInterface()->localizedActionDescription("Replace from B"),
             QString("no lane B yet: Ctrl+D"));
    told->actionInterface()->doAction("Replace from B");
    QVERIFY(cuts().isEmpty());
    told->actionInterface()->doAction("Zero");
    QCOMPARE(cuts(), QStringList("zero:L0H0"));
}

void TestLanes::theSamePartIsLitEverywhere() {
    m_window->document().addCut(*parseCut("zero:L1H2"));
    settle();
    HeadGrid* grid = m_window->attention()->grid();
    const HeadId head{LayerIndex(1), HeadIndex(2)};
    const QImage before = m_window->tree()->grab().toImage();
    Q_EMIT grid->headHovered(head);
    const QImage lit = m_window->tree()->grab().toImage();
    QVERIFY(lit != before);
    Q_EMIT grid->headHovered(std::nullopt);
    QCOMPARE(m_window->tree()->grab().toImage(), before);
    const QImage dark = grid->grab().toImage();
    Q_EMIT m_window->tree()->targetHovered(headTarget(1, 2), true);
    QVERIFY(grid->grab().toImage() != dark);
    Q_EMIT m_window->tree()->targetHovered(headTarget(1, 2), false);
    QCOMPARE(grid->grab().toImage(), dark);
    m_window->showTab("lens");
    Q_EMIT m_window->tree()->targetActivated(headTarget(2, 0));
    QCOMPARE(session().view().tab, std::string("attention"));
    QCOMPARE(session().view().layer, 2);
}

// Raw attention shares one scale, 0 to 1, unless the large head is to have its own.
void TestLanes::ownOrSharedScale() {
    HeadPanel* panel = m_window->attention()->panel();
    QCOMPARE(panel->view()->state().high, 1.0F);
    Q_EMIT panel->ownScaleRequested(true);
    QVERIFY(session().view().ownScale);
    const float own = panel->view()->state().high;
    float largest = 0.0F;
    for (const float value : panel->view()->state().pattern.values)
        largest = std::max(largest, value);
    QVERIFY(std::abs(own - std::max(largest, 1e-4F)) < 1e-6F || panel->view()->state().folded);
    QCOMPARE(m_window->document().undoStack().count(), 0); // a way of looking
    Q_EMIT panel->ownScaleRequested(false);
    QCOMPARE(panel->view()->state().high, 1.0F);
}

void TestLanes::share_data() {
    QTest::addColumn<double>("uncut");
    QTest::addColumn<double>("cut");
    QTest::addColumn<double>("donor"); // 99: none
    QTest::addColumn<QString>("said");
    QTest::newRow("removes all and more") << 3.24 << -0.36 << 99.0 << "removes 111 %";
    QTest::newRow("adds") << 2.0 << 3.0 << 99.0 << "adds 50 %";
    QTest::newRow("nothing to remove") << -1.0 << -2.0 << 99.0 << "";
    QTest::newRow("nothing changed") << 2.0 << 2.0 << 99.0 << "";
    QTest::newRow("restores") << -1.0 << 2.0 << 3.0 << "restores 75 % of the gap to B";
    QTest::newRow("removes of the gap") << 3.0 << 0.0 << -1.0 << "removes 75 % of the gap to B";
    QTest::newRow("no gap") << 3.0 << 0.0 << 3.0 << "";
}

void TestLanes::share() {
    QFETCH(double, uncut);
    QFETCH(double, cut);
    QFETCH(double, donor);
    QTEST(presentShare(uncut, cut, donor == 99.0 ? std::nullopt : std::optional(donor)), "said");
}

QTEST_MAIN(TestLanes)
#include "tst_lanes.moc"
