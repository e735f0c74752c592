// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/offers.h"

#include "core/types/cut_text.h"
#include "core/types/legality.h"
#include "tests/support/example_traits.h"

#include <QTest>

using namespace cutaway;
using namespace cutaway::session;

namespace {

Target target(const char* text) {
    return parseCut(std::string("scale(0.5):") + text)->targets.front();
}

SessionView viewOf(ModelTraits traits) {
    SessionView view;
    view.traits = std::move(traits);
    view.length = 15;
    view.referencePrompts = 512;
    return view;
}

/// One line a row: `id text` when allowed, `id - reason` when not.
QString table(const std::vector<Offer>& rows) {
    QStringList lines;
    for (const Offer& offer : rows)
        lines << QString::fromStdString(
            offer.id + (offer.allowed ? " " + printCut(offer.cut) : std::string(" - ") + offer.reason));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

class TestOffers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rows_data();
    void rows();
    void hideChip();
    void overACard();
    void withoutModel();
    void withoutReference();
    void onTheShelfAlready();
    void freshSeeds();
    void allowedRowsAreLegal();
    void kindsOfACard();
    void fromLaneB();
};

void TestOffers::rows_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("position");
    QTest::addColumn<QString>("expected");
    QTest::newRow("head") << "L1H2" << -1
                          << "neutralise mean:L1H2\nzero zero:L1H2\npatch - no lane B yet: "
                             "Ctrl+D\nreplace_random resample:L1H2\n"
                             "scale scale(0.5):L1H2\nhold freeze:blocks.1.attn.hook_pattern[2]";
    QTest::newRow("head here") << "L1H2" << 14
                               << "neutralise mean:L1H2@14\nzero zero:L1H2@14\n"
                                  "patch - no lane B yet: Ctrl+D\n"
                                  "replace_random resample:L1H2@14\nscale scale(0.5):L1H2@14\n"
                                  "hold freeze:blocks.1.attn.hook_pattern[2]@14";
    QTest::newRow("mlp") << "L0.mlp" << -1
                         << "neutralise mean:L0.mlp\nzero zero:L0.mlp\npatch - no lane B yet: "
                            "Ctrl+D\nreplace_random resample:L0.mlp\n"
                            "scale scale(0.5):L0.mlp\nhold freeze:L0.mlp";
    QTest::newRow("block")
        << "L2" << -1
        << "neutralise mean:L2\nzero zero:L2\npatch - no lane B yet: Ctrl+D\nreplace_random resample:L2\n"
           "scale scale(0.5):L2\nhold freeze:L2";
    QTest::newRow("chip")
        << "hook_embed" << 3
        << "neutralise mean:hook_embed@3\nzero zero:hook_embed@3\npatch - no lane B yet: Ctrl+D\n"
           "replace_random resample:hook_embed@3\nscale scale(0.5):hook_embed@3\n"
           "hold - nothing comes before the embedding, so it never changes\nhide zero:L*H*[*<-3]";
    QTest::newRow("edge")
        << "L1H2[7<-2]" << -1
        << "neutralise - a mean of attention needs reference prompts as long as this one\n"
           "zero zero:L1H2[7<-2]\npatch - no lane B yet: Ctrl+D\nreplace_random resample:L1H2[7<-2]\n"
           "scale scale(0.5):L1H2[7<-2]\nhold freeze:L1H2[7<-2]";
    QTest::newRow("final norm")
        << "norm_final" << -1
        << "neutralise mean:norm_final\n"
           "zero - the residual stream is divided by it; freeze holds it at its "
           "uncut value\npatch - no lane B yet: Ctrl+D\nreplace_random resample:norm_final\n"
           "scale scale(0.5):norm_final\nhold freeze:norm_final";
    QTest::newRow("position gone") << "L1H2" << 15 << [] {
        const QString why = " - the prompt has no position 15, it has 15 tokens";
        return "neutralise" + why + "\nzero" + why + "\npatch - no lane B yet: Ctrl+D\nreplace_random" + why +
               "\nscale" + why + "\nhold" + why;
    }();
}

void TestOffers::rows() {
    QFETCH(QString, what);
    QFETCH(int, position);
    Payload payload{target(what.toUtf8().constData()), std::nullopt, false};
    if (position >= 0) payload.position = position;
    QTEST(table(offers(payload, {}, viewOf(tests::gptTraits()))), "expected");
}

void TestOffers::hideChip() {
    const Payload chip{target("hook_embed"), 3, true};
    const std::vector<Offer> rows = offers(chip, {}, viewOf(tests::gptTraits()));
    QCOMPARE(rows.size(), std::size_t(7));
    QCOMPARE(rows.front().id, std::string("hide"));
    QVERIFY(rows.front().allowed);
    QCOMPARE(printCut(rows.front().cut), std::string("zero:L*H*[*<-3]"));
}

void TestOffers::overACard() {
    SessionView view = viewOf(tests::gptTraits());
    view.cuts = {*parseCut("mean:L0H1"), *parseCut("zero:L1H2[7<-2]"),
                 *parseCut("freeze:blocks.0.attn.hook_pattern[1]")};
    const Payload head{target("L1H2"), std::nullopt, false};
    std::vector<Offer> rows = offers(head, {Place::Kind::Card, 0}, view);
    QCOMPARE(rows.size(), std::size_t(7));
    QCOMPARE(printCut(rows.front().cut), std::string("mean:{L0H1,L1H2}"));
    QVERIFY(rows.front().allowed);

    rows = offers(head, {Place::Kind::Card, 1}, view);
    QVERIFY(!rows.front().allowed);
    QCOMPARE(rows.front().reason, std::string("edges and whole parts do not share a card"));

    rows = offers(head, {Place::Kind::Card, 2}, view);
    QCOMPARE(printCut(rows.front().cut),
             std::string("freeze:{blocks.0.attn.hook_pattern[1],blocks.1.attn.hook_pattern[2]}"));

    rows = offers({target("L0H1"), std::nullopt, false}, {Place::Kind::Card, 0}, view);
    QCOMPARE(rows.front().reason, std::string("it is part of this card already"));
    // A card that is not there is the shelf.
    QCOMPARE(offers(head, {Place::Kind::Card, 9}, view).size(), std::size_t(6));
}

void TestOffers::withoutModel() {
    for (const Offer& offer : offers({target("L1H2"), std::nullopt, false}, {}, SessionView{})) {
        QVERIFY(!offer.allowed);
        QVERIFY(!offer.reason.empty());
    }
}

void TestOffers::withoutReference() {
    SessionView view = viewOf(tests::gptTraits());
    view.referencePrompts = 0;
    const std::vector<Offer> rows = offers({target("L1H2"), std::nullopt, false}, {}, view);
    QVERIFY(rows[0].allowed);
    QCOMPARE(rows[0].detail, std::string("its mean over this prompt: no reference set here"));
    QVERIFY(!rows[3].allowed);
    QCOMPARE(rows[3].reason, std::string("no reference set stands beside this model"));
}

void TestOffers::onTheShelfAlready() {
    SessionView view = viewOf(tests::gptTraits());
    view.cuts = {*parseCut("zero:L1H2")};
    const std::vector<Offer> rows = offers({target("L1H2"), std::nullopt, false}, {}, view);
    QVERIFY(rows[0].allowed);
    QVERIFY(!rows[1].allowed);
    QCOMPARE(rows[1].reason, std::string("this cut is on the shelf already"));
}

void TestOffers::freshSeeds() {
    SessionView view = viewOf(tests::gptTraits());
    view.cuts = {*parseCut("resample:L1H2"), *parseCut("resample(seed=4):L0H0")};
    const std::vector<Offer> rows = offers({target("L1H2"), std::nullopt, false}, {}, view);
    QCOMPARE(printCut(rows[3].cut), std::string("resample(seed=1):L1H2"));
}

// Every payload shape of every family, at every place: each row either passes the one table of legality or
// says why not, and rows never come and go.
void TestOffers::allowedRowsAreLegal() {
    int allowed = 0, refused = 0;
    std::vector<SessionView> views;
    for (const ModelTraits& traits : {tests::gptTraits(), tests::llamaTraits(), tests::toyTraits()})
        for (const int donorLength : {-1, 15, 17}) { // no lane B, one as long, a longer one
            SessionView view = viewOf(traits);
            view.cuts = {*parseCut("mean:L0H1")};
            view.donor = donorLength >= 0;
            view.donorLength = std::max(donorLength, 0);
            if (donorLength == 17) view.ties.ranges = {{0, 0, 3}, {4, 6, 11}};
            views.push_back(std::move(view));
        }
    for (const SessionView& view : views) {
        const ModelTraits& traits = view.traits;
        for (const LegalCell& cell : legalCells(tests::gptTraits())) // some of which others lack
            for (const int position : {-1, 0, 14})
                for (const auto& [place, donor] : {std::pair(Place{}, false),
                                                   {Place{Place::Kind::Card, 0}, false},
                                                   {Place{Place::Kind::Lane, -1, 4}, false},
                                                   {Place{}, true},
                                                   {Place{Place::Kind::Lane, -1, 4}, true}}) {
                    Payload payload{cell.target, std::nullopt, false, donor};
                    if (position >= 0) payload.position = position;
                    const std::vector<Offer> rows = offers(payload, place, view);
                    const bool chip = position >= 0 && cell.target.kind == TargetKind::Hook &&
                                      (cell.target.hook == HookKind::Embed ||
                                       cell.target.hook == HookKind::PosEmbed); // can be hidden too
                    const bool lane = place.kind == Place::Kind::Lane;
                    QCOMPARE(rows.size(), lane ? std::size_t(1)
                                               : std::size_t(6 + (place.kind == Place::Kind::Card && !donor) +
                                                             (chip && !donor)));
                    for (const Offer& offer : rows) {
                        ++(offer.allowed ? allowed : refused);
                        if (donor || lane) QVERIFY(!offer.allowed || offer.id == "patch");
                        if (!view.donor) QVERIFY(!offer.allowed || offer.id != "patch");
                        QVERIFY(!offer.label.empty() && !offer.detail.empty() && !offer.id.empty());
                        if (offer.allowed)
                            QVERIFY2(checkCut(offer.cut, traits).has_value(), printCut(offer.cut).c_str());
                        else
                            QVERIFY2(!offer.reason.empty(), printCut(offer.cut).c_str());
                        QVERIFY(parseCut(printCut(offer.cut)).has_value());
                    }
                }
    }
    QVERIFY(allowed > 1000 && refused > 100);
}

void TestOffers::kindsOfACard() {
    SessionView view = viewOf(tests::gptTraits());
    const Cut held = *parseCut("freeze(w=0.5):blocks.1.attn.hook_pattern[2]@3");
    view.cuts = {held};
    QCOMPARE(table(kindOffers(held, view)),
             QString("neutralise mean(w=0.5):L1H2@3\nzero zero(w=0.5):L1H2@3\n"
                     "patch - no lane B yet: Ctrl+D\n"
                     "replace_random resample(w=0.5):L1H2@3\nscale scale(0.5,w=0.5):L1H2@3\n"
                     "double scale(2,w=0.5):L1H2@3\nreverse scale(-1,w=0.5):L1H2@3\n"
                     "hold freeze(w=0.5):blocks.1.attn.hook_pattern[2]@3"));
    for (const Offer& offer : kindOffers(held, view))
        QCOMPARE(kindOf(offer.cut), offer.id);
    QCOMPARE(kindOf(*parseCut("noise(1,seed=2):L1H2")), std::string());
}

// Lane B lends: heads at every position, one chip to the token tied to it, over lane A to where it is held.
void TestOffers::fromLaneB() {
    SessionView view = viewOf(tests::gptTraits());
    view.donor = true;
    const Payload head{target("L1H2"), std::nullopt, false};
    const auto patched = [&](const Payload& payload, const Place& place) {
        for (const Offer& offer : offers(payload, place, view))
            if (offer.id == "patch") return offer.allowed ? printCut(offer.cut) : "- " + offer.reason;
        return std::string("no such row");
    };
    QCOMPARE(patched(head, {}), std::string("- lane B has not been read yet"));
    view.donorLength = 15;
    QCOMPARE(patched(head, {}), std::string("patch:L1H2"));
    QCOMPARE(patched({target("L1H2"), 9, false}, {}), std::string("patch:L1H2@9"));
    QCOMPARE(patched(head, {Place::Kind::Lane, -1, -1}), std::string("patch:L1H2"));
    QCOMPARE(patched(head, {Place::Kind::Lane, -1, 7}), std::string("patch:L1H2@7"));
    // A chip of lane B goes to the token tied to it, wherever it is held.
    const Payload chip{target("hook_embed"), 6, false, true};
    QCOMPARE(patched(chip, {Place::Kind::Lane, -1, 3}), std::string("patch:hook_embed@6"));
    view.donorLength = 17;
    view.ties.ranges = {{0, 0, 3}, {4, 6, 11}};
    QCOMPARE(patched(chip, {}), std::string("patch(map=\"0-2>0-2,4-14>6-16\"):hook_embed@4"));
    QCOMPARE(patched({target("hook_embed"), 4, false, true}, {}),
             std::string("- nothing in lane A is tied to this token"));
    QCOMPARE(patched({target("L1H2"), 3, false}, {}),
             std::string("- nothing in lane B is tied to this token"));
    for (const Offer& offer : offers(chip, {}, view))
        if (offer.id != "patch")
            QCOMPARE(offer.reason, std::string("lane B only lends: it is lane A that is cut"));
}

QTEST_GUILESS_MAIN(TestOffers)
#include "tst_offers.moc"
