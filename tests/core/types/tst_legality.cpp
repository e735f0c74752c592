// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/legality.h"

#include "core/types/cut_text.h"
#include "tests/support/example_traits.h"
#include "tests/support/random_cut.h"

#include <QtTest>

using namespace cutaway;

/// The table kind × target × model.
class TestLegality : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cuts_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("code"); // empty: legal
        const auto row = [](const char* text, const char* code) { QTest::newRow(text) << text << code; };
        row("zero:L2H3", "");
        row("zero:L*H*", "");
        row("zero:L3H0", "unknown_target");
        row("zero:L0H4", "unknown_target");
        row("zero:L0N63", "");
        row("zero:L0N64", "unknown_target");
        row("zero:L0E0", "unknown_target");
        row("zero:res6/1", "unknown_target");
        row("zero:L0.norm1", "illegal_cut");
        row("scale(0):L0.norm1", "illegal_cut");
        row("freeze:norm_final", "");
        row("zero:L0H1[2<-1]", "");
        row("zero:L0H1[1<-2]", "unknown_target");
        row("zero:L0H1[2<-1]@2", "illegal_cut");
        row("zero(renorm=0):L0H1", "illegal_cut");
        row("mean:blocks.0.attn.hook_pattern[1]", "illegal_cut");
        row("mean(by=position):blocks.0.attn.hook_pattern[1]", "");
        row("mean:L0H1[2<-1]", "illegal_cut");
        row("steer(\"f#k\",1):L1H1", "");
        row("steer(\"f#k\",1):L1", "illegal_cut");
        row("steer(\"f#k\",1):L1N1", "illegal_cut");
        row("steer(\"f#k\",1):blocks.1.attn.hook_pattern", "illegal_cut");
        row("zero:blocks.0.attn.hook_rot_q", "unknown_target");
        row("zero:blocks.0.attn.hook_q[1,4]", "unknown_target");
        row("zero:blocks.0.attn.hook_q[1,3]", "");
    }
    void cuts() {
        QFETCH(QString, text);
        QFETCH(QString, code);
        const Result<Cut> cut = parseCut(text.toStdString());
        QVERIFY2(cut.has_value(), cut ? "" : cut.error().text().c_str());
        const Status status = checkCut(*cut, tests::gptTraits());
        QCOMPARE(QString::fromStdString(std::string(status ? "" : errorCodeName(status.error().code))), code);
        if (!status) QVERIFY(status.error().message.size() > 20);
    }

    void legalCellsAreLegalAndResolve() {
        for (const ModelTraits& traits : {tests::gptTraits(), tests::llamaTraits(), tests::toyTraits()}) {
            const std::vector<LegalCell> cells = legalCells(traits);
            QVERIFY(cells.size() > 100);
            tests::RandomCut random(3);
            for (const LegalCell& cell : cells) {
                Cut cut = random.legal(cell, 8);
                cut.byPosition = cell.kind == CutKind::Mean;
                if (cut.amount == 0.0) cut.amount = 1.5;
                const Status status = checkCut(cut, traits);
                QVERIFY2(status.has_value(), status ? "" : status.error().text().c_str());
                const auto resolved = resolveTargets(cut, traits);
                QVERIFY(!resolved.empty());
                for (const ResolvedTarget& r : resolved)
                    QVERIFY(checkHook(r.hook, traits).has_value());
            }
        }
    }

    void starsAndGroupsExpandInModelOrder() {
        const ModelTraits traits = tests::gptTraits();
        QCOMPARE(resolveTargets(*parseCut("zero:L*H*"), traits).size(), std::size_t(12));
        const auto group = resolveTargets(*parseCut("zero:{L2.mlp,L0,L2H1}"), traits);
        std::vector<std::string> names;
        for (const auto& r : group)
            names.push_back(hookName(r.hook));
        QCOMPARE(names, (std::vector<std::string>{"blocks.0.hook_attn_out", "blocks.0.hook_mlp_out",
                                                  "blocks.2.attn.hook_z", "blocks.2.hook_mlp_out"}));
        const auto edge = resolveTargets(*parseCut("zero:L1H*[*<-2]"), traits);
        QCOMPARE(edge.size(), std::size_t(4));
        QCOMPARE(edge[3].index, std::vector<int>{3});
        QCOMPARE(edge[3].query, -1);
        QCOMPARE(edge[3].key, 2);
    }
};

QTEST_GUILESS_MAIN(TestLegality)
#include "tst_legality.moc"
