// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/planner.h"

#include <QtTest>

#include <algorithm>
#include <random>

using namespace cutaway;
using namespace cutaway::engine;

namespace {

ModelTraits gpt(int layers) {
    ModelTraits t;
    t.nLayers = layers, t.nHeads = t.nKvHeads = 4, t.dModel = 16, t.dHead = 4, t.dMlp = 64;
    t.dVocab = t.dVocabOut = 11, t.context = 8;
    return t;
}

std::vector<ModelTraits> variants() {
    ModelTraits attentionOnly = gpt(3), rotary = gpt(4), parallel = gpt(3), sandwich = gpt(3);
    attentionOnly.dMlp = 0;
    rotary.positions = PositionKind::Rotary, rotary.norm = NormKind::RmsNorm, rotary.gatedMlp = true;
    parallel.parallelBlocks = true;
    sandwich.sandwichNorm = true;
    return {gpt(5), attentionOnly, rotary, parallel, sandwich};
}

} // namespace

class PlannerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesTheEntry_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("layer");
        QTest::addColumn<int>("entry");
        QTest::addColumn<int>("resumedAt");
        QTest::addColumn<QString>("computed");
        const auto row = [](const char* name, HookKind kind, int layer, Entry entry, int at,
                            const char* words) {
            QTest::newRow(name) << int(kind) << layer << int(entry) << at << words;
        };
        row("embedding", HookKind::Embed, -1, Entry::Start, 0, "full");
        row("positions", HookKind::PosEmbed, -1, Entry::Start, 0, "full");
        row("stream", HookKind::ResidPre, 2, Entry::Block, 2, "resumed at layer 2");
        row("pattern", HookKind::Pattern, 3, Entry::Block, 3, "resumed at layer 3");
        row("head", HookKind::Z, 3, Entry::HeadDelta, 3, "delta at layer 3");
        row("attention", HookKind::AttnOut, 1, Entry::Block, 1, "resumed at layer 1");
        row("mlp", HookKind::MlpOut, 4, Entry::AfterAttention, 4, "resumed at layer 4");
        row("neuron", HookKind::MlpPost, 0, Entry::AfterAttention, 0, "resumed at layer 0");
        row("final norm", HookKind::LnFinalScale, -1, Entry::Head, 5, "resumed at the head");
        row("logits", HookKind::Logits, -1, Entry::Head, 5, "resumed at the head");
    }
    void namesTheEntry() {
        QFETCH(int, kind);
        QFETCH(int, layer);
        QFETCH(int, entry);
        QFETCH(int, resumedAt);
        QFETCH(QString, computed);
        const std::vector<HookPoint> cut{{static_cast<HookKind>(kind), layer}};
        const Plan plan = planRun(gpt(5), cut, {});
        QCOMPARE(int(plan.entry), entry);
        QCOMPARE(plan.resumedAt, resumedAt);
        QCOMPARE(QString::fromStdString(plan.computed), computed);
        QCOMPARE(planRun(gpt(5), cut, {}, ExecutionMode::Full).entry, Entry::Start);
    }

    void nothingCutIsNothingComputed() {
        const Plan plan = planRun(gpt(5), {}, {{HookKind::Z, 2}});
        QCOMPARE(plan.entry, Entry::Nowhere);
        for (const HookPoint& hook : allHooks(gpt(5)))
            QVERIFY(!computedAnew(plan, hook, gpt(5)));
    }

    /// What the delta jumps over must be neither cut nor asked for.
    void deltaGivesWayToWhatItJumpsOver() {
        const HookPoint z{HookKind::Z, 2};
        for (const HookKind between : {HookKind::AttnResult, HookKind::AttnOut}) {
            QCOMPARE(planRun(gpt(5), {z, {between, 2}}, {}).entry, Entry::Block);
            QCOMPARE(planRun(gpt(5), {z}, {{between, 2}}).entry, Entry::Block);
            QCOMPARE(planRun(gpt(5), {z}, {{between, 3}}).entry, Entry::HeadDelta);
        }
        ModelTraits other = gpt(5);
        other.parallelBlocks = true;
        QCOMPARE(planRun(other, {z}, {}).entry, Entry::Block);
        other = gpt(5);
        other.sandwichNorm = true;
        QCOMPARE(planRun(other, {z}, {}).entry, Entry::Block);
    }

    /// Every cut hook is computed anew; what is not stands before every cut; the order of the list is
    /// nothing.
    void entersBeforeEveryCut() {
        std::mt19937 random(5);
        for (const ModelTraits& traits : variants()) {
            const std::vector<HookPoint> all = allHooks(traits);
            for (int round = 0; round < 300; ++round) {
                std::vector<HookPoint> cut(1 + random() % 4), captured(random() % 3);
                for (HookPoint& hook : cut)
                    hook = all[random() % all.size()];
                for (HookPoint& hook : captured)
                    hook = all[random() % all.size()];
                const Plan plan = planRun(traits, cut, captured);
                const auto place = [&](const HookPoint& h) { return std::find(all.begin(), all.end(), h); };
                auto first = all.end();
                for (const HookPoint& hook : cut) {
                    QVERIFY2(computedAnew(plan, hook, traits), hookName(hook).c_str());
                    first = std::min(first, place(hook));
                }
                for (auto hook = all.begin(); hook != all.end(); ++hook)
                    if (!computedAnew(plan, *hook, traits))
                        QVERIFY2(hook < first,
                                 hookName(*hook).c_str()); // taken from the uncut run: rightly so
                std::shuffle(cut.begin(), cut.end(), random);
                QCOMPARE(planRun(traits, cut, captured), plan);
            }
        }
    }
};

QTEST_GUILESS_MAIN(PlannerTest)
#include "tst_planner.moc"
