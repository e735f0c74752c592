// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/engine_under_test.h"

#include <QtTest>

using namespace cutaway;
using namespace cutaway::tests;
using engine::Side;

/// Thumbnails against the patterns they are made of.
class TilesTest : public QObject {
    Q_OBJECT

private:
    EngineUnderTest m_engine;
    ModelTraits m_traits;
    const std::vector<int> m_tokens{4, 3, 8, 4, 3, 8, 1, 4};

    std::uint64_t keptRun(const std::vector<std::string>& cuts) {
        RunRequest request;
        request.input = tokenInput(m_tokens);
        for (const std::string& text : cuts)
            request.cuts.push_back(*parseCut(text));
        request.keep = true;
        const auto result = m_engine.engine().run(request, {}, {});
        return result ? result->handle : 0;
    }
    HostTensor pattern(std::uint64_t handle, Side side, int layer, int head) {
        const std::string name =
            "blocks." + std::to_string(layer) + ".attn.hook_pattern[" + std::to_string(head) + "]";
        return *m_engine.engine().slice({handle, side, name}, {});
    }

private Q_SLOTS:
    void initTestCase() {
        const auto info =
            m_engine.open(std::filesystem::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures/gpt2_plain");
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
        m_traits = info->traits;
        QVERIFY(m_traits.context >= static_cast<int>(m_tokens.size()));
    }

    /// Every cell holds the largest entry of the patch it stands for; no entry is lost at any size.
    void cellsHoldTheLargestEntry_data() {
        QTest::addColumn<int>("size");
        for (const int size : {84, 8, 5, 3, 1}) // 1 takes the path of long sequences
            QTest::newRow(qPrintable(QString::number(size))) << size;
    }
    void cellsHoldTheLargestEntry() {
        QFETCH(int, size);
        const std::uint64_t handle = keptRun({"zero:L0H1[5<-2]", "scale(0.5):L1H0"});
        QVERIFY(handle != 0);
        const auto tiles = m_engine.engine().tiles({handle, Side::Cut, size, false}, {});
        QVERIFY(tiles.has_value());
        QCOMPARE(tiles->tiles.size(), std::size_t(m_traits.nLayers) * std::size_t(m_traits.nHeads));
        const int length = static_cast<int>(m_tokens.size());
        for (int layer = 0; layer < m_traits.nLayers; ++layer)
            for (int head = 0; head < m_traits.nHeads; ++head) {
                const Tile& tile = tiles->tiles[static_cast<std::size_t>(layer * m_traits.nHeads + head)];
                const HostTensor whole = pattern(handle, Side::Cut, layer, head);
                QCOMPARE(tile.rows, std::min(size, length));
                QCOMPARE(tile.cols, std::min(size, length));
                for (int r = 0; r < tile.rows; ++r)
                    for (int c = 0; c < tile.cols; ++c) {
                        float largest = 0.0F;
                        // A cell covers floor(i·T/s) … ceil((i+1)·T/s).
                        for (int q = r * length / tile.rows;
                             q < ((r + 1) * length + tile.rows - 1) / tile.rows; ++q)
                            for (int k = c * length / tile.cols;
                                 k < ((c + 1) * length + tile.cols - 1) / tile.cols; ++k)
                                largest =
                                    std::max(largest, whole.values[static_cast<std::size_t>(q * length + k)]);
                        const int got = tile.pixels[static_cast<std::size_t>(r * tile.cols + c)];
                        QVERIFY(std::abs(static_cast<float>(got) - largest * 255.0F) <= 0.51F);
                    }
            }
    }

    /// Folded, the first key and with it the first query are left out before cells are pooled, at any size,
    /// and what stood there is told.
    void foldedTilesLeaveTheFirstTokenOut_data() { cellsHoldTheLargestEntry_data(); }
    void foldedTilesLeaveTheFirstTokenOut() {
        QFETCH(int, size);
        for (const bool change : {false, true})
            for (const bool weighted : {false, true}) {
                const std::uint64_t handle = keptRun({"zero:L0H1[5<-2]", "scale(0.5):L0H0"});
                engine::TilesRequest request{handle, Side::Cut, size, change, weighted};
                request.folded = true;
                const auto tiles = m_engine.engine().tiles(request, {});
                QVERIFY(tiles.has_value());
                const int length = static_cast<int>(m_tokens.size()), rest = length - 1;
                for (int layer = 0; layer < m_traits.nLayers; ++layer)
                    for (int head = 0; head < m_traits.nHeads; ++head) {
                        const auto at = static_cast<std::size_t>(layer * m_traits.nHeads + head);
                        const Tile& tile = tiles->tiles[at];
                        const std::string name = "blocks." + std::to_string(layer) + ".attn.hook_pattern[" +
                                                 std::to_string(head) + "]";
                        const HostTensor whole =
                            *m_engine.engine().slice({handle, Side::Cut, name, change, weighted}, {});
                        double first = 0.0;
                        for (int q = 1; q < length; ++q)
                            first += static_cast<double>(whole.values[static_cast<std::size_t>(q * length)]);
                        QVERIFY(std::abs(first / rest - static_cast<double>(tiles->first[at])) < 1e-5);
                        QCOMPARE(tile.rows, std::min(size, rest));
                        QCOMPARE(tile.cols, std::min(size, rest));
                        const auto covered = [&](int cell) {
                            return std::pair(cell * rest / tile.rows + 1,
                                             ((cell + 1) * rest + tile.rows - 1) / tile.rows + 1);
                        };
                        for (int r = 0; r < tile.rows; ++r)
                            for (int c = 0; c < tile.cols; ++c) {
                                float most = 0.0F;
                                for (int q = covered(r).first; q < covered(r).second; ++q)
                                    for (int k = covered(c).first; k < covered(c).second; ++k) {
                                        const float v =
                                            whole.values[static_cast<std::size_t>(q * length + k)];
                                        if (std::abs(v) > std::abs(most)) most = v;
                                    }
                                const int got = tile.pixels[static_cast<std::size_t>(r * tile.cols + c)];
                                const float level = (most - tile.low) / (tile.high - tile.low) * 255.0F;
                                // A change of the same size up and down may show as either.
                                const float other = (-most - tile.low) / (tile.high - tile.low) * 255.0F;
                                QVERIFY(std::abs(static_cast<float>(got) - level) <= 0.51F ||
                                        (change && std::abs(static_cast<float>(got) - other) <= 0.51F));
                            }
                    }
            }
    }

    /// One token: nothing is left to show.
    void foldingOneTokenLeavesNothing() {
        RunRequest run;
        run.input = tokenInput({3});
        run.keep = true;
        const auto kept = m_engine.engine().run(run, {}, {});
        QVERIFY(kept.has_value());
        engine::TilesRequest request{kept->handle, Side::Cut, 84};
        request.folded = true;
        const auto tiles = m_engine.engine().tiles(request, {});
        QVERIFY2(tiles.has_value(), tiles ? "" : tiles.error().text().c_str());
        QVERIFY(tiles->tiles.front().pixels.empty());
        QCOMPARE(tiles->first.front(), 0.0F);
    }

    void changeIsZeroInTheMiddle() {
        const std::uint64_t handle = keptRun({"zero:L0H1[5<-2]"});
        const auto tiles = m_engine.engine().tiles({handle, Side::Cut, 84, true}, {});
        QVERIFY(tiles.has_value());
        const Tile& untouched = tiles->tiles[0]; // L0H0 stands beside the cut
        QVERIFY(
            std::all_of(untouched.pixels.begin(), untouched.pixels.end(), [](int p) { return p == 128; }));
        const Tile& cut = tiles->tiles[1];
        QCOMPARE(cut.low, -cut.high);
        const std::size_t edge = 5 * m_tokens.size() + 2;
        QVERIFY(cut.pixels[edge] < 128); // the edge is gone
        const float lost = pattern(handle, Side::Uncut, 0, 1).values[edge];
        QVERIFY(std::abs(static_cast<float>(cut.pixels[edge]) - (127.5F - 127.5F * lost / cut.high)) <=
                0.51F);
    }

    /// The five scores by their definition, from the patterns.
    void scoresFollowTheirDefinition() {
        const std::uint64_t handle = keptRun({});
        const auto tiles = m_engine.engine().tiles({handle, Side::Cut, 84, false}, {});
        QVERIFY(tiles.has_value());
        const int length = static_cast<int>(m_tokens.size());
        for (int layer = 0; layer < m_traits.nLayers; ++layer)
            for (int head = 0; head < m_traits.nHeads; ++head) {
                const HostTensor p = pattern(handle, Side::Cut, layer, head);
                double sum[5] = {}, count[5] = {};
                for (int q = 1; q < length; ++q) {
                    double given[5] = {};
                    bool able[5] = {true, true, true, false, false};
                    const auto at = [&](int k) {
                        return static_cast<double>(p.values[static_cast<std::size_t>(q * length + k)]);
                    };
                    given[0] = at(q - 1), given[1] = at(0), given[2] = at(q);
                    for (int k = 0; k < q; ++k) {
                        if (m_tokens[static_cast<std::size_t>(k)] != m_tokens[static_cast<std::size_t>(q)])
                            continue;
                        able[3] = true, given[3] += at(k);
                        if (k + 1 < q) able[4] = true, given[4] += at(k + 1);
                    }
                    for (int s = 0; s < 5; ++s)
                        if (able[s]) sum[s] += given[s], count[s] += 1;
                }
                for (int s = 0; s < 5; ++s) {
                    const double got = static_cast<double>(tiles->patternScores[static_cast<std::size_t>(
                        (layer * m_traits.nHeads + head) * 5 + s)]);
                    QVERIFY(std::abs(got - sum[s] / count[s]) < 1e-5);
                }
            }
    }

    void aDroppedHandleIsSaid() {
        const std::uint64_t old = keptRun({"zero:L0H0"});
        keptRun({"zero:L0H1"});
        QVERIFY(m_engine.engine().tiles({old, Side::Cut, 84, false}, {}).has_value());
        keptRun({"zero:L1H1"});
        const auto gone = m_engine.engine().tiles({old, Side::Cut, 84, false}, {});
        QVERIFY(!gone.has_value());
        QCOMPARE(gone.error().code, ErrorCode::Usage);
    }

    void aCancelledRequestStops() {
        const std::uint64_t handle = keptRun({"zero:L0H0"});
        const CancelToken cancel;
        cancel.cancel();
        const auto tiles = m_engine.engine().tiles({handle, Side::Cut, 84, false}, cancel);
        QVERIFY(!tiles.has_value());
        QCOMPARE(tiles.error().code, ErrorCode::Cancelled);
    }

    /// Figures kept with an uncut run answer later requests as a fresh engine would.
    void keptFiguresAreThoseOfAFreshRun() {
        EngineUnderTest fresh;
        QVERIFY(fresh.open(std::filesystem::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures/gpt2_plain"));
        RunRequest request;
        request.input = tokenInput({1, 2, 3, 4, 5});
        request.answer = {TokenId(3)};
        request.wrong = {TokenId(4)};
        for (const bool all : {false, true, false})
            for (const int top : {1, 3, 10})
                for (const bool loss : {false, true}) {
                    request.allPositions = all, request.top = top, request.loss = loss;
                    request.hooks =
                        top == 3 ? std::vector<std::string>{"hook_embed"} : std::vector<std::string>{};
                    request.cuts = {*parseCut("zero:L0H0")};
                    request.uncutHooks = true;
                    const auto got = m_engine.engine().run(request, {}, {});
                    QVERIFY(got.has_value());
                    QCOMPARE(got->uncut->loss.has_value(), loss);
                    QCOMPARE(got->uncut->arrays.size(), request.hooks.size());
                    QCOMPARE(got->uncut->positions.size(), all ? std::size_t(5) : std::size_t(1));
                    QCOMPARE(got->kl.size(), got->uncut->positions.size());
                    for (std::size_t i = 0; i < got->uncut->positions.size(); ++i)
                        QCOMPARE(got->uncut->positions[i].top.size(), std::size_t(top));
                    request.cuts.clear();
                    const auto plain = fresh.engine().run(request, {}, {});
                    QVERIFY(plain.has_value());
                    QVERIFY(std::abs(*plain->main.logitDiff - *got->uncut->logitDiff) < 1e-9);
                    QVERIFY(plain->main.positions == got->uncut->positions);
                }
    }
};

QTEST_GUILESS_MAIN(TilesTest)
#include "tst_tiles.moc"
