// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/analysis.h"

#include "core/types/cut_text.h"
#include "core/types/sweep_json.h"

#include <QtTest>
#include <limits>

using namespace cutaway;

/// The words of a sweep and what they stand for.
class TestAnalysis : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesReadBack() {
        for (const char* name : {"heads", "q", "k", "v", "z", "pattern", "attn", "mlp", "blocks", "resid",
                                 "resid_mid", "resid_post", "attn_out", "mlp_out"}) {
            const auto over = sweepOverFrom(name);
            QVERIFY2(over.has_value(), name);
            QCOMPARE(sweepOverName(*over), name);
        }
        for (const char* name : {"logit_diff", "logit", "prob", "kl", "loss"}) {
            const auto metric = sweepMetricFrom(name);
            QVERIFY2(metric.has_value(), name);
            QCOMPARE(sweepMetricName(*metric), name);
        }
        QVERIFY(!sweepOverFrom("head"));
        QVERIFY(!sweepOverFrom(""));
        QVERIFY(!sweepMetricFrom("KL"));
    }

    void cellsAreCuts_data() {
        QTest::addColumn<QString>("over");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* over, CutKind kind, const char* text) {
            QTest::newRow(text) << over << int(kind) << text;
        };
        row("heads", CutKind::Zero, "zero:L2H3");
        row("q", CutKind::Patch, "patch:blocks.2.attn.hook_q[3]");
        row("k", CutKind::Zero, "zero:blocks.2.attn.hook_k[3]");
        row("v", CutKind::Resample, "resample:blocks.2.attn.hook_v[3]");
        row("z", CutKind::Mean, "mean:L2H3"); // the short name of blocks.2.attn.hook_z[3]
        row("pattern", CutKind::Zero, "zero:blocks.2.attn.hook_pattern[3]");
        row("pattern", CutKind::Mean, "mean(by=position):blocks.2.attn.hook_pattern[3]");
        row("attn", CutKind::Mean, "mean:L2.attn");
        row("mlp", CutKind::Zero, "zero:L2.mlp");
        row("blocks", CutKind::Zero, "zero:L2");
        row("resid", CutKind::Patch, "patch:blocks.2.hook_resid_pre@3");
        row("resid_mid", CutKind::Patch, "patch:blocks.2.hook_resid_mid@3");
        row("resid_post", CutKind::Patch, "patch:blocks.2.hook_resid_post@3");
        row("attn_out", CutKind::Zero, "zero:L2.attn@3");
        row("mlp_out", CutKind::Mean, "mean:L2.mlp@3");
    }
    void cellsAreCuts() {
        QFETCH(QString, over);
        QFETCH(int, kind);
        QFETCH(QString, text);
        SweepRequest request;
        request.over = *sweepOverFrom(over.toStdString());
        request.kind = static_cast<CutKind>(kind);
        const Cut cut = sweepCut(request, 2, 3);
        QCOMPARE(QString::fromStdString(printCut(cut)), text);
        QVERIFY(*parseCut(text.toStdString()) == cut); // one thing has one value
    }

    void aReplySaysWhatIsMissing() {
        SweepResult result;
        result.over = SweepOver::Attn;
        result.kind = CutKind::Mean;
        result.metric = SweepMetric::Kl;
        result.rows = {"0", "1"};
        result.cols = {"all"};
        result.grid = {{0.25}, {std::numeric_limits<double>::quiet_NaN()}};
        result.cells = 2;
        result.seconds = 0.5;
        result.warnings = {"First."};
        QCOMPARE(
            QString::fromStdString(toJson(result).dump()),
            QStringLiteral(R"({"over":"attn","kind":"mean","metric":"kl","rows":["0","1"],"cols":["all"],)"
                           R"("uncut":0.0,"grid":[[0.25],[null]],"exact":true,"cells":2,"seconds":0.5,)"
                           R"("warnings":["First.","grid[1][0] is not a number"]})"));
    }
};

QTEST_GUILESS_MAIN(TestAnalysis)
#include "tst_analysis.moc"
