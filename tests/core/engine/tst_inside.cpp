// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/engine_under_test.h"

#include <QtTest>
#include <cmath>
#include <numeric>

using namespace cutaway;
using namespace cutaway::tests;
using engine::Side;

/// What a kept run shows of one head and of a layer's neurons, against the run's own arrays and the weights.
class TestInside : public QObject {
    Q_OBJECT

private:
    EngineUnderTest m_engine;
    ModelTraits m_traits;
    std::map<std::string, Array> m_weights;
    std::vector<int> m_tokens;
    std::uint64_t m_handle = 0;
    const TokenSet m_answer{TokenId(2)}, m_wrong{TokenId(3)};

    void open(const QString& folder, const std::vector<std::string>& cuts) {
        const auto path =
            std::filesystem::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures" / folder.toStdString();
        const auto info = m_engine.open(path);
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
        m_traits = info->traits;
        m_weights = readSafetensors(path / "model.safetensors");
        m_tokens = goldenCases(path).front().tokens;
        RunRequest request;
        request.input = tokenInput(m_tokens);
        for (const std::string& text : cuts)
            request.cuts.push_back(*parseCut(text));
        request.keep = true;
        const auto result = m_engine.engine().run(request, {}, {});
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        m_handle = result->handle;
    }
    Array slice(const std::string& selector, bool uncut = false) {
        const auto got = m_engine.engine().slice({m_handle, uncut ? Side::Uncut : Side::Cut, selector}, {});
        return got ? fromHost(*got) : Array();
    }
    static double worst(const std::vector<float>& got, const std::vector<double>& wanted) {
        if (got.size() != wanted.size()) return 1e300;
        double largest = 1, difference = 0;
        for (std::size_t i = 0; i < got.size(); ++i) {
            if (std::isinf(wanted[i]) && double(got[i]) == wanted[i]) continue;
            largest = std::max(largest, std::abs(wanted[i]));
            difference = std::max(difference, std::abs(double(got[i]) - wanted[i]));
        }
        return difference / largest;
    }
    static std::vector<double> row(const Array& x, int i) {
        const auto width = static_cast<std::ptrdiff_t>(x.shape[1]);
        return {x.values.begin() + i * width, x.values.begin() + (i + 1) * width};
    }
    static std::vector<double> row(const Array& x, int i, int j) {
        const std::ptrdiff_t width = x.shape[2], start = (std::ptrdiff_t(i) * x.shape[1] + j) * width;
        return {x.values.begin() + start, x.values.begin() + start + width};
    }
    std::string block(int layer, const std::string& name) const {
        return "blocks." + std::to_string(layer) + "." + name;
    }
    /// (c − mean c) ⊙ gain · (W_U[answer] − W_U[wrong]) / s, from the stored weights of a toy model.
    double direct(std::vector<double> added, int position, bool uncut = false) {
        const bool centred = m_traits.norm == NormKind::LayerNorm;
        const double mean =
            centred ? std::accumulate(added.begin(), added.end(), 0.0) / double(added.size()) : 0.0;
        const double scale =
            m_traits.hasNorm() ? slice("ln_final.hook_scale", uncut).values[std::size_t(position)] : 1.0;
        const Array& head = m_weights.at("unembed.W_U"); // [d, outputs]
        double sum = 0;
        for (int i = 0; i < m_traits.dModel; ++i) {
            const double gain =
                m_weights.contains("ln_final.w") ? m_weights.at("ln_final.w").values[std::size_t(i)] : 1.0;
            sum += (added[std::size_t(i)] - mean) * gain * (head.at(i, 2) - head.at(i, 3)) / scale;
        }
        return sum;
    }

private Q_SLOTS:
    void readingIsTheRunsOwn_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("cut");
        for (const char* folder : {"toy_plain", "toy_rms", "toy_grouped", "toy_attn_only", "toy_rmspre",
                                   "toy_lnpre", "toy_shortformer"})
            for (const char* cut : {"", "zero:L0H0", "zero:L1H1[3<-1]", "scale(2):norm_final"}) {
                if (QByteArray(folder) == "toy_attn_only" && QByteArray(cut).contains("norm")) continue;
                QTest::addRow("%s %s", folder, cut) << folder << cut;
            }
    }
    void readingIsTheRunsOwn() {
        QFETCH(QString, folder);
        QFETCH(QString, cut);
        open(folder, cut.isEmpty() ? std::vector<std::string>{} : std::vector{cut.toStdString()});
        const int group = m_traits.nHeads / m_traits.nKvHeads;
        const std::string rotated = m_traits.hasRotary() ? "hook_rot_" : "hook_";
        for (const bool uncut : {false, true})
            for (int layer = 0; layer < m_traits.nLayers; ++layer)
                for (int head = 0; head < m_traits.nHeads; ++head)
                    for (const int query : {0, 3, -1}) {
                        HeadReadingRequest request{m_handle, uncut, layer, head, query, m_answer, m_wrong};
                        const auto got = m_engine.engine().readHead(request, {});
                        QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
                        const int length = static_cast<int>(m_tokens.size());
                        const int place = query < 0 ? length + query : query;
                        QCOMPARE(got->query, place);
                        const Array q = slice(block(layer, "attn." + rotated + "q"), uncut);
                        const Array k = slice(block(layer, "attn." + rotated + "k"), uncut);
                        const Array v = slice(block(layer, "attn.hook_v"), uncut);
                        const Array z = slice(block(layer, "attn.hook_z"), uncut);
                        const Array scores = slice(block(layer, "attn.hook_attn_scores"), uncut);
                        const Array pattern = slice(block(layer, "attn.hook_pattern"), uncut);
                        QVERIFY(worst(got->q, row(q, place, head)) < 1e-6);
                        QVERIFY(worst(got->scores, row(scores, head, place)) < 1e-5);
                        QVERIFY(worst(got->pattern, row(pattern, head, place)) < 1e-5);
                        QVERIFY(worst(got->z, row(z, place, head)) < 1e-5);
                        std::vector<double> sum(std::size_t(m_traits.dHead), 0.0);
                        for (int key = 0; key < length; ++key) {
                            const auto at = static_cast<std::size_t>(key);
                            QVERIFY(worst(got->keys[at], row(k, key, head / group)) < 1e-6);
                            QVERIFY(worst(got->values[at], row(v, key, head / group)) < 1e-6);
                            double product = 0;
                            for (std::size_t i = 0; i < got->q.size(); ++i) {
                                product += double(got->q[i]) * double(got->keys[at][i]);
                                sum[i] += double(got->pattern[at]) * double(got->values[at][i]);
                            }
                            const bool masked = std::isinf(got->scores[at]);
                            QVERIFY(masked ||
                                    std::abs(product * got->scale - double(got->scores[at])) < 2e-5);
                        }
                        // z = Σ pattern·v where no cut acts on z itself
                        const bool whole = uncut || cut != "zero:L0H0" || layer > 0 || head > 0;
                        if (whole) QVERIFY(worst(got->z, sum) < 1e-5);
                        // each key's value through W_O: how much, and how much of it is towards the answer
                        const Array& out = m_weights.at(block(layer, "attn.W_O")); // [heads, dh, d]
                        double total = 0;
                        for (int key = 0; key < length; ++key) {
                            const auto at = static_cast<std::size_t>(key);
                            std::vector<double> added(std::size_t(m_traits.dModel), 0.0);
                            for (int i = 0; i < m_traits.dHead; ++i)
                                for (int j = 0; j < m_traits.dModel; ++j)
                                    added[std::size_t(j)] += double(got->pattern[at]) *
                                                             double(got->values[at][std::size_t(i)]) *
                                                             out.at(head, i, j);
                            const double norm =
                                std::sqrt(std::inner_product(added.begin(), added.end(), added.begin(), 0.0));
                            QVERIFY(std::abs(double(got->written[at]) - norm) < 1e-5);
                            const double towards = direct(added, place, uncut);
                            QVERIFY(std::abs(double(got->towards[at]) - towards) < 2e-5);
                            total += towards;
                        }
                        QVERIFY(std::abs(got->total - total) < 5e-5);
                        // what the head writes, from the run
                        const std::vector<double> result =
                            row(slice(block(layer, "attn.hook_result"), uncut), place, head);
                        const double norm =
                            std::sqrt(std::inner_product(result.begin(), result.end(), result.begin(), 0.0));
                        QVERIFY(std::abs(got->outNorm - norm) < 1e-5 * std::max(1.0, norm));
                        if (whole) QVERIFY(std::abs(got->total - direct(result, place, uncut)) < 5e-5);
                        // the tokens it moves: their logits differ as its direct contribution says
                        QCOMPARE(got->raised.size(), std::size_t(std::min(8, m_traits.dVocabOut)));
                        QVERIFY(got->raised.front().logit >= got->raised.back().logit);
                        QVERIFY(got->lowered.front().logit <= got->lowered.back().logit);
                        QVERIFY(got->lowered.front().logit <= got->raised.front().logit);
                        std::map<TokenId, double> moved;
                        for (const auto* list : {&got->raised, &got->lowered})
                            for (const Prediction& p : *list)
                                moved[p.id] = p.logit;
                        if (moved.contains(2) && moved.contains(3))
                            QVERIFY(std::abs(moved[2] - moved[3] - direct(result, place, uncut)) < 5e-5);
                    }
    }

    void neuronsAddUpToTheMlp_data() {
        QTest::addColumn<QString>("folder");
        for (const char* folder : {"toy_plain", "toy_rms", "toy_lnpre", "toy_gated", "toy_shortformer_mlp"})
            QTest::newRow(folder) << folder;
    }
    void neuronsAddUpToTheMlp() {
        QFETCH(QString, folder);
        open(folder, {"zero:L0H0"});
        for (const bool uncut : {false, true})
            for (int layer = 0; layer < m_traits.nLayers; ++layer)
                for (const int position : {2, -1}) {
                    NeuronsRequest request{m_handle, uncut, layer, position, 1000, m_answer, m_wrong};
                    const auto all = m_engine.engine().neurons(request, {});
                    QVERIFY2(all.has_value(), all ? "" : all.error().text().c_str());
                    QCOMPARE(all->neurons.size(), std::size_t(m_traits.dMlp));
                    const int place = position < 0 ? static_cast<int>(m_tokens.size()) + position : position;
                    const Array post = slice(block(layer, "mlp.hook_post"), uncut);
                    double sum = 0;
                    for (std::size_t i = 0; i < all->neurons.size(); ++i) {
                        const Neuron& neuron = all->neurons[i];
                        QVERIFY(std::abs(neuron.activation - post.at(place, neuron.index)) < 1e-5);
                        if (i > 0) QVERIFY(std::abs(neuron.towards) <= std::abs(all->neurons[i - 1].towards));
                        std::vector<double> added =
                            row(m_weights.at(block(layer, "mlp.W_out")), neuron.index); // [m, d]
                        for (double& x : added)
                            x *= neuron.activation;
                        QVERIFY(std::abs(neuron.towards - direct(added, place, uncut)) < 2e-5);
                        sum += neuron.towards;
                    }
                    const double whole =
                        direct(row(slice(block(layer, "hook_mlp_out"), uncut), place), place, uncut);
                    const double bias = direct(m_weights.at(block(layer, "mlp.b_out")).values, place, uncut);
                    QVERIFY(std::abs(all->total - whole) < 5e-5);
                    QVERIFY(std::abs(sum - (whole - bias)) < 5e-5);
                    // fewer, and without an answer by activation
                    request.count = 3;
                    request.answer.clear();
                    const auto few = m_engine.engine().neurons(request, {});
                    QVERIFY(few.has_value());
                    QCOMPARE(few->neurons.size(), std::size_t(3));
                    for (int i = 0; i < m_traits.dMlp; ++i)
                        QVERIFY(std::abs(few->neurons.front().activation) >=
                                std::abs(post.at(place, i)) - 1e-6);
                }
    }

    /// A set counts as its logsumexp does for small changes: the direction is its gradient.
    void aSetIsScoredByItsSoftmax() {
        open("toy_plain", {});
        const NeuronsRequest set{m_handle, false, 1, -1, 5, {TokenId(2), TokenId(4)}, m_wrong};
        const auto got = m_engine.engine().neurons(set, {});
        QVERIFY(got.has_value());
        const Array logits = slice("logits");
        const int last = static_cast<int>(m_tokens.size()) - 1;
        const double a = std::exp(logits.at(last, 2)), b = std::exp(logits.at(last, 4));
        double wanted = 0;
        for (const auto& [id, share] : {std::pair{2, a / (a + b)}, std::pair{4, b / (a + b)}}) {
            NeuronsRequest one = set;
            one.answer = {TokenId(id)};
            wanted += share * m_engine.engine().neurons(one, {})->total;
        }
        QVERIFY(std::abs(got->total - wanted) < 1e-5);
    }

    /// A·‖v·W_O‖. Source: Kobayashi et al. 2020.
    void weightedPatterns() {
        open("toy_grouped", {"zero:L0H1[3<-1]"});
        const int length = static_cast<int>(m_tokens.size());
        std::vector<Array> pictures;
        double largest = 0;
        for (int layer = 0; layer < m_traits.nLayers; ++layer)
            for (int head = 0; head < m_traits.nHeads; ++head) {
                const std::string name = block(layer, "attn.hook_pattern[") + std::to_string(head) + "]";
                engine::SliceRequest request{m_handle, Side::Cut, name};
                request.weighted = true;
                const auto got = m_engine.engine().slice(request, {});
                QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
                const Array pattern = slice(name), v = slice(block(layer, "attn.hook_v"));
                const Array& out = m_weights.at(block(layer, "attn.W_O"));
                Array wanted(pattern.shape);
                for (int key = 0; key < length; ++key) {
                    double square = 0;
                    for (int j = 0; j < m_traits.dModel; ++j) {
                        double added = 0;
                        for (int i = 0; i < m_traits.dHead; ++i)
                            added += v.at(key, 0, i) * out.at(head, i, j); // one key/value head
                        square += added * added;
                    }
                    for (int query = 0; query < length; ++query)
                        wanted.at(query, key) = pattern.at(query, key) * std::sqrt(square);
                }
                QVERIFY(largestDifference(fromHost(*got), wanted) < 1e-5);
                for (const double value : wanted.values)
                    largest = std::max(largest, value);
                pictures.push_back(wanted);
                request.change = true;
                const auto change = m_engine.engine().slice(request, {});
                request.change = false;
                request.side = Side::Uncut;
                const auto before = m_engine.engine().slice(request, {});
                QVERIFY(change.has_value() && before.has_value());
                for (std::size_t i = 0; i < change->values.size(); ++i)
                    QVERIFY(std::abs(change->values[i] - (got->values[i] - before->values[i])) < 1e-6F);
            }
        engine::TilesRequest tiles{m_handle, Side::Cut, 84};
        const auto plain = m_engine.engine().tiles(tiles, {});
        tiles.weighted = true;
        const auto weighted = m_engine.engine().tiles(tiles, {});
        QVERIFY(plain.has_value() && weighted.has_value());
        QVERIFY(plain->patternScores == weighted->patternScores);
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            const Tile& tile = weighted->tiles[i];
            QVERIFY(std::abs(double(tile.high) - largest) < 1e-5 * std::max(1.0, largest));
            QCOMPARE(tile.low, 0.0F);
            for (std::size_t p = 0; p < tile.pixels.size(); ++p)
                QVERIFY(std::abs(double(tile.pixels[p]) - pictures[i].values[p] / largest * 255.0) <= 0.51);
        }
        engine::SliceRequest whole{m_handle, Side::Cut, "blocks.0.attn.hook_pattern"};
        whole.weighted = true;
        const auto refused = m_engine.engine().slice(whole, {});
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().code, ErrorCode::Usage);
    }

    void refusesWhatIsNotThere() {
        open("toy_attn_only", {});
        const auto code = [](const auto& result) {
            return result ? ErrorCode::Internal : result.error().code;
        };
        engine::Engine& engine = m_engine.engine();
        QCOMPARE(code(engine.readHead({m_handle, false, 2, 0, -1, {}, {}}, {})), ErrorCode::OutOfRange);
        QCOMPARE(code(engine.readHead({m_handle, false, 0, 2, -1, {}, {}}, {})), ErrorCode::OutOfRange);
        QCOMPARE(code(engine.readHead({m_handle, false, 0, 0, 6, {}, {}}, {})), ErrorCode::OutOfRange);
        QCOMPARE(code(engine.readHead({m_handle + 1, false, 0, 0, 0, {}, {}}, {})), ErrorCode::Usage);
        QCOMPARE(code(engine.neurons({m_handle, false, 0, -1, 40, {}, {}}, {})), ErrorCode::UnknownTarget);
        const auto alone = engine.readHead({m_handle, false, 0, 0, -1, {}, {}}, {});
        QVERIFY(alone.has_value());
        QVERIFY(alone->towards.empty());
        QCOMPARE(alone->total, 0.0);
    }
};

QTEST_GUILESS_MAIN(TestInside)
#include "tst_inside.moc"
