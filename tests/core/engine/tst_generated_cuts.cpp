// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/generated_stage.h"

#include <QtTest>
#include <cmath>

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
    void widerModel();
};

namespace {

/// A GPT-2 folder with matrices large enough for the packed route, which the fixtures are too small for.
void writeWideModel(const std::filesystem::path& folder) {
    constexpr int layers = 2, width = 256, vocabulary = 600, context = 16;
    std::ofstream(folder / "config.json")
        << nlohmann::json{{"model_type", "gpt2"}, {"n_layer", layers},        {"n_head", 4},
                          {"n_embd", width},      {"vocab_size", vocabulary}, {"n_positions", context},
                          {"n_ctx", context}}
               .dump();
    std::mt19937 random(3);
    std::normal_distribution<double> normal;
    std::map<std::string, Array> arrays;
    const auto add = [&](const std::string& name, std::vector<int> shape, double middle, double spread) {
        Array array(std::move(shape));
        for (double& value : array.values)
            value = middle + spread * normal(random);
        arrays[name] = std::move(array);
    };
    const auto norm = [&](const std::string& name) {
        add(name + ".weight", {width}, 1, 0.2);
        add(name + ".bias", {width}, 0, 0.2);
    };
    const auto linear = [&](const std::string& name, int in, int out) {
        add(name + ".weight", {in, out}, 0, 1.2 / std::sqrt(double(in)));
        add(name + ".bias", {out}, 0, 0.2);
    };
    add("wte.weight", {vocabulary, width}, 0, 0.1);
    add("wpe.weight", {context, width}, 0, 0.1);
    for (int layer = 0; layer < layers; ++layer) {
        const std::string at = "h." + std::to_string(layer) + ".";
        norm(at + "ln_1");
        linear(at + "attn.c_attn", width, 3 * width);
        linear(at + "attn.c_proj", width, width);
        norm(at + "ln_2");
        linear(at + "mlp.c_fc", width, 4 * width);
        linear(at + "mlp.c_proj", 4 * width, width);
    }
    norm("ln_f");
    writeSafetensors(folder / "model.safetensors", arrays);
}

} // namespace

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

void TestGeneratedCuts::widerModel() {
    QTemporaryDir directory;
    writeWideModel(directory.path().toStdString());
    GeneratedStage stage(directory.path().toStdString(), 3);
    QVERIFY2(stage.error.empty(), stage.error.c_str());
    const std::vector<HookPoint> all = allHooks(stage.traits);
    QCOMPARE(stage.check({}, all), std::string());
    for (int i = 0; i < 40; ++i)
        QCOMPARE(stage.check(stage.drawStack(2), i % 2 == 0 ? all : std::vector{logitsHook}), std::string());
}

QTEST_GUILESS_MAIN(TestGeneratedCuts)
#include "tst_generated_cuts.moc"
