// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/alignment.h"
#include "core/session/session.h"

#include "core/types/cut_text.h"
#include "tests/support/example_traits.h"

#include <QTest>

using namespace cutaway;
using namespace cutaway::session;

namespace {

ModelInfo gpt() {
    ModelInfo info;
    info.traits = tests::gptTraits();
    return info;
}

QStringList cutsOf(const Session& session) {
    QStringList texts;
    for (const Card& card : session.shelf().cards)
        texts << QString::fromStdString(printCut(card.cut));
    return texts;
}

} // namespace

class TestSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void shelfStandsInModelOrder();
    void mapsPastTheEndRest();
    void shelfIsOrderedWhenTheModelComes();
    void tellsWhatChanged();
    void requestHoldsWhatIsEnabled();
    void stepsAndBack();
    void pausesWhatCannotRun();
    void cursorStaysInside();
    void cursorFindsTheMask();
};

void TestSession::shelfStandsInModelOrder() {
    Session session;
    session.setModel(gpt());
    for (const char* text : {"mean:L2H1", "zero:L0.mlp", "zero:L0H3", "scale(2):L0H3", "zero:hook_embed@1",
                             "zero:norm_final", "zero:L0H1", "zero:L9H0"})
        session.exchange(withCut(session.shelf(), *parseCut(text)));
    QCOMPARE(cutsOf(session).join(QLatin1Char(' ')),
             QString("zero:hook_embed@1 zero:L0H1 zero:L0H3 scale(2):L0H3 zero:L0.mlp mean:L2H1 "
                     "zero:norm_final zero:L9H0"));
}

void TestSession::shelfIsOrderedWhenTheModelComes() {
    Session session;
    for (const char* text : {"mean:L2H1", "zero:L0H3"})
        session.exchange(withCut(session.shelf(), *parseCut(text)));
    QCOMPARE(cutsOf(session).front(), QString("mean:L2H1"));
    session.setModel(gpt());
    QCOMPARE(cutsOf(session).front(), QString("zero:L0H3"));
    QCOMPARE(session.shelf().cards.front().id, 2);
}

void TestSession::tellsWhatChanged() {
    Session session;
    std::vector<Change> told;
    session.observe([&](Change change) { told.push_back(change); });
    session.setModel(gpt());
    session.exchange(Sequence{"a b", {}, 0});
    session.exchange(Sequence{"a b", {}, 0}); // nothing new, nothing told
    session.exchange(withCut(session.shelf(), *parseCut("zero:L0H0")));
    session.exchange(Choice{{TokenId(3)}, {}});
    session.setView({ViewMode::Uncut, 1, 0, 0});
    QVERIFY(told == (std::vector<Change>{Change::Model, Change::Sequence, Change::Shelf, Change::Choice,
                                         Change::View}));
}

void TestSession::requestHoldsWhatIsEnabled() {
    Session session;
    session.setModel(gpt());
    session.exchange(Sequence{"a b", {}, 0});
    Shelf shelf = withCut(withCut(session.shelf(), *parseCut("zero:L0H0")), *parseCut("zero:L1H0"));
    session.exchange(withCardEnabled(shelf, 1, false));
    RunRequest request = session.toRunRequest({{TokenId(7)}, {TokenId(8)}});
    QCOMPARE(request.cuts.size(), std::size_t(1));
    QCOMPARE(printCut(request.cuts.front()), std::string("zero:L1H0"));
    QCOMPARE(std::get<std::string>(request.input.value), std::string("a b"));
    QVERIFY(request.answer == TokenSet{TokenId(7)});
    QVERIFY(request.keep && request.allPositions);
    session.exchange(Choice{{std::string(" Mary")}, {}});
    request = session.toRunRequest({{TokenId(7)}, {TokenId(8)}});
    QVERIFY(request.answer == TokenSet{std::string(" Mary")});
    QVERIFY(request.wrong.empty()); // the choice is one thing: no half of it is made up
}

void TestSession::stepsAndBack() {
    const Sequence prompt{"a b", {}, 0};
    const Sequence once = withStep(prompt, {5, 6}, 7);
    QVERIFY(once.tokens == (std::vector<TokenId>{5, 6, 7}));
    const Sequence twice = withStep(once, once.tokens, 8);
    QCOMPARE(steps(twice), 2);
    QVERIFY(withoutStep(twice) == once);
    QVERIFY(withoutStep(once) == prompt);
    QVERIFY(withoutStep(prompt) == prompt);
}

void TestSession::pausesWhatCannotRun() {
    Session session;
    session.setModel(gpt());
    session.setLength(5);
    QCOMPARE(session.whyPaused({1, *parseCut("zero:L0H0@4"), true}), std::string());
    QCOMPARE(session.whyPaused({1, *parseCut("zero:L0H0@5"), true}),
             std::string("the prompt has no position 5, it has 5 tokens"));
    QCOMPARE(session.whyPaused({1, *parseCut("zero:L0H0[5<-0]"), true}),
             std::string("the prompt has no position 5, it has 5 tokens"));
    QVERIFY(!session.whyPaused({1, *parseCut("zero:L9H0"), true}).empty());
}

/// Without a position chosen, a masked-token model is read where the mask stands, a causal one at the end.
void TestSession::cursorFindsTheMask() {
    Session session;
    ModelInfo model;
    model.traits.nLayers = model.traits.nHeads = 2;
    model.traits.causal = false;
    model.maskToken = 103;
    session.setModel(model);
    QVERIFY(session.needsTokens()); // where it stands must be known before anything is read there
    session.setTokens({101, 5, 103, 7, 102});
    QVERIFY(!session.needsTokens());
    QCOMPARE(session.cursor(), 2);
    session.setTokens({101, 5, 7, 102});
    QCOMPARE(session.cursor(), 3); // nothing is masked
    model.traits.causal = true;
    session.setModel(model);
    session.setTokens({101, 5, 103, 7, 102});
    QCOMPARE(session.cursor(), 4);
}

void TestSession::cursorStaysInside() {
    Session session;
    session.setLength(5);
    QCOMPARE(session.cursor(), 4);
    session.setView({ViewMode::Cut, 2, 0, 0});
    QCOMPARE(session.cursor(), 2);
    session.setLength(2);
    QCOMPARE(session.cursor(), 1);
}

// Ties and maps made on longer texts: the run goes on without them.
void TestSession::mapsPastTheEndRest() {
    Session session;
    ModelInfo model;
    model.traits = tests::gptTraits();
    session.setModel(model);
    session.exchange(Sequence{"a b c", {}, 0});
    session.setTokens({1, 2, 3});
    session.setLength(3);
    Donor donor{true, {"a b", {}, 0}, {}};
    donor.ties.ranges = {{0, 0, 3}}; // of a lane B that was longer
    session.exchange(donor);
    session.setDonorTokens({1, 2});
    QVERIFY(session.ties() == tieTokens({1, 2, 3}, {1, 2}));
    session.exchange(withCut({}, *parseCut("patch(map=\"2>2\"):blocks.0.hook_resid_post")));
    QVERIFY(session.cutsInForce().empty());
    QVERIFY(session.whyPaused(session.shelf().cards.front()).find("map") != std::string::npos);
    session.exchange(withCut({}, *parseCut("patch(map=\"2>1\"):blocks.0.hook_resid_post")));
    QCOMPARE(session.cutsInForce().size(), std::size_t(1));
}

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
