// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/generated_stage.h"

#include <QtTest>
#include <cmath>

using namespace cutaway;
using namespace cutaway::tests;

/// What must hold of cuts whatever the numbers are, on every fixture and random cuts.
class TestGeneratedProperties : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void resumedEqualsFull_data() { everyFolder(); }
    void resumedEqualsFull();
    void strengthZeroChangesNothing_data() { everyFolder(); }
    void strengthZeroChangesNothing();
    void neutralCutsChangeNothing_data() { everyFolder(); }
    void neutralCutsChangeNothing();
    void spellingsOfOneCutAgree_data() { everyFolder(); }
    void spellingsOfOneCutAgree();
    void indexedArraysAreParts_data() { folders(); }
    void indexedArraysAreParts();
    void slicesEqualArrays_data() { folders(); }
    void slicesEqualArrays();
    void generationEqualsRepeatedRuns_data() { folders(); }
    void generationEqualsRepeatedRuns();
    void cachedTextEqualsSingleRuns_data() { families(); }
    void cachedTextEqualsSingleRuns();

private:
    /// What the slow model can run too.
    static void folders() {
        QTest::addColumn<QString>("folder");
        addFolders("fixtures");
    }
    static void everyFolder() {
        folders();
        addFolders(familySet);
    }
    static void families() {
        QTest::addColumn<QString>("folder");
        addFolders(familySet);
    }
    static void addFolders(const char* set) {
        for (const auto& folder : goldenFolders(set))
            QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
    }
};

void TestGeneratedProperties::resumedEqualsFull() {
    QFETCH(QString, folder);
    GeneratedStage resumed(folder.toStdString(), 3);
    GeneratedStage full(folder.toStdString(), 3, engine::ExecutionMode::Full);
    QVERIFY2(resumed.error.empty(), resumed.error.c_str());
    QVERIFY2(full.error.empty(), full.error.c_str());
    const std::vector<HookPoint> all = allHooks(resumed.traits);
    int shortcuts = 0;
    for (int i = 0; i < 60; ++i) {
        const std::vector<Cut> cuts = resumed.drawStack(3);
        // now the logits alone, now a few arrays from anywhere in the model
        std::vector<HookPoint> hooks{logitsHook};
        for (int k = resumed.draw->below(3); k > 0; --k)
            hooks.push_back(all[static_cast<std::size_t>(resumed.draw->below(int(all.size())))]);
        const auto a = resumed.engine.run(resumed.tokens, cuts, resumed.world, hooks);
        QVERIFY2(a.has_value(), a ? "" : (cutTexts(cuts) + ": " + a.error().text()).c_str());
        shortcuts += resumed.engine.computed != "full";
        const auto b = full.engine.run(resumed.tokens, cuts, resumed.world, hooks);
        QVERIFY2(b.has_value(), b ? "" : (cutTexts(cuts) + ": " + b.error().text()).c_str());
        QCOMPARE(full.engine.computed, std::string("full"));
        const std::string difference = firstDifference(*a, *b, resumed.bound());
        QVERIFY2(difference.empty(),
                 (cutTexts(cuts) + " (" + resumed.engine.computed + "): " + difference).c_str());
    }
    QVERIFY(shortcuts > 10); // else this test compares the full run with itself
}

void TestGeneratedProperties::strengthZeroChangesNothing() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 4);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const std::vector<HookPoint> all = allHooks(stage.traits);
    for (int i = 0; i < 40; ++i) {
        std::vector<Cut> cuts = stage.drawStack(3);
        for (Cut& cut : cuts)
            cut.strength = 0;
        const std::string said =
            stage.same(cuts, {}, stage.draw->chance(0.5) ? all : std::vector{logitsHook});
        QVERIFY2(said.empty(), said.c_str());
    }
}

void TestGeneratedProperties::neutralCutsChangeNothing() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 5);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    stage.world.donors["B"] = stage.tokens;
    const std::vector<HookPoint> all = allHooks(stage.traits);
    for (const LegalCell& cell : stage.cells) {
        Cut cut = stage.draw->draw(cell);
        if (cut.kind == CutKind::Scale || cut.kind == CutKind::Steer || cut.kind == CutKind::Noise)
            cut.amount = cut.kind == CutKind::Scale ? 1 : 0;
        else if (cut.kind == CutKind::Patch)
            cut.donor = "B", cut.map = {};
        else if (cut.kind != CutKind::Freeze)
            continue;
        const std::string said =
            stage.same({cut}, {}, stage.draw->chance(0.2) ? all : std::vector{logitsHook});
        QVERIFY2(said.empty(), said.c_str());
    }
}

void TestGeneratedProperties::spellingsOfOneCutAgree() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 6);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    for (const LegalCell& cell : stage.cells) {
        if (!stage.draw->chance(0.3)) continue;
        const Cut cut = stage.draw->draw(cell);
        Cut other = cut;
        if (cut.kind == CutKind::Zero) { // zero is scale(0) is set(0)
            other.kind = stage.draw->chance(0.5) ? CutKind::Scale : CutKind::Set;
            other.amount = 0;
        } else if (cell.target.kind != TargetKind::Edge) { // no positions are all of them
            other.positions = {};
            Cut listed = other;
            listed.positions.kind = Positions::Kind::Items;
            listed.positions.items = {{PositionItem::Kind::Range, 0, 2},
                                      {PositionItem::Kind::Single, 3, 0},
                                      {PositionItem::Kind::Single, -2, 0},
                                      {PositionItem::Kind::Single, -1, 0}};
            const std::string said = stage.same({other}, {listed}, {logitsHook});
            QVERIFY2(said.empty(), said.c_str());
            continue;
        } else {
            continue;
        }
        const std::string said = stage.same({cut}, {other}, {logitsHook});
        QVERIFY2(said.empty(), said.c_str());
    }
}

/// `NAME[i]` is a head on per-head hooks, else an entry of the last axis; `NAME[i,j]` head, then entry.
void TestGeneratedProperties::indexedArraysAreParts() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 8);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const std::vector<Cut> cuts = stage.drawStack(2);
    const Captures whole = ReferenceCuts(stage.slow(), stage.world).run(stage.tokens, cuts);
    RunRequest request = EngineUnderTest::request(stage.tokens, cuts, stage.world, {});
    std::map<std::string, std::vector<double>> wanted;
    std::map<std::string, std::vector<std::int64_t>> shapes;
    constexpr int rows = GeneratedStage::length;
    for (const auto& [hook, array] : whole) {
        if (!hookExists(hook.kind, stage.traits)) continue;
        const HookShape shape = hookShape(hook.kind, stage.traits);
        const int last = (shape.heads > 0 ? shape.heads : shape.width) - 1;
        const std::string name = hookName(hook) + "[" + std::to_string(last) + "]";
        const std::string deep = hookName(hook) + "[0," + std::to_string(shape.width - 1) + "]";
        const bool matrix = hookLayout(hook.kind) == HookLayout::HeadMatrix;
        const int width = array.shape.back();
        shapes[name] =
            shape.heads > 0 ? std::vector<std::int64_t>{rows, width} : std::vector<std::int64_t>{rows};
        for (int t = 0; t < rows; ++t) {
            if (shape.heads == 0) wanted[name].push_back(array.at(t, last));
            for (int i = 0; i < width && shape.heads > 0; ++i)
                wanted[name].push_back(matrix ? array.at(last, t, i) : array.at(t, last, i));
            if (shape.heads > 0 && !matrix) wanted[deep].push_back(array.at(t, 0, width - 1));
        }
        if (shape.heads > 0 && !matrix) shapes[deep] = {rows};
    }
    for (const auto& [name, values] : wanted)
        request.hooks.push_back(name);
    const auto got = stage.engine.engine().run(request, {}, {});
    QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
    for (const auto& [name, values] : wanted) {
        QVERIFY2(got->main.arrays.count(name) == 1, name.c_str());
        const Array own = fromHost(got->main.arrays.at(name));
        QVERIFY2(got->main.arrays.at(name).shape == shapes.at(name), name.c_str());
        Array part;
        part.shape = own.shape;
        part.values = values;
        QVERIFY2(largestDifference(own, part) < 1e-5, name.c_str());
    }
}

/// What a kept run is asked for later is what it would have answered at once, on both sides.
void TestGeneratedProperties::slicesEqualArrays() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 9);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const std::vector<HookPoint> all = allHooks(stage.traits);
    std::vector<std::vector<Cut>> stacks{{}};
    for (const char* text :
         {"scale(2):blocks.1.hook_resid_pre", "scale(2):hook_embed", "scale(0.5):logits",
          "scale(2):blocks.0.hook_resid_post@1", "scale(0.5):blocks.1.attn.hook_pattern[0]"})
        stacks.push_back({*parseCut(text)});
    for (int i = 0; i < 12; ++i)
        stacks.push_back(stage.drawStack(3));
    for (const std::vector<Cut>& cuts : stacks) {
        RunRequest request = EngineUnderTest::request(stage.tokens, cuts, stage.world, {});
        request.keep = true;
        const auto kept = stage.engine.engine().run(request, {}, {});
        QVERIFY2(kept.has_value(), kept ? "" : (cutTexts(cuts) + ": " + kept.error().text()).c_str());
        QVERIFY(kept->handle != 0);
        const ReferenceCuts reference(stage.slow(), stage.world);
        const Captures wanted[] = {reference.run(stage.tokens, cuts), stage.slow().capture(stage.tokens)};
        for (const engine::Side side : {engine::Side::Cut, engine::Side::Uncut})
            for (const HookPoint& hook : all) {
                const auto slice = stage.engine.engine().slice({kept->handle, side, hookName(hook)}, {});
                QVERIFY2(slice.has_value(), slice ? "" : slice.error().text().c_str());
                const double difference =
                    largestDifference(fromHost(*slice), wanted[side == engine::Side::Uncut].at(hook));
                QVERIFY2(difference < 1e-5, (cutTexts(cuts) + " " + hookName(hook) + ": " +
                                             std::to_string(difference * 1e6) + "e-6")
                                                .c_str());
            }
        // one head's pattern, as the large view asks for it
        const std::string head =
            "blocks.1.attn.hook_pattern[" + std::to_string(stage.traits.nHeads - 1) + "]";
        const auto one = stage.engine.engine().slice({kept->handle, engine::Side::Cut, head}, {});
        QVERIFY2(one.has_value(), one ? "" : one.error().text().c_str());
        const Array& pattern = wanted[0].at({HookKind::Pattern, 1});
        for (int i = 0; i < pattern.shape[1] * pattern.shape[2]; ++i) {
            const auto place = static_cast<std::size_t>(i);
            const std::size_t start = pattern.place(stage.traits.nHeads - 1, 0, 0);
            QVERIFY(std::abs(double(one->values.at(place)) - pattern.values[start + place]) < 1e-5);
        }
    }
}

/// Step t equals a full run over its tokens, whatever is kept between steps: @last moves on, @gen grows.
void TestGeneratedProperties::generationEqualsRepeatedRuns() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 7);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    if (!stage.traits.causal || !stage.traits.outputsAreVocabulary())
        QSKIP("a model that does not continue text");
    const int count = stage.traits.context - 3;
    const auto compare = [&](const std::vector<Cut>& cuts) {
        GenerateRequest request;
        const std::vector<int> prompt(stage.tokens.begin(), stage.tokens.begin() + 3);
        request.run = EngineUnderTest::request(prompt, cuts, {}, {});
        request.maxTokens = count;
        request.ignoreEos = true;
        const auto got = stage.engine.engine().generate(request, {}, {});
        QVERIFY2(got.has_value(), got ? "" : (cutTexts(cuts) + ": " + got.error().text()).c_str());
        const std::vector<int> wanted =
            ReferenceCuts(stage.slow(), stage.world).generate(prompt, cuts, count);
        QVERIFY2(std::equal(got->tokens.begin(), got->tokens.end(), wanted.begin(), wanted.end()),
                 cutTexts(cuts).c_str());
    };
    compare({});
    // what is kept between steps must notice a cut that lets earlier rows see later keys
    for (const char* text :
         {"set(0.25):blocks.0.attn.hook_pattern[0]", "zero:blocks.0.attn.hook_attn_scores[0]",
          "zero:blocks.0.attn.hook_attn_scores@1", "scale(0.5):blocks.0.attn.hook_pattern",
          "set(0.5):L0H0[2<-0]", "zero:L0H0[*<-0]", "zero:L0H0@gen", "scale(-1):L0@last"})
        compare({*parseCut(text)});
    for (int i = 0; i < 25; ++i) {
        std::vector<Cut> cuts = stage.drawStack(2);
        bool bound = false;
        for (Cut& cut : cuts) {
            // sources bound to the prompt's length stay out; positions move with the text
            bound = bound || cut.kind == CutKind::Patch || cut.kind == CutKind::Resample || cut.byPosition ||
                    cut.targets.front().kind == TargetKind::Edge;
            if (stage.draw->chance(0.7)) cut.positions = {};
            const int what = stage.draw->below(4);
            if (what == 0) cut.positions.kind = Positions::Kind::Generated;
            if (what == 1) cut.positions = {Positions::Kind::Items, {{PositionItem::Kind::Single, -1, 0}}};
            if (what == 2) cut.positions = {Positions::Kind::Items, {{PositionItem::Kind::Range, 0, 2}}};
            if (cut.positions.kind == Positions::Kind::Items && what > 2) cut.positions = {};
        }
        if (!bound) compare(cuts);
        if (QTest::currentTestFailed()) return;
    }
}

/// The same of every family, by the engine's own runs: keys and values kept between steps change nothing.
void TestGeneratedProperties::cachedTextEqualsSingleRuns() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 7);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    if (!stage.traits.causal) QSKIP("a model that does not continue text");
    const std::vector<int> prompt(stage.tokens.begin(), stage.tokens.begin() + 3);
    const int count = std::min(stage.traits.context, 20) - 3;
    for (const char* text : {"", "zero:L0H0", "scale(-1):L1.mlp"}) {
        std::vector<Cut> cuts;
        if (*text != '\0') cuts.push_back(*parseCut(text));
        GenerateRequest request;
        request.run = EngineUnderTest::request(prompt, cuts, {}, {});
        request.maxTokens = count;
        request.ignoreEos = true;
        const auto got = stage.engine.engine().generate(request, {}, {});
        QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
        std::vector<int> wanted = prompt;
        for (int step = 0; step < count; ++step) {
            const auto run =
                stage.engine.engine().run(EngineUnderTest::request(wanted, cuts, {}, {}), {}, {});
            QVERIFY2(run.has_value(), run ? "" : run.error().text().c_str());
            wanted.push_back(run->main.positions.back().top.front().id);
        }
        QVERIFY2(std::equal(got->tokens.begin(), got->tokens.end(), wanted.begin(), wanted.end()), text);
    }
}

QTEST_GUILESS_MAIN(TestGeneratedProperties)
#include "tst_generated_properties.moc"
