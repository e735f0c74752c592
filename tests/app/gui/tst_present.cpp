// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/present.h"

#include "tests/support/example_traits.h"

#include <QTest>

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
    /// The head shown first looks from the cursor at the predicted token; a look elsewhere, or a faint one,
    /// does not count.
    void firstHeadLooksAtTheAnswer() {
        const ModelTraits traits = tests::gptTraits();
        const session::Session session = sessionOf(traits);
        Picture shown = picture(traits.nLayers * traits.nHeads);
        auto& tiles = std::get<engine::Tiles>(shown.parts.at({PartKind::Tiles, Shown::Uncut})).tiles;
        constexpr std::size_t lastRow = (length - 1) * length;
        QVERIFY(!tellingHead(session, shown));
        tiles[0].pixels[lastRow + 2] = 255; // John, who is not predicted
        tiles[1].pixels[lastRow + 1] = 40;  // Mary, faintly
        QVERIFY(!tellingHead(session, shown));
        const int layer = traits.nLayers - 1;
        tiles[static_cast<std::size_t>(layer * traits.nHeads + 1)].pixels[lastRow + 1] = 200;
        const auto found = tellingHead(session, shown);
        QVERIFY(found.has_value());
        QCOMPARE(found->layer.value, layer);
        QCOMPARE(found->head.value, 1);
        // Pooled tiles mix rows: they tell nothing about one.
        tiles[0].rows = 2;
        QVERIFY(!tellingHead(session, shown));
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
