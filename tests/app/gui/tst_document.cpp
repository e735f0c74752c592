// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/document.h"

#include "core/types/cut_text.h"
#include "tests/support/example_traits.h"
#include "tests/support/random_cut.h"

#include <QTest>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::session;

namespace {

struct Snapshot {
    Sequence sequence;
    Shelf shelf;
    Choice choice;
    bool operator==(const Snapshot&) const = default;
};

Snapshot take(const Document& document) {
    return {document.session().sequence(), document.session().shelf(), document.session().choice()};
}

void openModel(Document& document) {
    ModelInfo info;
    info.traits = tests::gptTraits();
    document.setModel(info);
    document.setLength(12);
}

void randomEdit(Document& document, tests::RandomCut& random, const std::vector<LegalCell>& cells) {
    const auto& cards = document.session().shelf().cards;
    const int card = cards.empty() ? 0 : cards[std::size_t(random.below(int(cards.size())))].id;
    switch (random.below(10)) {
    case 0:
        return document.setPrompt(QString::number(random.below(1000)));
    case 1:
        return document.step({1, 2, 3}, random.below(50));
    case 2:
        return document.stepBack();
    case 3:
        return document.toStart();
    case 4:
        return document.removeCard(card);
    case 5:
        return document.setEnabled(card, random.chance(0.5));
    case 6:
        return document.setStrength(card, random.real(0, 1), random.below(3));
    case 7:
        return document.setChoice({{TokenId(random.below(9))}, {TokenId(random.below(9))}}, {});
    default:
        document.addCut(random.legal(cells[std::size_t(random.below(int(cells.size())))], 12));
    }
}

} // namespace

class TestDocument : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void undoAllThenRedoAllIsIdentity();
    void aGestureIsOneStep();
    void aGestureBackToItsStartIsNone();
    void nothingChangedIsNoStep();
    void groupsOnACard();
};

void TestDocument::undoAllThenRedoAllIsIdentity() {
    const std::vector<LegalCell> cells = legalCells(tests::gptTraits());
    for (unsigned seed = 0; seed < 40; ++seed) {
        Document document;
        openModel(document);
        tests::RandomCut random(seed);
        const Snapshot start = take(document);
        std::vector<Snapshot> states{start};
        for (int i = 0; i < 40; ++i) {
            randomEdit(document, random, cells);
            // A merged edit replaces the newest state, one that was no edit adds none.
            states.resize(std::size_t(document.undoStack().count()) + 1);
            states.back() = take(document);
        }
        QVERIFY(states.size() > 10);
        for (std::size_t i = states.size(); i-- > 1;) {
            QVERIFY(take(document) == states[i]);
            document.undoStack().undo();
        }
        QVERIFY(take(document) == start);
        for (std::size_t i = 1; i < states.size(); ++i) {
            document.undoStack().redo();
            QVERIFY(take(document) == states[i]);
        }
    }
}

void TestDocument::aGestureIsOneStep() {
    Document document;
    openModel(document);
    const int id = document.addCut(*parseCut("mean:L0H1"));
    const int gesture = document.newGesture();
    for (const double w : {0.9, 0.5, 0.3})
        document.setStrength(id, w, gesture);
    QCOMPARE(document.undoStack().count(), 2);
    document.setStrength(id, 0.2, document.newGesture());
    QCOMPARE(document.undoStack().count(), 3);
    document.undoStack().undo();
    QCOMPARE(document.session().card(id)->cut.strength, 0.3);
    document.undoStack().undo();
    QCOMPARE(document.session().card(id)->cut.strength, 1.0);
}

void TestDocument::aGestureBackToItsStartIsNone() {
    Document document;
    openModel(document);
    const int id = document.addCut(*parseCut("mean:L0H1"));
    const int gesture = document.newGesture();
    for (const double w : {0.9, 0.5, 1.0})
        document.setStrength(id, w, gesture);
    QCOMPARE(document.undoStack().count(), 1);
}

void TestDocument::nothingChangedIsNoStep() {
    Document document;
    openModel(document);
    document.stepBack();
    document.removeCard(7);
    document.setPrompt(QString());
    QCOMPARE(document.undoStack().count(), 0);
}

void TestDocument::groupsOnACard() {
    Document document;
    openModel(document);
    const int id = document.addCut(*parseCut("mean:L0H1"));
    const Payload payload{parseCut("zero:L2H0")->targets.front(), std::nullopt, false};
    const Place place{Place::Kind::Card, 0};
    const std::vector<Offer> rows = offers(payload, place, document.session().sessionView());
    QCOMPARE(document.apply(rows.front(), place), id);
    QCOMPARE(printCut(document.session().card(id)->cut), std::string("mean:{L0H1,L2H0}"));
    document.undoStack().undo();
    QCOMPARE(printCut(document.session().card(id)->cut), std::string("mean:L0H1"));
}

QTEST_GUILESS_MAIN(TestDocument)
#include "tst_document.moc"
