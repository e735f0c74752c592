// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/generated_stage.h"

#include <QtTest>
#include <cmath>

using namespace cutaway;
using namespace cutaway::tests;

/// Direct logit attribution and the waterfall: sums that hold under any cuts, agreement with TransformerLens.
class TestDirectEffect : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithTransformerLens_data() { folders("analysis.safetensors"); }
    void agreesWithTransformerLens();
    void contributionsSumToTheRun_data() { folders("config.json"); }
    void contributionsSumToTheRun();
    void changesSumToTheEffect_data() { folders("config.json"); }
    void changesSumToTheEffect();
    void strengthZeroChangesNothing_data() { folders("config.json"); }
    void strengthZeroChangesNothing();
    void setsLeaveARest();
    void cutsOnSumsStandForThemselves();
    void targetsTakeComponentsAway();
    void faultsAreNamed();

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
    static std::map<std::string, double> byName(const std::vector<Contribution>& components) {
        std::map<std::string, double> values;
        for (const Contribution& c : components)
            values[c.name] += c.value;
        return values;
    }
    /// 1e-5 of the largest of the sum's terms, at least 1e-5.
    static double bound(const std::vector<Contribution>& components, double total) {
        double largest = std::max(1.0, std::abs(total));
        for (const Contribution& c : components)
            largest = std::max(largest, std::abs(c.value));
        return 1e-5 * largest;
    }
    static double sum(const std::vector<Contribution>& components) {
        double total = 0;
        for (const Contribution& c : components)
            total += c.value;
        return total;
    }
    static std::string number(double value) { return std::to_string(value * 1e6) + "e-6"; }
};

/// make_fixtures.py: cache.apply_ln_to_stack on heads, MLPs, embeddings and biases, times the gain, dotted
/// with W_U[2] − W_U[3]; of the uncut run and of one without L0H0.
void TestDirectEffect::agreesWithTransformerLens() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const auto stored = readSafetensors(path / "analysis.safetensors");
    constexpr std::array places{0, 3, 5};
    EngineUnderTest engine;
    const auto info = engine.open(path);
    QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    RunRequest run;
    run.input = tokenInput(goldenCases(path).front().tokens);
    run.answer = {TokenId(2)};
    run.wrong = {TokenId(3)};
    for (const std::string place : {"uncut", "zero:L0H0"}) {
        run.cuts.clear();
        if (place != "uncut") run.cuts.push_back(*parseCut(place));
        for (std::size_t p = 0; p < places.size(); ++p) {
            const auto got = engine.engine().attribution({run, places[p]}, {});
            QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
            QCOMPARE(got->position, places[p]);
            auto values = byName(got->components);
            values["total"] = got->total;
            int compared = 0;
            for (const auto& [name, array] : stored) {
                if (!name.starts_with(place + "/")) continue;
                const std::string component = name.substr(place.size() + 1);
                QVERIFY2(values.count(component) == 1, component.c_str());
                const double wanted = array.values.at(p);
                QVERIFY2(std::abs(values[component] - wanted) <= bound(got->components, got->total),
                         (name + ": " + number(values[component] - wanted)).c_str());
                ++compared;
            }
            QCOMPARE(compared, int(values.size())); // nothing more than TransformerLens has
        }
        if (place == "uncut") continue;
        // and the waterfall is made of the differences: (c′ − c) / s′ is c's share times s / s′ taken off
        const auto fall = engine.engine().waterfall({run, places.back()}, {});
        QVERIFY2(fall.has_value(), fall ? "" : fall.error().text().c_str());
        const double before = stored.at("uncut/total").values.back();
        QVERIFY(std::abs(fall->total - (stored.at(place + "/total").values.back() - before)) <=
                bound(fall->components, before));
    }
}

void TestDirectEffect::contributionsSumToTheRun() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 31);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    for (int i = 0; i < 120; ++i) {
        const std::vector<Cut> cuts = i == 0 ? std::vector<Cut>() : stage.drawStack(3);
        RunRequest run = EngineUnderTest::request(stage.tokens, cuts, stage.world, {});
        run.answer = {TokenId(stage.draw->below(stage.traits.dVocabOut))};
        const bool compared = stage.draw->chance(0.8);
        if (compared) run.wrong = {TokenId(stage.draw->below(stage.traits.dVocabOut))};
        const int position = stage.draw->below(GeneratedStage::length);
        const auto got = stage.engine.engine().attribution({run, position}, {});
        QVERIFY2(got.has_value(), got ? "" : (cutTexts(cuts) + ": " + got.error().text()).c_str());
        const double allowed = bound(got->components, got->total);
        QVERIFY(!got->approximate);
        QVERIFY2(std::abs(got->residual) <= allowed,
                 (cutTexts(cuts) + " leaves " + number(got->residual)).c_str());
        QVERIFY(std::abs(sum(got->components) + got->residual - got->total) <= 1e-9 + 1e-3 * allowed);
        run.hooks = {"logits"};
        const auto result = stage.engine.engine().run(run, {}, {});
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        const Array logits = fromHost(result->main.arrays.at("logits"));
        const auto logit = [&](const TokenSet& set) {
            return logits.at(position, std::get<TokenId>(set[0]));
        };
        const double wanted = logit(run.answer) - (compared ? logit(run.wrong) : 0.0);
        const double size = std::max({1.0, std::abs(logit(run.answer)), 1e5 * allowed});
        QVERIFY2(std::abs(got->total - wanted) <= 1e-5 * size,
                 (cutTexts(cuts) + ": " + number(got->total - wanted)).c_str());
        if (compared)
            QVERIFY(std::abs(got->total - result->main.diffs.at(std::size_t(position))) <= 1e-5 * size);
    }
}

void TestDirectEffect::changesSumToTheEffect() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 32);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const HookPoint scaleHook{HookKind::LnFinalScale, -1};
    const bool normed = hookExists(scaleHook.kind, stage.traits);
    for (int i = 0; i < 120; ++i) {
        const std::vector<Cut> cuts = stage.drawStack(2);
        RunRequest run = EngineUnderTest::request(stage.tokens, cuts, stage.world, {});
        run.answer = {TokenId(stage.draw->below(stage.traits.dVocabOut))};
        run.wrong = {TokenId(stage.draw->below(stage.traits.dVocabOut))};
        if (normed) run.hooks = {hookName(scaleHook)};
        run.uncutHooks = true;
        const int position = stage.draw->below(GeneratedStage::length);
        const auto place = std::size_t(position);
        const auto got = stage.engine.engine().waterfall({run, position}, {});
        QVERIFY2(got.has_value(), got ? "" : (cutTexts(cuts) + ": " + got.error().text()).c_str());
        const auto result = stage.engine.engine().run(run, {}, {});
        RunRequest plain = run;
        plain.cuts.clear();
        const auto uncut = stage.engine.engine().attribution({plain, position}, {});
        QVERIFY(result.has_value() && uncut.has_value());
        // sums of large terms round as those do
        const double allowed =
            bound(got->components, std::max({std::abs(got->norm), std::abs(result->main.diffs.at(place)),
                                             1e5 * bound(uncut->components, uncut->total)}));
        QVERIFY2(std::abs(got->residual) <= allowed,
                 (cutTexts(cuts) + " leaves " + number(got->residual)).c_str());
        QVERIFY(std::abs(sum(got->components) + got->norm + got->residual - got->total) <= 1e-3 * allowed);
        const double wanted = result->main.diffs.at(place) - result->uncut->diffs.at(place);
        QVERIFY2(std::abs(got->total - wanted) <= 2 * allowed,
                 (cutTexts(cuts) + ": " + number(got->total - wanted)).c_str());
        // the norm's bar: (1/s′ − 1/s)·Σ c·u, and Σ c·u / s is the uncut total without the biases behind it
        double norm = 0.0;
        if (normed) {
            auto values = byName(uncut->components);
            const double direct = uncut->total - values["ln_final.b"] - values["b_U"];
            const double s = result->uncut->arrays.at(hookName(scaleHook)).values.at(place);
            const double other = result->main.arrays.at(hookName(scaleHook)).values.at(place);
            norm = (s / other - 1.0) * direct;
        }
        QVERIFY2(std::abs(got->norm - norm) <= allowed,
                 (cutTexts(cuts) + ": norm " + number(got->norm)).c_str());
    }
}

void TestDirectEffect::strengthZeroChangesNothing() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 33);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    for (int i = 0; i < 20; ++i) {
        std::vector<Cut> cuts = stage.drawStack(3);
        for (Cut& cut : cuts)
            cut.strength = 0;
        RunRequest run = EngineUnderTest::request(stage.tokens, cuts, stage.world, {});
        run.answer = {TokenId(0)};
        run.wrong = {TokenId(1)};
        const auto got = stage.engine.engine().waterfall({run, -1}, {});
        QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
        QCOMPARE(got->position, GeneratedStage::length - 1);
        QCOMPARE(got->total, 0.0);
        QCOMPARE(got->norm, 0.0);
        QCOMPARE(got->residual, 0.0);
        for (const Contribution& c : got->components)
            QVERIFY2(c.value == 0.0 && c.target, c.name.c_str());
    }
}

/// logsumexp is no sum: its direction is that of the run, what that misses is in the residual.
void TestDirectEffect::setsLeaveARest() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_plain")));
    RunRequest run;
    run.input = tokenInput({4, 3, 8, 2, 9});
    run.answer = {TokenId(2), TokenId(7)};
    run.wrong = {TokenId(3), TokenId(5), TokenId(6)};
    const auto got = engine.engine().attribution({run, -1}, {});
    QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
    QVERIFY(got->approximate);
    const auto result = engine.engine().run(run, {}, {});
    QVERIFY(std::abs(got->total - *result->main.logitDiff) < 1e-5);
    QVERIFY(std::abs(sum(got->components) + got->residual - got->total) < 1e-9);
    QVERIFY(std::abs(got->residual) > 1e-3); // the sets' entropy is not nothing
    run.cuts = {*parseCut("zero:L0H0")};
    const auto fall = engine.engine().waterfall({run, -1}, {});
    QVERIFY(fall.has_value() && fall->approximate);
    QVERIFY(std::abs(sum(fall->components) + fall->norm + fall->residual - fall->total) < 1e-9);
    QVERIFY(std::abs(fall->residual) < 0.2 * std::abs(fall->total)); // and yet it is near
}

/// A cut on the stream or on an attention's sum: what it lets through and what it puts there.
void TestDirectEffect::cutsOnSumsStandForThemselves() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_plain")));
    RunRequest run;
    run.input = tokenInput({4, 3, 8, 2, 9});
    run.donors["B"] = tokenInput({5, 6, 7, 8, 2});
    run.answer = {TokenId(2)};
    run.wrong = {TokenId(3)};
    const auto under = [&](const char* cut) {
        run.cuts = {*parseCut(cut)};
        return byName(engine.engine().attribution({run, -1}, {}).value().components);
    };
    auto stopped = under("zero:blocks.1.hook_resid_pre");
    QCOMPARE(stopped.at("embed"), 0.0);
    QCOMPARE(stopped.at("L0H1"), 0.0);
    QVERIFY(stopped.at("L1H1") != 0.0);
    QVERIFY(stopped.count("zero:blocks.1.hook_resid_pre") == 0); // it puts nothing there
    auto replaced = under("patch:blocks.1.hook_resid_pre");
    QCOMPARE(replaced.at("L0.mlp"), 0.0);
    QVERIFY(replaced.at("patch:blocks.1.hook_resid_pre") != 0.0);
    auto averaged = under("mean:L1.attn");
    QCOMPARE(averaged.at("L1H0"), 0.0);
    QCOMPARE(averaged.at("L1.b_O"), 0.0);
    QVERIFY(averaged.at("mean:L1.attn") != 0.0);
    QVERIFY(averaged.at("embed") != 0.0);
    auto half = under("mean(w=0.5):L1.attn@0-2"); // elsewhere
    QVERIFY(half.count("mean(w=0.5):L1.attn@0-2") == 0);
    auto doubled = under("scale(2):L1.attn"), plain = under("scale(1):L1.attn");
    // up to the norm's scale, which all share
    const double ratio = doubled.at("embed") / plain.at("embed");
    QVERIFY(std::abs(doubled.at("L1H2") - 2 * ratio * plain.at("L1H2")) < 1e-9);
    auto output = under("mean:L1.mlp"); // one component's own output is its part
    QVERIFY(output.at("L1.mlp") != 0.0 && output.count("mean:L1.mlp") == 0);
}

/// What a component names as its target is what one cuts to take it away.
void TestDirectEffect::targetsTakeComponentsAway() {
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("gpt2_plain")));
    RunRequest run;
    run.input = tokenInput({4, 3, 8, 2, 9});
    run.answer = {TokenId(2)};
    run.wrong = {TokenId(3)};
    const auto whole = engine.engine().attribution({run, -1}, {});
    QVERIFY(whole.has_value());
    QCOMPARE(whole->components.front().name, std::string("embed"));
    QCOMPARE(whole->components.at(1).name, std::string("pos_embed"));
    for (const Contribution& c : whole->components) {
        const bool bias = c.name.find("b_") != std::string::npos || c.name == "ln_final.b";
        QVERIFY2(c.target.has_value() != bias, c.name.c_str());
        if (!c.target) continue;
        Cut cut;
        cut.targets = {*c.target};
        run.cuts = {cut};
        const auto without = engine.engine().attribution({run, -1}, {});
        QVERIFY2(without.has_value(), without ? "" : without.error().text().c_str());
        QCOMPARE(byName(without->components).at(c.name), 0.0);
        run.cuts.clear();
    }
}

void TestDirectEffect::faultsAreNamed() {
    const auto closed = engine::makeTorchEngine();
    QCOMPARE(closed->attribution({}, {}).error().code, ErrorCode::Usage);
    EngineUnderTest engine;
    QVERIFY(engine.open(fixture("toy_lnpre")));
    RunRequest run;
    run.input = tokenInput({4, 3, 8, 1});
    QCOMPARE(engine.engine().attribution({run, -1}, {}).error().code, ErrorCode::Usage);
    QCOMPARE(engine.engine().waterfall({run, -1}, {}).error().code, ErrorCode::Usage);
    run.answer = {TokenId(1)};
    QCOMPARE(engine.engine().waterfall({run, -1}, {}).error().code, ErrorCode::Usage);
    for (const int position : {4, -5})
        QCOMPARE(engine.engine().attribution({run, position}, {}).error().code, ErrorCode::OutOfRange);
    QCOMPARE(engine.engine().attribution({run, -4}, {}).value().position, 0);
    run.cuts = {*parseCut("zero:L9H0")};
    QCOMPARE(engine.engine().waterfall({run, -1}, {}).error().code, ErrorCode::UnknownTarget);
    run.restCuts = true; // then none is in force
    QCOMPARE(engine.engine().waterfall({run, -1}, {}).error().code, ErrorCode::Usage);
    run.wrong = {TokenId(77)};
    QCOMPARE(engine.engine().attribution({run, -1}, {}).error().code, ErrorCode::OutOfRange);
}

QTEST_GUILESS_MAIN(TestDirectEffect)
#include "tst_direct_effect.moc"
