// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/generated_stage.h"

#include <QtTest>
#include <cmath>

using namespace cutaway;
using namespace cutaway::tests;

/// The logit lens against TransformerLens, against the run's own output, and against the slow model.
class TestLens : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithTransformerLens_data() { folders("analysis.safetensors"); }
    void agreesWithTransformerLens();
    void lastRowIsTheOutput_data() { folders("config.json"); }
    void lastRowIsTheOutput();
    void rowsReadTheStream_data() { folders("config.json"); }
    void rowsReadTheStream();
    void setsAddUp();
    void withoutAnswerThereIsNoRank();
    void faultsAreNamed();
    void calibrationCountsAgreement_data() { folders("config.json"); }
    void calibrationCountsAgreement();
    void calibrationIsKept();
    void calibrationFaultsAreNamed();

private:
    static void folders(const char* file) {
        QTest::addColumn<QString>("folder");
        for (const auto& folder : goldenFolders())
            if (std::filesystem::exists(folder / file))
                QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
    }
    static std::filesystem::path fixture(const char* name) {
        return std::filesystem::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures" / name;
    }

    /// Empty, or how a cell differs from a row of logits. Bound 1e-5 of the row's largest logit.
    static std::string difference(const LensCell& cell, const std::vector<double>& logits, int answer) {
        double largest = 1, total = 0;
        for (const double logit : logits)
            largest = std::max(largest, std::abs(logit));
        for (const double logit : logits)
            total += std::exp(logit - largest);
        const auto prob = [&](double logit) { return std::exp(logit - largest) / total; };
        const double bound = 1e-5 * largest;
        const double best = *std::max_element(logits.begin(), logits.end());
        if (cell.top.id < 0 || cell.top.id >= int(logits.size())) return "no such token";
        // two that are equal up to rounding may change places
        if (logits[static_cast<std::size_t>(cell.top.id)] < best - bound) return "the top token";
        if (std::abs(cell.top.logit - best) > bound) return "the top logit";
        if (std::abs(cell.top.prob - prob(best)) > bound) return "the top probability";
        const double own = logits[static_cast<std::size_t>(answer)];
        if (!cell.prob || std::abs(*cell.prob - prob(own)) > bound) return "the answer's probability";
        int least = 0, most = -1;
        for (const double logit : logits) {
            least += logit > own + bound;
            most += logit >= own - bound;
        }
        if (!cell.rank || *cell.rank < least || *cell.rank > most) return "the answer's rank";
        return {};
    }

    static std::vector<double> row(const Array& logits, int position) {
        std::vector<double> values;
        for (int i = 0; i < logits.shape[1]; ++i)
            values.push_back(logits.at(position, i));
        return values;
    }
};

/// Values of make_fixtures.py: model.unembed(model.ln_final(cache.accumulated_resid(…))).
void TestLens::agreesWithTransformerLens() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const Array wanted = readSafetensors(path / "analysis.safetensors").at("lens"); // [rows, places, outputs]
    constexpr std::array places{0, 3, 5};
    EngineUnderTest engine;
    const auto info = engine.open(path);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    for (int answer = 0; answer < info->traits.dVocabOut; answer += 3) {
        LensRequest request;
        request.run.input = tokenInput(goldenCases(path).front().tokens);
        request.run.answer = {TokenId(answer)};
        const auto lens = engine.engine().lens(request, {});
        QVERIFY2(lens.has_value(), lens ? "" : lens.error().text().c_str());
        QCOMPARE(int(lens->rows.size()), wanted.shape[0]);
        QCOMPARE(lens->rows.front(), std::string("embed"));
        QCOMPARE(lens->rows.back(), std::to_string(info->traits.nLayers - 1));
        for (int r = 0; r < wanted.shape[0]; ++r)
            for (std::size_t p = 0; p < places.size(); ++p) {
                std::vector<double> logits;
                for (int i = 0; i < wanted.shape[2]; ++i)
                    logits.push_back(wanted.at(r, int(p), i));
                const LensCell& cell = lens->grid.at(std::size_t(r)).at(std::size_t(places[p]));
                const std::string said = difference(cell, logits, answer);
                QVERIFY2(said.empty(), ("row " + lens->rows[std::size_t(r)] + ": " + said).c_str());
            }
    }
}

/// Whatever the cuts are, those on the final norm and on the logits included.
void TestLens::lastRowIsTheOutput() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 21);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    for (int i = 0; i < 40; ++i) {
        const std::vector<Cut> cuts = i == 0 ? std::vector<Cut>() : stage.drawStack(3);
        LensRequest request{EngineUnderTest::request(stage.tokens, cuts, stage.world, {})};
        request.run.answer = {TokenId(stage.draw->below(stage.traits.dVocabOut))};
        request.run.top = 1;
        const auto lens = stage.engine.engine().lens(request, {});
        const auto run = stage.engine.engine().run(request.run, {}, {});
        QVERIFY2(lens.has_value(), lens ? "" : (cutTexts(cuts) + ": " + lens.error().text()).c_str());
        QVERIFY2(run.has_value(), run ? "" : run.error().text().c_str());
        QCOMPARE(lens->tokens, run->tokens);
        for (std::size_t t = 0; t < run->tokens.size(); ++t) {
            const LensCell& cell = lens->grid.back().at(t);
            const Prediction& top = run->main.positions.at(t).top.front();
            QCOMPARE(cell.top.id, top.id);
            const double bound = 1e-6 * std::max(1.0, std::abs(top.logit)); // the same numbers, once more
            QVERIFY2(std::abs(cell.top.logit - top.logit) <= bound, cutTexts(cuts).c_str());
            QVERIFY2(std::abs(cell.top.prob - top.prob) <= bound, cutTexts(cuts).c_str());
            QVERIFY(std::abs(*cell.prob - run->main.answerProbs.at(t)) <= bound);
        }
    }
}

/// A row is what the model would say if the stream of that layer were the last: the slow model is given it.
void TestLens::rowsReadTheStream() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 22);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const int layers = stage.traits.nLayers;
    for (int i = 0; i < 12; ++i) {
        const std::vector<Cut> cuts = i == 0 ? std::vector<Cut>() : stage.drawStack(3);
        const int answer = stage.draw->below(stage.traits.dVocabOut);
        LensRequest request{EngineUnderTest::request(stage.tokens, cuts, stage.world, {})};
        request.run.answer = {TokenId(answer)};
        const auto lens = stage.engine.engine().lens(request, {});
        QVERIFY2(lens.has_value(), lens ? "" : (cutTexts(cuts) + ": " + lens.error().text()).c_str());
        const Captures run = ReferenceCuts(stage.slow(), stage.world).run(stage.tokens, cuts);
        for (int r = 0; r < layers; ++r) {
            const Array& stream =
                run.at(r == 0 ? HookPoint{HookKind::ResidPre, 0} : HookPoint{HookKind::ResidPost, r - 1});
            const HookPoint end{HookKind::ResidPost, layers - 1};
            const Array logits = stage.slow().run(stage.tokens, [&](const HookPoint& hook, Array& array) {
                if (hook == end) array = stream;
            });
            for (int t = 0; t < GeneratedStage::length; ++t) {
                const std::string said =
                    difference(lens->grid.at(std::size_t(r)).at(std::size_t(t)), row(logits, t), answer);
                QVERIFY2(said.empty(), (cutTexts(cuts) + " row " + std::to_string(r) + ": " + said).c_str());
            }
        }
        for (int t = 0; t < GeneratedStage::length; ++t) {
            const std::string said =
                difference(lens->grid.back().at(std::size_t(t)), row(run.at(logitsHook), t), answer);
            QVERIFY2(said.empty(), (cutTexts(cuts) + " last row: " + said).c_str());
        }
    }
}

/// A set's probability is its tokens' together, its rank that of the best.
void TestLens::setsAddUp() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_plain")));
    const auto read = [&](const TokenSet& set) {
        LensRequest request;
        request.run.input = tokenInput({4, 3, 8, 1});
        request.run.answer = set;
        return engine.engine().lens(request, {}).value();
    };
    const LensResult both = read({TokenId(5), TokenId(9)}), one = read({TokenId(5)}),
                     other = read({TokenId(9)});
    for (std::size_t r = 0; r < both.grid.size(); ++r)
        for (std::size_t t = 0; t < both.grid[r].size(); ++t) {
            QVERIFY(std::abs(*both.grid[r][t].prob - *one.grid[r][t].prob - *other.grid[r][t].prob) < 1e-6);
            QCOMPARE(*both.grid[r][t].rank, std::min(*one.grid[r][t].rank, *other.grid[r][t].rank));
        }
}

void TestLens::withoutAnswerThereIsNoRank() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("gpt2_plain")));
    LensRequest request;
    request.run.input = tokenInput({4, 3, 8, 1});
    request.run.generation = 12;
    const auto lens = engine.engine().lens(request, {});
    QVERIFY(lens.has_value());
    QCOMPARE(lens->generation, std::uint64_t(12));
    QCOMPARE(lens->grid.size(), std::size_t(3));
    for (const auto& cells : lens->grid)
        for (const LensCell& cell : cells)
            QVERIFY(!cell.prob && !cell.rank && cell.top.prob > 0.0);
}

/// Against the lens prompt by prompt: the share of positions, but the first of each prompt, whose top token
/// is the last row's. Lengths differ, so that several batches are read.
void TestLens::calibrationCountsAgreement() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 31);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    std::vector<std::vector<int>> prompts;
    for (int i = 0; i < 40; ++i)
        prompts.push_back(stage.draw->tokens(1 + i % 7));
    writePrompts(stage.directory / "many.jsonl", prompts);
    QVERIFY(stage.engine.open(folder.toStdString(), stage.directory / "many.jsonl"));
    const auto got = stage.engine.engine().calibrateLens({}, {});
    QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
    QCOMPARE(got->prompts, 40);
    QCOMPARE(got->agreement.back(), 1.0);
    std::vector<int> agree(std::size_t(stage.traits.nLayers) + 1, 0);
    int positions = 0;
    for (const std::vector<int>& prompt : prompts) {
        LensRequest request;
        request.run.input = tokenInput(prompt);
        const auto lens = stage.engine.engine().lens(request, {});
        QVERIFY(lens.has_value());
        QVERIFY(lens->rows == got->rows);
        for (std::size_t t = 1; t < prompt.size(); ++t, ++positions)
            for (std::size_t r = 0; r < agree.size(); ++r)
                agree[r] += lens->grid[r][t].top.id == lens->grid.back()[t].top.id;
    }
    QCOMPARE(got->positions, std::int64_t(positions));
    bool differs = false;
    for (std::size_t r = 0; r < agree.size(); ++r) {
        // Batched products round otherwise: two logits that are all but equal may change places.
        QVERIFY2(std::abs(got->agreement[r] * positions - agree[r]) <= 1.0,
                 qPrintable(QStringLiteral("row %1: %2 of %3").arg(r).arg(agree[r]).arg(positions)));
        differs = differs || agree[r] != positions;
    }
    QVERIFY(differs);
}

/// A file of these weights and prompts answers at once; one of other prompts does not.
void TestLens::calibrationIsKept() {
    QTemporaryDir scratch;
    const std::filesystem::path directory = scratch.path().toStdString();
    writePrompts(directory / "a.jsonl", {{1, 2, 3, 4}, {4, 3, 2}, {5, 6, 7, 8, 1}});
    writePrompts(directory / "b.jsonl", {{1, 2, 3, 4}, {4, 3, 2}, {5, 6, 7, 8, 2}});
    const auto asked = [&](const char* prompts, int& steps) {
        const auto engine = engine::makeTorchEngine();
        engine::OpenRequest opening;
        opening.model = fixture("gpt2_plain");
        opening.reference = directory / prompts;
        opening.means = directory / "kept.safetensors";
        if (!engine->open(opening, {}, {})) return engine::LensCalibration{};
        steps = 0;
        return engine->calibrateLens([&steps](const Progress&) { ++steps; }, {})
            .value_or(engine::LensCalibration{});
    };
    int steps = 0;
    const auto first = asked("a.jsonl", steps);
    QVERIFY(steps > 0);
    QVERIFY(std::filesystem::exists(directory / "kept_lens.safetensors"));
    const auto again = asked("a.jsonl", steps);
    QCOMPARE(steps, 0);
    QVERIFY(again.agreement == first.agreement && again.positions == first.positions);
    asked("b.jsonl", steps);
    QVERIFY(steps > 0);
}

void TestLens::calibrationFaultsAreNamed() {
    EngineUnderTest engine;
    QTemporaryDir scratch;
    const std::filesystem::path prompts = scratch.path().toStdString() + "/p.jsonl";
    writePrompts(prompts, {{1}, {2}}); // nothing behind a first token
    QVERIFY(engine.open(fixture("gpt2_plain"), prompts));
    QCOMPARE(engine.engine().calibrateLens({}, {}).error().code, ErrorCode::NoReference);
    writePrompts(prompts, {{1, 2}, {3, 4, 5}, {6, 7, 8, 9}});
    QVERIFY(engine.open(fixture("gpt2_plain"), prompts));
    // Cancelled in between, it goes on where it stood.
    const CancelToken cancel;
    int steps = 0;
    const auto stopped = engine.engine().calibrateLens(
        [&](const Progress&) {
            if (++steps == 2) cancel.cancel();
        },
        cancel);
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    steps = 0;
    const auto rest = engine.engine().calibrateLens([&](const Progress&) { ++steps; }, {});
    QVERIFY(rest.has_value());
    QCOMPARE(rest->positions, std::int64_t(6));
    QCOMPARE(steps, 2); // the first batch was not read again
}

void TestLens::faultsAreNamed() {
    const auto closed = engine::makeTorchEngine();
    QCOMPARE(closed->lens({}, {}).error().code, ErrorCode::Usage);
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_lnpre"))); // 11 tokens, 6 outputs
    LensRequest request;
    request.run.input = tokenInput({4, 3, 8, 1});
    request.run.answer = {TokenId(6)};
    QCOMPARE(engine.engine().lens(request, {}).error().code, ErrorCode::OutOfRange);
    request.run.answer = {std::string(" Mary")};
    QCOMPARE(engine.engine().lens(request, {}).error().code, ErrorCode::NoTokenizer);
    request.run.answer = {};
    request.run.cuts = {*parseCut("zero:L9H0")};
    QCOMPARE(engine.engine().lens(request, {}).error().code, ErrorCode::UnknownTarget);
    request.run.restCuts = true; // what has no place here rests
    QVERIFY(engine.engine().lens(request, {}).has_value());
    const CancelToken cancel;
    cancel.cancel();
    QCOMPARE(engine.engine().lens(request, cancel).error().code, ErrorCode::Cancelled);
}

QTEST_GUILESS_MAIN(TestLens)
#include "tst_lens.moc"
