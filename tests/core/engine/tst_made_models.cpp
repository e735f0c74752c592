// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/made_models.h"

#include <QtTest>
#include <algorithm>
#include <cmath>

using namespace cutaway::tests;

/// Analyses on architectures that the specification can say and no family makes yet.
class TestMadeModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sumsHold_data() {
        QTest::addColumn<QString>("model");
        for (const std::string& name : madeModels())
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }
    void sumsHold() {
        QFETCH(QString, model);
        const std::string name = model.toStdString();
        for (const std::string& cut : madeCuts(name))
            for (const int position : {0, 2, 4}) {
                check(attributeMade(name, cut, position), name + " attribution " + cut);
                if (!cut.empty()) check(explainMade(name, cut, position), name + " waterfall " + cut);
                const double distance = lensMade(name, cut);
                QVERIFY2(distance < 1e-5, (name + " lens " + cut + ": " + std::to_string(distance)).c_str());
            }
    }

    void partsAreNamed() {
        const auto has = [](const MadeSum& sum, const char* name) {
            return std::find(sum.names.begin(), sum.names.end(), name) != sum.names.end();
        };
        QVERIFY(has(attributeMade("sandwich_ln", "", 4), "L1.ln1_post.b"));
        QVERIFY(!has(attributeMade("sandwich", "", 4), "L1.ln1_post.b")); // RMS norms have no bias
        QVERIFY(!has(attributeMade("no_final_norm", "", 4), "ln_final.b"));
        QVERIFY(has(attributeMade("parallel", "set(0.25):L1.attn", 4), "set(0.25):L1.attn"));
    }

    void postNormEncodersAreRefused() {
        QVERIFY(QString::fromStdString(postNormRefusal()).contains(QStringLiteral("post-norm")));
    }

private:
    /// Terms are float32 products: 1e-5 of the largest.
    static void check(const MadeSum& sum, const std::string& what) {
        const double bound = 1e-5 * std::max({1.0, sum.largest, std::abs(sum.total)});
        QVERIFY2(
            std::abs(sum.total - sum.wanted) < bound,
            (what + ": " + std::to_string(sum.total) + ", wanted " + std::to_string(sum.wanted)).c_str());
        QVERIFY2(std::abs(sum.residual) < bound, (what + " leaves " + std::to_string(sum.residual)).c_str());
        QVERIFY2(std::abs(sum.missing) < 1e-3 * bound, what.c_str());
    }
};

QTEST_GUILESS_MAIN(TestMadeModels)
#include "tst_made_models.moc"
