// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/legality.h"
#include "tests/support/engine_under_test.h"

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>

using namespace cutaway;
using namespace cutaway::tests;

namespace {

constexpr TokenId answerId = 2, wrongId = 3;

std::vector<double> logProbs(const Array& logits, int row) {
    double largest = -std::numeric_limits<double>::infinity(), total = 0;
    for (int i = 0; i < logits.shape[1]; ++i)
        largest = std::max(largest, logits.at(row, i));
    for (int i = 0; i < logits.shape[1]; ++i)
        total += std::exp(logits.at(row, i) - largest);
    std::vector<double> out;
    for (int i = 0; i < logits.shape[1]; ++i)
        out.push_back(logits.at(row, i) - largest - std::log(total));
    return out;
}

/// A metric by its definition, from the logits without and with the cell: [T, outputs].
double metricOf(SweepMetric metric, const Array& before, const Array& after, const std::vector<int>& tokens,
                int position) {
    switch (metric) {
    case SweepMetric::LogitDiff:
        return after.at(position, answerId) - after.at(position, wrongId);
    case SweepMetric::Logit:
        return after.at(position, answerId);
    case SweepMetric::Prob:
        return std::exp(logProbs(after, position)[answerId]);
    case SweepMetric::Kl: {
        const std::vector<double> p = logProbs(before, position), q = logProbs(after, position);
        double kl = 0;
        for (std::size_t i = 0; i < p.size(); ++i)
            kl += std::exp(p[i]) * (p[i] - q[i]);
        return kl;
    }
    case SweepMetric::Loss:
        break;
    }
    double loss = 0;
    for (std::size_t t = 0; t + 1 < tokens.size(); ++t)
        loss -= logProbs(after, static_cast<int>(t))[static_cast<std::size_t>(tokens[t + 1])];
    return loss / static_cast<double>(tokens.size() - 1);
}

constexpr std::array allMetrics{SweepMetric::LogitDiff, SweepMetric::Logit, SweepMetric::Prob,
                                SweepMetric::Kl, SweepMetric::Loss};

} // namespace

/// Sweeps against what they promise: every cell is a run.
class TestSweep : public QObject {
    Q_OBJECT

private:
    static std::filesystem::path fixture(const std::string& name) {
        return std::filesystem::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures" / name;
    }
    /// The demo model with a few prompts of ids in place of its own, which are texts.
    bool openDemo(EngineUnderTest& engine) {
        const std::filesystem::path prompts =
            m_folder.filePath(QStringLiteral("prompts.jsonl")).toStdString();
        writePrompts(prompts, {{4, 5, 6}});
        return engine.open(std::filesystem::path(CUTAWAY_SOURCE_DIR) / "resources/models/demo", prompts)
            .has_value();
    }
    static SweepRequest request(const std::vector<int>& tokens, const CutWorld& world) {
        SweepRequest sweep;
        sweep.run = EngineUnderTest::request(tokens, {}, world, {});
        sweep.run.answer = {answerId};
        sweep.run.wrong = {wrongId};
        return sweep;
    }
    static int columns(SweepOver over, const ModelTraits& traits, int length) {
        switch (sweepColumns(over)) {
        case SweepColumns::Heads:
            return traits.nHeads;
        case SweepColumns::KeyValueHeads:
            return traits.nKvHeads;
        case SweepColumns::All:
            return 1;
        case SweepColumns::Positions:
            break;
        }
        return length;
    }
    QTemporaryDir m_folder;

private Q_SLOTS:
    void everyCellIsARun_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("over");
        for (const char* folder : {"gpt2_plain", "llama_grouped", "toy_attn_only", "toy_shortformer_mlp",
                                   "toy_rmspre", "toy_rotary_attn"})
            for (const char* over : {"heads", "q", "k", "v", "z", "pattern", "attn", "mlp", "blocks", "resid",
                                     "resid_mid", "resid_post", "attn_out", "mlp_out"})
                QTest::addRow("%s %s", folder, over) << folder << over;
    }
    void everyCellIsARun();
    void agreesWithTransformerLens_data();
    void agreesWithTransformerLens();
    void partsCoverTheGridOnce();
    void stopsBetweenCells();
    void refusesWhatIsOff();
    void aCellWithoutAValueIsSaid();
};

/// For every kind and metric, alone and on top of other cuts, at the last position and before it.
void TestSweep::everyCellIsARun() {
    QFETCH(QString, folder);
    QFETCH(QString, over);
    const std::filesystem::path path = fixture(folder.toStdString());
    EngineUnderTest engine;
    const auto info = engine.open(path);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    const ModelTraits& traits = info->traits;
    const std::vector<GoldenCase> golden = goldenCases(path);
    const std::vector<int> tokens = golden.front().tokens;
    CutWorld world;
    for (const GoldenCase& c : golden)
        if (!c.donor.empty()) world.donors["B"] = c.donor;
    const int length = static_cast<int>(tokens.size());
    const HookPoint logits{HookKind::Logits, -1};

    const std::vector<std::vector<std::string>> stacks = {
        {},
        {"zero:L0H0", "scale(0.5):L1.mlp@1-3", "noise(0.3,seed=5):L1.attn"},
        {"scale(2):blocks.1.hook_resid_mid", "patch:blocks.0.hook_resid_pre@2"}, // would be cut twice behind
        {"zero:L1H0[3<-1]", "mean(by=position):blocks.0.attn.hook_pattern[0]", "freeze:L1.norm1"},
        {"scale(1.5):norm_final", "scale(0.5):logits", "scale(2):hook_embed"},
        {"scale(0.5):hook_pos_embed", "scale(2):L0H1", "scale(3):blocks.1.attn.hook_z"}};
    int compared = 0;
    std::size_t turn = 0;
    for (const std::vector<std::string>& texts : stacks) {
        std::vector<Cut> stack;
        for (const std::string& text : texts)
            if (const Cut cut = *parseCut(text); checkCut(cut, traits)) stack.push_back(cut);
        if (!texts.empty() && stack.empty()) continue;
        const auto base = engine.run(tokens, stack, world, {logits});
        QVERIFY2(base.has_value(), base ? "" : base.error().text().c_str());
        for (const CutKind kind : {CutKind::Zero, CutKind::Mean, CutKind::Resample, CutKind::Patch}) {
            SweepRequest sweep = request(tokens, world);
            sweep.run.cuts = stack;
            sweep.over = *sweepOverFrom(over.toStdString());
            sweep.kind = kind;
            if (!checkCut(sweepCut(sweep, 0, 0), traits)) {
                const auto refused = engine.engine().sweep(sweep, {}, {}, {});
                QVERIFY(!refused.has_value());
                QCOMPARE(refused.error().code, ErrorCode::Usage);
                continue;
            }
            ++turn;
            std::vector<std::vector<Array>> cells; // the logits of the single runs
            const int cols = columns(sweep.over, traits, length);
            for (int row = 0; row < traits.nLayers; ++row) {
                cells.emplace_back();
                for (int col = 0; col < cols; ++col) {
                    std::vector<Cut> cuts = stack;
                    cuts.push_back(sweepCut(sweep, row, col));
                    const auto run = engine.run(tokens, cuts, world, {logits});
                    QVERIFY2(run.has_value(), run ? "" : run.error().text().c_str());
                    cells.back().push_back(run->at(logits));
                }
            }
            for (const SweepMetric metric : allMetrics)
                for (const int position : {-1, 2}) {
                    // every metric alone; on top of other cuts a difference and one more, in turn
                    const bool chosen =
                        metric == SweepMetric::LogitDiff || metric == allMetrics[1 + turn % 4];
                    if (!stack.empty() && (!chosen || (position > 0) == (turn % 2 > 0))) continue;
                    sweep.metric = metric;
                    sweep.position = position;
                    const auto got = engine.engine().sweep(sweep, {}, {}, {});
                    const bool hasLoss = traits.causal && traits.outputsAreVocabulary();
                    if (metric == SweepMetric::Loss && !hasLoss) {
                        QVERIFY(!got.has_value());
                        QCOMPARE(got.error().code, ErrorCode::Usage);
                        continue;
                    }
                    QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
                    QCOMPARE(got->grid.size(), cells.size());
                    QCOMPARE(got->cells, traits.nLayers * cols);
                    QCOMPARE(got->cols.size(), static_cast<std::size_t>(cols));
                    const int place = position < 0 ? length + position : position;
                    const Array& before = base->at(logits);
                    QVERIFY(std::abs(got->uncut - metricOf(metric, before, before, tokens, place)) < 1e-5);
                    // a difference of logits is as exact as its logits are, within 1e-5 of their largest
                    double size = 1;
                    for (const auto& line : cells)
                        for (const Array& cell : line)
                            for (const double logit : cell.values)
                                size = std::max(size, std::abs(logit));
                    for (int row = 0; row < traits.nLayers; ++row)
                        for (int col = 0; col < cols; ++col) {
                            const auto r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(col);
                            const double wanted = metricOf(metric, before, cells[r][c], tokens, place);
                            const double difference = std::abs(got->grid[r][c] - wanted);
                            QVERIFY2(difference < 2e-5 * size,
                                     (cutTexts(stack) + " + " + printCut(sweepCut(sweep, row, col)) + " " +
                                      sweepMetricName(metric) + ": " + std::to_string(got->grid[r][c]) +
                                      " against " + std::to_string(wanted))
                                         .c_str());
                            ++compared;
                        }
                }
        }
    }
    const bool lacks = over.contains("mlp") || over == "resid_mid"; // attention-only models
    QVERIFY(compared > 0 || (lacks && !traits.hasMlp()));
}

void TestSweep::agreesWithTransformerLens_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& folder : goldenFolders())
        if (std::filesystem::exists(folder / "sweep.safetensors"))
            QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

/// Activation patching by transformer_lens.patching (tests/golden/make_fixtures.py); bound 1e-5.
void TestSweep::agreesWithTransformerLens() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    EngineUnderTest engine;
    const auto info = engine.open(path);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    const auto expected = readSafetensors(path / "sweep.safetensors");
    QCOMPARE(static_cast<TokenId>(expected.at("answer").values.front()), answerId);
    QCOMPARE(static_cast<TokenId>(expected.at("wrong").values.front()), wrongId);
    const std::vector<GoldenCase> golden = goldenCases(path);
    CutWorld world;
    for (const GoldenCase& c : golden)
        if (!c.donor.empty()) world.donors["B"] = c.donor;
    int sweeps = 0;
    for (const auto& [name, wanted] : expected) {
        const auto over = sweepOverFrom(name);
        if (!over) continue;
        SweepRequest sweep = request(golden.front().tokens, world);
        sweep.over = *over;
        sweep.kind = CutKind::Patch;
        const auto got = engine.engine().sweep(sweep, {}, {}, {});
        QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
        QVERIFY(std::abs(got->uncut - expected.at("uncut").values.front()) < 1e-5);
        Array grid(wanted.shape);
        QCOMPARE(got->grid.size(), std::size_t(wanted.shape[0]));
        for (int row = 0; row < wanted.shape[0]; ++row) {
            QCOMPARE(got->grid[std::size_t(row)].size(), std::size_t(wanted.shape[1]));
            for (int col = 0; col < wanted.shape[1]; ++col)
                grid.at(row, col) = got->grid[std::size_t(row)][std::size_t(col)];
        }
        const double difference = largestDifference(grid, wanted);
        QVERIFY2(difference < 1e-5, (name + ": " + std::to_string(difference)).c_str());
        ++sweeps;
    }
    QVERIFY(sweeps >= 7);
}

void TestSweep::partsCoverTheGridOnce() {
    EngineUnderTest engine;
    QVERIFY(openDemo(engine));
    std::vector<int> tokens;
    for (int i = 0; i < 100; ++i)
        tokens.push_back(5 + i * 13 % 200);
    SweepRequest sweep = request(tokens, {});
    sweep.run.generation = 7;
    sweep.over = SweepOver::ResidPost;
    std::vector<SweepPart> parts;
    std::vector<std::int64_t> progress;
    const auto result = engine.engine().sweep(
        sweep, [&](SweepPart part) { parts.push_back(std::move(part)); },
        [&](const Progress& p) { progress.push_back(p.done); }, {});
    QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
    QVERIFY(parts.size() >= 2);
    QVERIFY(parts.front().cells.empty()); // at once, before any cell
    std::map<std::pair<int, int>, int> seen;
    for (const SweepPart& part : parts) {
        QCOMPARE(part.generation, std::uint64_t(7));
        QVERIFY(part.rows == result->rows && part.cols == result->cols);
        QCOMPARE(part.uncut, result->uncut);
        for (const SweepCell& cell : part.cells) {
            ++seen[{cell.row, cell.col}];
            QCOMPARE(cell.value, result->grid[std::size_t(cell.row)][std::size_t(cell.col)]);
        }
    }
    QCOMPARE(seen.size(), result->rows.size() * result->cols.size());
    for (const auto& [cell, times] : seen)
        QCOMPARE(times, 1);
    QVERIFY(std::is_sorted(progress.begin(), progress.end()));
    QCOMPARE(progress.back(), std::int64_t(result->cells));
}

void TestSweep::stopsBetweenCells() {
    EngineUnderTest engine;
    QVERIFY(openDemo(engine));
    std::vector<int> tokens;
    for (int i = 0; i < 120; ++i)
        tokens.push_back(5 + i * 17 % 200);
    SweepRequest sweep = request(tokens, {});
    sweep.over = SweepOver::Resid;
    const CancelToken cancel;
    std::size_t cells = 0;
    const auto stopped = engine.engine().sweep(
        sweep,
        [&](const SweepPart& part) {
            cells += part.cells.size();
            if (cells > 0) cancel.cancel();
        },
        {}, cancel);
    QVERIFY(!stopped.has_value());
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    QVERIFY(cells > 0 && cells < 4 * tokens.size());
    sweep.over = SweepOver::Attn; // and the engine goes on
    QVERIFY(engine.engine().sweep(sweep, {}, {}, {}).has_value());
}

void TestSweep::refusesWhatIsOff() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_attn_only")));
    const auto refused = [&](const SweepRequest& sweep, ErrorCode code) {
        int parts = 0;
        const auto got = engine.engine().sweep(sweep, [&](const SweepPart&) { ++parts; }, {}, {});
        if (got || parts > 0) return false;
        return got.error().code == code && !got.error().message.empty();
    };
    const SweepRequest good = request({2, 3, 4, 5}, {});
    SweepRequest bad = good;
    bad.over = SweepOver::Mlp;
    QVERIFY(refused(bad, ErrorCode::Usage)); // attention only
    bad.over = SweepOver::ResidMid;
    QVERIFY(refused(bad, ErrorCode::Usage));
    bad = good;
    bad.kind = CutKind::Scale;
    QVERIFY(refused(bad, ErrorCode::Usage));
    bad = good;
    bad.run.wrong.clear();
    QVERIFY(refused(bad, ErrorCode::Usage));
    bad.metric = SweepMetric::Prob;
    bad.run.answer.clear();
    QVERIFY(refused(bad, ErrorCode::Usage));
    bad = good;
    bad.position = 4;
    QVERIFY(refused(bad, ErrorCode::OutOfRange));
    bad.position = -5;
    QVERIFY(refused(bad, ErrorCode::OutOfRange));
    bad = good;
    bad.kind = CutKind::Patch; // no donor
    QVERIFY(refused(bad, ErrorCode::NoReference));
    bad.run.donors["B"] = tokenInput({2, 3});
    QVERIFY(refused(bad, ErrorCode::BadCut)); // unequal lengths
    bad = good;
    bad.run.cuts = {*parseCut("zero:L9H0")};
    QVERIFY(refused(bad, ErrorCode::UnknownTarget));
    bad = request({3}, {});
    bad.metric = SweepMetric::Loss;
    QVERIFY(refused(bad, ErrorCode::Usage));
}

/// A cell whose run breaks has no value; the others have theirs. Without norms numbers grow without bound.
void TestSweep::aCellWithoutAValueIsSaid() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_attn_only")));
    CutWorld world;
    world.donors["B"] = {5, 6, 7, 8};
    SweepRequest sweep = request({2, 3, 4, 5}, world);
    // Nothing times much is nothing; what a cell of the first row puts in its place is not.
    sweep.run.cuts = {*parseCut("set(0):blocks.0.hook_resid_post"),
                      *parseCut("scale(3e38):blocks.1.hook_resid_pre")};
    sweep.over = SweepOver::ResidPost;
    sweep.kind = CutKind::Patch;
    const auto got = engine.engine().sweep(sweep, {}, {}, {});
    QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
    QVERIFY(std::isfinite(got->uncut));
    for (const double value : got->grid[0])
        QVERIFY(std::isnan(value));
    for (const double value : got->grid[1])
        QVERIFY(std::isfinite(value));
    QCOMPARE(got->warnings.size(), std::size_t(1));
    QVERIFY(got->warnings.front().starts_with("4 of 8 cells"));
}

QTEST_GUILESS_MAIN(TestSweep)
#include "tst_sweep.moc"
