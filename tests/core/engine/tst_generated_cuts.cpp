// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/generated_stage.h"

#include <QtTest>

using namespace cutaway;
using namespace cutaway::tests;

/// Every legal kind × target × family, with positions and strength, and stacks of them, against the slow
/// hook-by-hook model. No legal cell may answer an error.
class TestGeneratedCuts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyLegalCell_data();
    void everyLegalCell();
    void stacks_data() { everyLegalCell_data(); }
    void stacks();
};

void TestGeneratedCuts::everyLegalCell_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& folder : goldenFolders())
        QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

void TestGeneratedCuts::everyLegalCell() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 1);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const std::vector<LegalCell>& cells = stage.cells;
    QVERIFY(cells.size() > 100);
    const std::vector<HookPoint> all = allHooks(stage.traits);
    int wrong = 0;
    for (const LegalCell& cell : cells) {
        const Cut cut = stage.draw->draw(cell);
        // asked for the logits alone the engine may take short cuts, asked for everything it may not
        for (const auto& hooks : {std::vector{logitsHook}, all}) {
            const std::string said = stage.check({cut}, hooks);
            if (said.empty()) continue;
            qWarning("%s", said.c_str());
            ++wrong;
        }
    }
    QVERIFY2(wrong == 0, (std::to_string(wrong) + " of " + std::to_string(2 * cells.size())).c_str());
}

void TestGeneratedCuts::stacks() {
    QFETCH(QString, folder);
    GeneratedStage stage(folder.toStdString(), 2);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const std::vector<HookPoint> all = allHooks(stage.traits);
    int wrong = 0;
    constexpr int count = 120;
    for (int i = 0; i < count; ++i) {
        const std::vector<Cut> cuts = stage.drawStack(4);
        if (stage.draw->chance(0.3))
            stage.tokens = stage.draw->tokens(stage.length); // another prompt's cache
        const std::string said = stage.check(cuts, stage.draw->chance(0.5) ? all : std::vector{logitsHook});
        if (said.empty()) continue;
        qWarning("%s", said.c_str());
        ++wrong;
    }
    QVERIFY2(wrong == 0, (std::to_string(wrong) + " of " + std::to_string(count)).c_str());
}

QTEST_GUILESS_MAIN(TestGeneratedCuts)
#include "tst_generated_cuts.moc"
