// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present.h"
#include "app/gui/present_attention.h"

#include "tests/support/example_traits.h"
#include "widgets/views/status_line.h"

#include <QTest>

#include <cmath>

using namespace cutaway;
using namespace cutaway::app;

namespace {

constexpr int length = 4;

/// Tokens 7 8 7 9, answered 8; every head's pattern is empty.
Picture picture(int heads) {
    Picture out;
    out.result.tokens = {7, 8, 7, 9};
    PositionPredictions at;
    at.position = length - 1;
    at.top = {{8, std::string(" Mary"), 2.0, 0.9}, {7, std::string(" John"), 1.0, 0.1}};
    out.result.main.positions = {at};
    const Tile blank{length, length, 0.0F, 1.0F, std::vector<std::uint8_t>(length * length, 0)};
    engine::Tiles tiles;
    tiles.tiles.assign(static_cast<std::size_t>(heads), blank);
    out.parts[{PartKind::Tiles, Shown::Uncut}] = std::move(tiles);
    return out;
}

session::Session sessionOf(const ModelTraits& traits) {
    session::Session made;
    ModelInfo info;
    info.traits = traits;
    made.setModel(info);
    made.setLength(length);
    return made;
}

} // namespace

class TestPresent : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The trust line's states, and a small difference as one writes it.
    void trustIsSaid() {
        widgets::StatusLineState state;
        presentTrust(state, std::nullopt);
        QCOMPARE(state.trustText, QString("not checked"));
        engine::TrustResult trust;
        trust.state = engine::TrustState::MatchesReference;
        trust.difference = 5.4e-7;
        trust.bound = 1e-4;
        trust.compared = "ours with <b>theirs</b>\xE2\x80\xAE";
        presentTrust(state, trust);
        QCOMPARE(state.trustText, QString::fromUtf8("matches reference, max 5e\xE2\x88\x92"
                                                    "7"));
        QVERIFY(state.trustTip.contains(QString::fromUtf8("5e\xE2\x88\x92"
                                                          "7")));
        QVERIFY(!state.trustTip.contains(QChar(0x202E)));
        trust.state = engine::TrustState::SelfConsistentOnly;
        presentTrust(state, trust);
        QVERIFY(state.trustText.contains("consistent"));
        trust.state = engine::TrustState::Differs;
        presentTrust(state, trust);
        QVERIFY(state.trust == widgets::StatusLineState::Trust::Differs);
    }

    /// The head shown first looks from the cursor at the predicted token; a look elsewhere, or a faint one,
    /// does not count.
    void firstHeadLooksAtTheAnswer() {
        const ModelTraits traits = tests::gptTraits();
        const session::Session session = sessionOf(traits);
        Picture shown = picture(traits.nLayers * traits.nHeads);
        const PartWish wish{PartKind::Tiles, Shown::Cut};
        auto& tiles = std::get<engine::Tiles>(shown.parts.at({PartKind::Tiles, Shown::Uncut})).tiles;
        constexpr std::size_t lastRow = (length - 1) * length;
        QVERIFY(!tellingHead(session, shown, wish));
        tiles[0].pixels[lastRow + 2] = 255; // John, who is not predicted
        tiles[1].pixels[lastRow + 1] = 40;  // Mary, faintly
        QVERIFY(!tellingHead(session, shown, wish));
        const int layer = traits.nLayers - 1;
        tiles[static_cast<std::size_t>(layer * traits.nHeads + 1)].pixels[lastRow + 1] = 200;
        const auto found = tellingHead(session, shown, wish);
        QVERIFY(found.has_value());
        QCOMPARE(found->layer.value, layer);
        QCOMPARE(found->head.value, 1);
        // Pooled tiles mix rows: they tell nothing about one.
        tiles[0].rows = 2;
        QVERIFY(!tellingHead(session, shown, wish));
    }

    /// Where the first token is folded, rows and columns count from the second.
    void firstHeadIsFoundInFoldedTiles() {
        const ModelTraits traits = tests::gptTraits();
        const session::Session session = sessionOf(traits);
        Picture shown = picture(traits.nLayers * traits.nHeads);
        PartWish wish{PartKind::Tiles, Shown::Uncut};
        wish.folded = true;
        engine::Tiles folded = std::get<engine::Tiles>(shown.parts.at({PartKind::Tiles, Shown::Uncut}));
        constexpr int rest = static_cast<int>(length) - 1;
        for (Tile& tile : folded.tiles)
            tile = {rest, rest, 0.0F, 1.0F, std::vector<std::uint8_t>(std::size_t(rest * rest), 0)};
        folded.tiles[5].pixels[std::size_t((rest - 1) * rest)] = 200; // from the last to token 1, Mary
        shown.parts[wish] = folded;
        const auto found = tellingHead(session, shown, wish);
        QVERIFY(found.has_value());
        QCOMPARE(found->layer.value * traits.nHeads + found->head.value, 5);
        wish.weighted = true;
        QVERIFY(!tellingHead(session, shown, wish));
    }

    void headsAreSortedBestFirst() {
        // [2 layers × 2 heads × 5]
        const std::vector<float> scores{0.1F, 0.9F, 0, 0.2F, 0, 0.8F, 0.1F, 0, 0.2F, 0,
                                        0.3F, 0.5F, 0, 0.7F, 0, 0.8F, 0.2F, 0, 0.1F, 1};
        const auto at = [](int layer, int head) {
            return widgets::HeadId{LayerIndex(layer), HeadIndex(head)};
        };
        using session::HeadSort;
        QVERIFY(headOrder(HeadSort::Layer, 2, scores, {}).empty());
        const std::vector<widgets::HeadId> previous{at(0, 1), at(1, 1), at(1, 0),
                                                    at(0, 0)}; // ties as they lie
        QVERIFY(headOrder(HeadSort::Previous, 2, scores, {}) == previous);
        QVERIFY(headOrder(HeadSort::First, 2, scores, {}).front() == at(0, 0));
        QVERIFY(headOrder(HeadSort::Duplicate, 2, scores, {}).front() == at(1, 0));
        QVERIFY(headOrder(HeadSort::Induction, 2, scores, {}).front() == at(1, 1));
        QVERIFY(headOrder(HeadSort::Effect, 2, scores, {}).empty()); // not known
        const HeadEffects effects{2, {0.5, std::nan(""), -3.0, 1.0}};
        const std::vector<widgets::HeadId> effect{at(1, 0), at(1, 1), at(0, 0), at(0, 1)};
        QVERIFY(headOrder(HeadSort::Effect, 2, scores, effects) == effect);
        QCOMPARE(headFigures(HeadSort::Previous, scores, {}).at(2), QStringLiteral(".30"));
        QCOMPARE(headFigures(HeadSort::Effect, scores, effects).at(2), QStringLiteral("−3.00"));
        QCOMPARE(headFigures(HeadSort::Layer, scores, {}).at(1), QStringLiteral("prev"));
    }

    void restingHeadsFoldByThemselves() {
        Picture shown = picture(2);
        engine::Tiles tiles;
        tiles.patternScores = {0, 0.6F, 0, 0, 0, 0, 0.1F, 0, 0, 0}; // a mean of .35
        QVERIFY(!foldsByItself(shown, tiles));                      // no BOS
        shown.result.pieces.assign(length, TokenPiece{1, "a", "a", false});
        shown.result.pieces.front().special = true;
        QVERIFY(foldsByItself(shown, tiles));
        tiles.patternScores[1] = 0.5F;
        QVERIFY(!foldsByItself(shown, tiles));
    }

    void marginBarsKeepTheScale() {
        engine::Tiles tiles;
        tiles.tiles.assign(3, Tile{1, 1, -2.0F, 2.0F, {128}});
        tiles.first = {1.0F, -4.0F, 0.0F};
        QVERIFY(marginBars(tiles) == (std::vector<float>{0.5F, -1.0F, 0.0F}));
    }

    void patternsInWords() {
        const float clear[] = {0.93F, 0.1F, 0.0F, 0.0F, 0.2F};
        QCOMPARE(patternName(clear), QStringLiteral("prev"));
        QCOMPARE(patternPhrase(clear), QStringLiteral("previous token .93"));
        const float vague[] = {0.3F, 0.3F, 0.3F, 0.1F, 0.0F};
        QVERIFY(patternPhrase(vague).isEmpty());
    }

    /// A card that cannot run says that it rests and why; one that runs does not.
    void pausedCardsSaySo() {
        session::Session session = sessionOf(tests::gptTraits());
        session::Card card;
        card.id = 1;
        card.cut.kind = CutKind::Mean;
        card.cut.targets = {widgets::headTarget(0, 0)};
        QVERIFY(session.inForce(card));
        PositionItem item;
        item.kind = PositionItem::Kind::Single;
        item.first = item.last = 99;
        card.cut.positions.kind = Positions::Kind::Items;
        card.cut.positions.items = {item};
        QVERIFY(!session.inForce(card));
        session::Shelf shelf;
        shelf.cards = {card};
        session.exchange(shelf);
        const auto states = presentShelf(session, {}, 0);
        QCOMPARE(states.size(), std::size_t(1));
        QVERIFY2(states[0].paused.startsWith(QStringLiteral("Paused: ")), qPrintable(states[0].paused));
        QVERIFY(!states[0].fix.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestPresent)
#include "tst_present.moc"
