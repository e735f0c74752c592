// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/alignment.h"
#include "core/session/session.h"
#include "core/types/cut_text.h"
#include "tests/support/example_traits.h"

#include <QTest>

#include <random>

using namespace cutaway;
using namespace cutaway::session;

class TestAlignment : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void follows();
    void isOrdered();
    void ties();
    void movesCuts_data();
    void movesCuts();
    void cardsFollow();
    void donorTies();
    void solo();
};

void TestAlignment::follows() {
    QCOMPARE(alignTokens({1, 2, 3}, {1, 2, 3}), (std::vector<int>{0, 1, 2}));
    QCOMPARE(alignTokens({1, 2, 3}, {1, 9, 2, 3}), (std::vector<int>{0, 2, 3}));
    QCOMPARE(alignTokens({1, 2, 3}, {1, 3}), (std::vector<int>{0, -1, 1}));
    QCOMPARE(alignTokens({1, 2, 3}, {1, 8, 3}), (std::vector<int>{0, -1, 2}));
    QCOMPARE(alignTokens({1, 1, 1}, {1, 1}), (std::vector<int>{0, 1, -1})); // the beginning stays
    QCOMPARE(alignTokens({}, {1}), std::vector<int>());
    QCOMPARE(alignTokens({1}, {}), std::vector<int>{-1});
}

// Whatever the sequences: matches are equal tokens, in order, each used once.
void TestAlignment::isOrdered() {
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        const auto some = [&] {
            std::vector<TokenId> tokens(random() % 12);
            for (TokenId& token : tokens)
                token = static_cast<TokenId>(random() % 4);
            return tokens;
        };
        const std::vector<TokenId> from = some(), to = some();
        const std::vector<int> wentTo = alignTokens(from, to);
        QCOMPARE(wentTo.size(), from.size());
        int last = -1;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (wentTo[i] < 0) continue;
            QVERIFY(wentTo[i] > last);
            last = wentTo[i];
            QCOMPARE(from[i], to[static_cast<std::size_t>(last)]);
        }
        const PositionMap map = tieTokens(from, to);
        const std::vector<int> donorOf = donorPositions(map, static_cast<int>(from.size()));
        QCOMPARE(mapOf(donorOf), map);
        last = -1;
        for (const int donor : donorOf) {
            if (donor < 0) continue;
            QVERIFY(donor > last && donor < static_cast<int>(to.size()));
            last = donor;
        }
    }
}

void TestAlignment::ties() {
    // One word for another of two tokens: the last of it is tied.
    const PositionMap map = tieTokens({1, 5, 2, 3}, {1, 6, 7, 2, 3});
    QCOMPARE(donorPositions(map, 4), (std::vector<int>{0, 2, 3, 4}));
    // Words of equal length between matches lie side by side.
    QCOMPARE(donorPositions(tieTokens({1, 5, 6, 3}, {1, 7, 8, 3, 4}), 4), (std::vector<int>{0, 1, 2, 3}));
}

void TestAlignment::movesCuts_data() {
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after"); // empty: its token is gone
    // 0 1 2 3 4 5 → 0 1 - 4 5 6
    QTest::newRow("all") << "zero:L0H1"
                         << "zero:L0H1";
    QTest::newRow("last") << "zero:L0H1@last"
                          << "zero:L0H1@last";
    QTest::newRow("kept") << "zero:L0H1@1"
                          << "zero:L0H1@1";
    QTest::newRow("moved") << "zero:L0H1@3"
                           << "zero:L0H1@4";
    QTest::newRow("gone") << "zero:L0H1@2"
                          << "";
    QTest::newRow("outside") << "zero:L0H1@9"
                             << "";
    QTest::newRow("range") << "zero:L0H1@3-5"
                           << "zero:L0H1@4-6";
    QTest::newRow("pulled apart") << "zero:L0H1@0-1,3"
                                  << "zero:L0H1@0-1,4";
    QTest::newRow("range gone") << "zero:L0H1@1-3"
                                << "";
    QTest::newRow("edge") << "zero:L0H1[5<-1]"
                          << "zero:L0H1[6<-1]";
    QTest::newRow("hidden") << "zero:L*H*[*<-3]"
                            << "zero:L*H*[*<-4]";
    QTest::newRow("edge gone") << "zero:L0H1[5<-2]"
                               << "";
    QTest::newRow("map") << "patch(map=\"1>7,3-4>2-3\"):L0H1"
                         << "patch(map=\"1>7,4-5>2-3\"):L0H1";
}

void TestAlignment::movesCuts() {
    QFETCH(QString, before);
    QFETCH(QString, after);
    const std::vector<int> wentTo{0, 1, -1, 4, 5, 6};
    const auto moved = movedCut(*parseCut(before.toStdString()), wentTo);
    QCOMPARE(moved ? QString::fromStdString(printCut(*moved)) : QString(), after);
}

void TestAlignment::cardsFollow() {
    Session session;
    ModelInfo model;
    model.traits = tests::gptTraits();
    session.setModel(model);
    session.exchange(Sequence{"a b c", {}, 0});
    session.setTokens({1, 2, 3});
    session.exchange(withCut(session.shelf(), *parseCut("zero:L0H1@1"), session.tokens()));
    QVERIFY(!session.needsTokens());
    session.exchange(Sequence{"a x b c", {}, 0});
    QVERIFY(session.needsTokens()); // where its token went is not known yet
    session.setTokens({1, 9, 2, 3});
    const Card card = session.shelf().cards.front();
    QCOMPARE(printCut(*session.cutOf(card)), std::string("zero:L0H1@2"));
    QCOMPARE(session.toRunRequest().cuts.size(), std::size_t(1));
    session.exchange(Sequence{"a c", {}, 0});
    session.setTokens({1, 3});
    QVERIFY(!session.cutOf(card));
    QCOMPARE(session.whyPaused(card), std::string("the token it was on is not in this prompt"));
    QVERIFY(!session.inForce(card));
    QVERIFY(session.toRunRequest().cuts.empty());
    // Back: known at once, as it was.
    session.exchange(Sequence{"a b c", {}, 0});
    QVERIFY(session.tokensKnown());
    QCOMPARE(printCut(*session.cutOf(card)), std::string("zero:L0H1@1"));
}

void TestAlignment::donorTies() {
    Session session;
    ModelInfo model;
    model.traits = tests::gptTraits();
    session.setModel(model);
    session.exchange(Sequence{"a b c", {}, 0});
    session.setTokens({1, 2, 3});
    const Shelf shelf = withCut({}, *parseCut("patch:L0H1"));
    session.exchange(shelf);
    const Card card = session.shelf().cards.front();
    QCOMPARE(session.whyPaused(card), std::string("it borrows from lane B, and there is none"));
    QVERIFY(session.toRunRequest().cuts.empty()); // rather than fail for a donor that is not there
    Donor donor{true, {"a x y c", {}, 0}, {}};
    session.exchange(donor);
    QVERIFY(session.needsTokens());
    session.setDonorTokens({1, 8, 9, 3});
    QVERIFY(!session.needsTokens());
    QVERIFY(session.inForce(card));
    QCOMPARE(printCut(session.toRunRequest().cuts.front()), std::string("patch(map=\"0>0,1-2>2-3\"):L0H1"));
    QCOMPARE(session.toRunRequest().donors.count("B"), std::size_t(1));
    QCOMPARE(session.donorPosition(1), 2);
    QCOMPARE(session.ownPosition(1), -1);
    donor.ties.ranges = {{1, 1, 1}};
    session.exchange(donor);
    QCOMPARE(session.donorPosition(1), 1);
    QCOMPARE(session.donorPosition(0), -1);
    donor = {true, {"a x c", {}, 0}, {}};
    session.exchange(donor);
    session.setDonorTokens({1, 8, 3}); // as long: position by position, nothing to write down
    QCOMPARE(printCut(session.toRunRequest().cuts.front()), std::string("patch:L0H1"));
    QCOMPARE(session.ownPosition(2), 2);
}

void TestAlignment::solo() {
    Session session;
    ModelInfo model;
    model.traits = tests::gptTraits();
    session.setModel(model);
    session.setTokens({1, 2, 3});
    Shelf shelf = withCut(withCut({}, *parseCut("zero:L0H1")), *parseCut("zero:L1H2"));
    session.exchange(withCardSolo(shelf, 2, true));
    QCOMPARE(session.toRunRequest().cuts.size(), std::size_t(1));
    QCOMPARE(printCut(session.toRunRequest().cuts.front()), std::string("zero:L1H2"));
    session.exchange(withCardEnabled(session.shelf(), 2, false)); // muted: its solo says nothing either
    QCOMPARE(printCut(session.toRunRequest().cuts.front()), std::string("zero:L0H1"));
}

QTEST_GUILESS_MAIN(TestAlignment)
#include "tst_alignment.moc"
